/**
 * The tokens of a piece of TypeScript, as sucrase's parser sees them. The only file that knows how
 * sucrase counts.
 */

import { parse } from "sucrase/dist/parser/index.js";
import { TokenType } from "sucrase/dist/parser/tokenizer/types.js";
import type { Position } from "./finding.ts";

/** What a name does at its place, or null where it names no variable (`x.name`, a keyword). */
export type Role = "access" | "declaration" | "local" | "function-local" | "key" | null;

/** A token. Offsets count UTF-16 units from the start of the source. */
export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** How many brackets are open around it. */
  readonly depth: number;
  /** Whether it stands in a type and disappears when types are stripped. */
  readonly isType: boolean;
  readonly role: Role;
  /** A name, a string literal, or anything else; the text of a template is never a name. */
  readonly kind: "name" | "string" | "template" | "other";
}

/** A range of token indices in which local names are visible. */
export interface TokenScope {
  readonly start: number;
  readonly end: number;
  readonly isFunction: boolean;
}

/** The tokens of a source, without the end-of-file token, and its scopes, inner before outer. */
export interface TokenList {
  readonly tokens: readonly Token[];
  readonly scopes: readonly TokenScope[];
}

/** The source is not TypeScript that sucrase can parse. */
export class CodeSyntaxError extends Error {
  override readonly name = "CodeSyntaxError";
  readonly position: Position;

  constructor(message: string, position: Position) {
    super(message);
    this.position = position;
  }
}

interface RawToken {
  readonly type: number;
  readonly start: number;
  readonly end: number;
  readonly isType: boolean;
  readonly identifierRole: number | null;
}

interface RawFile {
  readonly tokens: readonly RawToken[];
  readonly scopes: readonly {
    readonly startTokenIndex: number;
    readonly endTokenIndex: number;
    readonly isFunctionScope: boolean;
  }[];
}

const parseRaw = parse as (source: string, jsx: boolean, ts: boolean, flow: boolean) => RawFile;
const types = TokenType as unknown as Readonly<Record<string, number>>;

/** Indexed by sucrase's IdentifierRole. */
const ROLES: readonly Role[] = [
  "access", // Access
  "access", // ExportAccess
  "declaration", // TopLevelDeclaration
  "function-local", // FunctionScopedDeclaration
  "local", // BlockScopedDeclaration
  "declaration", // ObjectShorthandTopLevelDeclaration
  "function-local", // ObjectShorthandFunctionScopedDeclaration
  "local", // ObjectShorthandBlockScopedDeclaration
  "access", // ObjectShorthand
  "declaration", // ImportDeclaration
  "key", // ObjectKey
  "access", // ImportAccess
];

const OPENING = new Set(["{", "${", "(", "["]);
const CLOSING = new Set(["}", ")", "]"]);

/**
 * Splits a source into tokens.
 * @throws {CodeSyntaxError} with the position that the parser complains about.
 */
export function tokenize(source: string): TokenList {
  const file = parseOrThrow(source);
  const tokens: Token[] = [];
  let depth = 0;
  for (const raw of file.tokens) {
    if (raw.type === types["eof"]) break;
    // Sucrase reads past the end behind a last backslash.
    if (raw.end > source.length) throw endOfText(source);
    const text = source.slice(raw.start, raw.end);
    const kind = tokenKind(raw.type);
    if (kind === "other" && CLOSING.has(text)) depth--;
    const role = raw.identifierRole === null ? null : ROLES[raw.identifierRole] ?? null;
    tokens.push({ text, start: raw.start, end: raw.end, depth, isType: raw.isType, role, kind });
    if (kind === "other" && OPENING.has(text)) depth++;
  }
  const scopes = file.scopes.map((scope) => ({
    start: scope.startTokenIndex,
    end: scope.endTokenIndex,
    isFunction: scope.isFunctionScope,
  }));
  return { tokens, scopes };
}

function endOfText(source: string): CodeSyntaxError {
  const lines = source.split("\n");
  const position = { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  return new CodeSyntaxError("Unexpected end of the text", position);
}

function tokenKind(type: number): Token["kind"] {
  if (type === types["name"]) return "name";
  if (type === types["string"]) return "string";
  if (type === types["template"]) return "template";
  return "other";
}

function parseOrThrow(source: string): RawFile {
  try {
    return parseRaw(source, false, true, false);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const at = /^(.*?)\s*\((\d+):(\d+)\)$/s.exec(text);
    // Sucrase counts lines and columns from 1; any other throw is a bug of it, put at the start.
    if (at === null) throw new CodeSyntaxError(text, { line: 1, column: 1 });
    const message = (at[1] ?? "").replace(/^Error transforming .*?: /, "");
    throw new CodeSyntaxError(message, { line: Number(at[2]), column: Number(at[3]) });
  }
}
