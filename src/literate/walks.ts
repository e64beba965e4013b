/**
 * What the body of a walk over a list `apart` must not do: keep something for the next entry in a
 * variable. Such a walk forgets what the body read, and a search takes tasks that stand before the
 * same entry as one (src/kernel/list_walk.ts); a variable would tell them apart.
 */

import { type Token, tokenize } from "./tokens.ts";

/** A variable, or something in one, that the body of a walk changes and that outlives the body. */
export interface Keeping {
  readonly name: string;
  readonly offset: number;
}

/** How the head of such a loop ends. */
const APART = [".", "apart", "(", ")"];
const ASSIGNMENT = /^(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?=$/;
const STEP = /^(?:\+\+|--)$/;
/** Methods by which a value of JavaScript changes itself. */
const CHANGES = /^(?:push|pop|shift|unshift|splice|set|add|delete|clear|sort|reverse|fill|next)$/;

/**
 * All that bodies of walks apart in `source` keep.
 * @throws {CodeSyntaxError} when the source does not parse
 */
export function keptByWalks(source: string): Keeping[] {
  if (!source.includes(".apart()")) return [];
  const { tokens } = tokenize(source);
  const locals = localFunctions(tokens);
  return bodiesOf(tokens).flatMap(([start, end]) => keptIn(tokens, start, end, locals));
}

/** The first and the last token of each body of a walk apart. */
function bodiesOf(tokens: readonly Token[]): (readonly [start: number, end: number])[] {
  const found: (readonly [number, number])[] = [];
  for (const [at, { text, depth }] of tokens.entries()) {
    if (text !== "for" || tokens[at + 1]?.text !== "(") continue;
    const close = tokens.findIndex((token, index) =>
      index > at && token.text === ")" && token.depth === depth
    );
    const isApart = APART.every((word, index) =>
      tokens[close - APART.length + index]?.text === word
    );
    if (isApart) found.push([close + 1, endOf(tokens, close + 1)]);
  }
  return found;
}

/** The last token of the statement that starts at `start`. */
function endOf(tokens: readonly Token[], start: number): number {
  const { depth = 0, text = "" } = tokens[start] ?? {};
  const last = text === "{" ? "}" : ";";
  const end = tokens.findIndex((token, at) =>
    at > start && token.text === last && token.depth === depth
  );
  return end < 0 ? tokens.length - 1 : end;
}

/** Names of functions that are defined within others: what they change cannot be told from a call. */
function localFunctions(tokens: readonly Token[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [at, { text, kind, role }] of tokens.entries()) {
    if (kind !== "name" || (role !== "local" && role !== "function-local")) continue;
    const isFunction = tokens[at - 1]?.text === "function" || tokens[at - 2]?.text === "function";
    const isArrow = tokens[at + 1]?.text === "=" &&
      tokens.slice(at + 2, at + 4).some((token) => /^(?:\(|function|async)$/.test(token.text)) &&
      tokens.slice(at + 2).some((token) => token.text === "=>" || token.text === "function");
    if (isFunction || isArrow) found.add(text);
  }
  return found;
}

function keptIn(
  tokens: readonly Token[],
  start: number,
  end: number,
  functions: ReadonlySet<string>,
): Keeping[] {
  const body = tokens.slice(start, end + 1), own = new Set<string>();
  for (const { text, role } of body) {
    if (role === "local" || role === "function-local") own.add(text);
  }
  const found: Keeping[] = [];
  for (const [at, { text, start: offset, kind, role }] of body.entries()) {
    if (kind !== "name" || role !== "access" || own.has(text)) continue;
    const after = skipIndex(body, at + 1), next = body[after]?.text ?? "";
    const isWritten = ASSIGNMENT.test(next) || STEP.test(next) ||
      STEP.test(body[at - 1]?.text ?? "");
    const isChanged = next === "." && CHANGES.test(body[after + 1]?.text ?? "") &&
      body[after + 2]?.text === "(";
    const isCalled = next === "(" && functions.has(text);
    if (isWritten || isChanged || isCalled) found.push({ name: text, offset });
  }
  return found;
}

/** Past `[…]` behind a name: an element of it is part of it. */
function skipIndex(tokens: readonly Token[], at: number): number {
  const { text, depth } = tokens[at] ?? {};
  if (text !== "[") return at;
  const close = tokens.findIndex((token, index) =>
    index > at && token.text === "]" && token.depth === depth
  );
  return close < 0 ? at : close + 1;
}
