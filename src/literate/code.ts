/**
 * What a piece of code declares, imports and refers to, as far as names at its top level go.
 */

import { type Token, tokenize, type TokenList } from "./tokens.ts";

/** A name that an import statement brings in. */
export interface Import {
  readonly local: string;
  /** The exported name, or `*` for the whole module, or `default`. */
  readonly imported: string;
  readonly specifier: string;
  readonly offset: number;
}

/** The string literal that names a module, quotes included. */
export interface Specifier {
  readonly specifier: string;
  readonly start: number;
  readonly end: number;
}

/** A name that a top-level statement declares. */
export interface Declaration {
  readonly name: string;
  /** Whether the name lives on when types are stripped. */
  readonly isType: boolean;
  readonly offset: number;
}

/** A top-level statement from its first to its last token; comments around it are not in it. */
export interface Statement {
  readonly start: number;
  readonly end: number;
  readonly exported: boolean;
  readonly isFunction: boolean;
  readonly declarations: readonly Declaration[];
}

/** A use of a name that no local declaration explains. */
export interface Reference {
  readonly name: string;
  readonly isType: boolean;
  readonly offset: number;
}

/** All of it. Offsets count UTF-16 units from the start of the source. */
export interface Code {
  readonly source: string;
  readonly statements: readonly Statement[];
  readonly imports: readonly Import[];
  readonly specifiers: readonly Specifier[];
  readonly references: readonly Reference[];
  /** Places of exports that are not written in front of a declaration. */
  readonly looseExports: readonly number[];
}

/**
 * Reads the names of a piece of code.
 * @throws {CodeSyntaxError} when it does not parse.
 */
export function readCode(source: string): Code {
  const list = tokenize(source);
  const groups = splitStatements(list.tokens, source);
  const code: MutableCode = {
    source,
    statements: [],
    imports: [],
    specifiers: [],
    references: readReferences(list),
    looseExports: [],
    importRanges: [],
  };
  for (const group of groups) readStatement(group, code);
  const { importRanges: _, ...rest } = code;
  return { ...rest, references: code.references.filter((use) => !isImportPart(use, code)) };
}

/**
 * A statement starts with the first token, after a `;`, and after a `}` where a line starts in
 * column 1: `deno fmt` ends all other statements with a `;` and indents what continues a line.
 */
function splitStatements(tokens: readonly Token[], source: string): Token[][] {
  const groups: Token[][] = [];
  let previous: Token | undefined;
  for (const token of tokens) {
    const ended = previous === undefined || (previous.depth === 0 && previous.kind === "other" &&
      (previous.text === ";" ||
        (previous.text === "}" && source.slice(previous.end, token.start).endsWith("\n"))));
    if (token.depth === 0 && ended) groups.push([]);
    groups.at(-1)?.push(token);
    previous = token;
  }
  return groups;
}

type MutableCode =
  & {
    readonly [K in keyof Code]: Code[K] extends readonly (infer T)[] ? T[] : Code[K];
  }
  & { readonly importRanges: { readonly start: number; readonly end: number }[] };

function readStatement(tokens: readonly Token[], code: MutableCode): void {
  const [first, second] = tokens;
  const last = tokens.at(-1);
  if (first === undefined || last === undefined) return;
  const isImport = first.text === "import" && second?.text !== "(" && second?.text !== ".";
  if (isImport) return readImport(tokens, code);
  const exported = first.text === "export";
  if (exported && (second === undefined || /^(?:default|\{|\*)$/.test(second.text))) {
    code.looseExports.push(first.start);
    return;
  }
  const declarations = tokens
    .filter((token) => token.role === "declaration")
    .map(({ text, isType, start }) => ({ name: text, isType, offset: start }));
  const isFunction = tokens.slice(0, 3).some((token) => token.text === "function");
  code.statements.push({ start: first.start, end: last.end, exported, isFunction, declarations });
}

function isImportPart({ offset }: Reference, { importRanges }: MutableCode): boolean {
  return importRanges.some(({ start, end }) => start <= offset && offset < end);
}

function readImport(tokens: readonly Token[], code: MutableCode): void {
  const literal = tokens.find((token) => token.kind === "string" && token.depth === 0);
  const [first] = tokens;
  if (literal === undefined || first === undefined) return;
  code.importRanges.push({ start: first.start, end: literal.end });
  const specifier = literal.text.slice(1, -1);
  code.specifiers.push({ specifier, start: literal.start, end: literal.end });
  for (const [index, token] of tokens.entries()) {
    if (token.start >= literal.start) break;
    const next = tokens[index + 1]?.text;
    const isLocal = token.kind === "name" && token.text !== "as" && next !== "as" &&
      !(token.text === "type" && next !== "," && next !== "}" && next !== "from") &&
      !(token.text === "from" && token.depth === 0);
    if (!isLocal) continue;
    const renamed = tokens[index - 1]?.text === "as" ? tokens[index - 2]?.text : undefined;
    const imported = renamed ?? (token.depth === 0 ? "default" : token.text);
    code.imports.push({ local: token.text, imported, specifier, offset: token.start });
  }
}

/** Names that are used and not declared by a scope around their use. */
function readReferences({ tokens, scopes }: TokenList): Reference[] {
  const locals = scopes.slice(0, -1).map((scope) => ({ scope, names: new Set<string>() }));
  for (const [index, token] of tokens.entries()) {
    if (token.isType || (token.role !== "local" && token.role !== "function-local")) continue;
    // Scopes close before the ones around them, so the first that holds the token is the nearest.
    const home = locals.find(({ scope }) =>
      scope.start <= index && index < scope.end &&
      (token.role === "local" || scope.isFunction)
    );
    home?.names.add(token.text);
  }
  const references: Reference[] = [];
  for (const [index, token] of tokens.entries()) {
    if (!isReference(tokens, index)) continue;
    const isValue = !token.isType || tokens[index - 1]?.text === "typeof";
    const hidden = isValue &&
      locals.some(({ scope, names }) =>
        scope.start <= index && index < scope.end && names.has(token.text)
      );
    if (!hidden) references.push({ name: token.text, isType: token.isType, offset: token.start });
  }
  return references;
}

function isReference(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  if (token === undefined || token.kind !== "name") return false;
  if (!token.isType) return token.role === "access";
  const previous = tokens[index - 1]?.text;
  if (token.role !== null || previous === "." || previous === "?.") return false;
  const next = tokens[index + 1]?.text;
  // `{ name: T }`, `(name: T) => U`, `[name: T]`, but not the branch of `A extends B ? name : C`.
  if (next === ":" && /^[{([,;]$|^readonly$|^\.\.\.$/.test(previous ?? "")) return false;
  return !(next === "?" && tokens[index + 2]?.text === ":");
}
