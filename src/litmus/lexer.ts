import type { Expectation } from "./ast.ts";
import { LitmusError, type Position } from "./error.ts";

/** A token. `text` of an integer is its source text. */
export interface Token {
  readonly kind: "name" | "integer" | "symbol" | "end";
  readonly text: string;
  readonly position: Position;
}

/** A litmus file cut into tokens; the header (`C name`, strings, `Key=value` lines) is consumed. */
export interface Lexed {
  readonly name: string;
  readonly tokens: readonly Token[];
  readonly expectation: Expectation | null;
}

const SYMBOLS = [
  ["<<=", ">>=", "..."],
  ["/\\", "\\/", "=>", "==", "!=", "<=", ">=", "<<", ">>", "&&", "||", "->", "++", "--"],
  ["+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="],
  [..."{}()[];:,=<>+-*/%&|^~!.?#"],
].flat();

const EXPECTED = /\bResult:\s*(Never|Sometimes|Always|DEADLOCK)\b/;

class Lexer {
  private at = 0;
  private line = 1;
  private lineStart = 0;
  private depth = 0;
  private groups = 0;
  private expectation: Expectation | null = null;
  private readonly file: string;
  private readonly text: string;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  run(): Lexed {
    const name = this.header();
    const tokens: Token[] = [];
    for (;;) {
      this.blank();
      const token = this.token();
      tokens.push(token);
      if (token.kind === "end") return { name, tokens, expectation: this.expectation };
    }
  }

  private position(): Position {
    return { line: this.line, column: this.at - this.lineStart + 1 };
  }

  private fail(reason: string): never {
    throw new LitmusError(this.file, this.position(), reason);
  }

  private rest(length: number): string {
    return this.text.slice(this.at, this.at + length);
  }

  private advance(count: number): void {
    for (let i = 0; i < count; i++) {
      if (this.text[this.at] === "\n") {
        this.line++;
        this.lineStart = this.at + 1;
      }
      this.at++;
    }
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.[0] ?? null;
  }

  /** `C name`, then strings and `Key=value` lines up to the brace that opens the initial state. */
  private header(): string {
    this.blank();
    const first = this.match(/C[ \t]+\S+[^\n]*/y);
    if (first === null) this.fail("the file must start with `C` and the name of the test");
    const name = first.trim().split(/\s+/)[1] ?? "";
    this.advance(first.length);
    for (;;) {
      this.blank();
      if (this.rest(1) === "{") return name;
      const skipped = this.match(/"[^"]*"|[A-Za-z]+=[^\n]*/y);
      if (skipped === null) this.fail("expected `{`, the initial state");
      this.advance(skipped.length);
    }
  }

  /** Bodies are C, where `(*` opens an expression; elsewhere it opens a comment. */
  private inBody(): boolean {
    return this.depth > 0 && this.groups > 1;
  }

  private blank(): void {
    for (;;) {
      const space = this.match(/\s+/y);
      if (space !== null) this.advance(space.length);
      else if (this.rest(2) === "//") this.comment(this.match(/[^\n]*/y)?.length ?? 2);
      else if (this.rest(2) === "/*") this.block("/*", "*/", false);
      else if (this.rest(2) === "(*" && !this.inBody()) this.block("(*", "*)", true);
      else return;
    }
  }

  private block(open: string, close: string, nests: boolean): void {
    let level = 0;
    let end = this.at;
    do {
      if (end >= this.text.length) this.fail(`this comment has no \`${close}\``);
      if (this.text.startsWith(close, end)) {
        level--;
        end += 2;
      } else if (this.text.startsWith(open, end) && (nests || level === 0)) {
        level++;
        end += 2;
      } else end++;
    } while (level > 0);
    this.comment(end - this.at);
  }

  private comment(length: number): void {
    const found = EXPECTED.exec(this.rest(length))?.[1];
    if (found === "DEADLOCK") this.expectation = "Deadlock";
    else if (found === "Never" || found === "Sometimes" || found === "Always") {
      this.expectation = found;
    }
    this.advance(length);
  }

  private token(): Token {
    const position = this.position();
    if (this.at >= this.text.length) return { kind: "end", text: "end of file", position };
    const name = this.match(/[A-Za-z_][A-Za-z0-9_]*/y);
    if (name !== null) return this.take("name", name, position);
    const integer = this.match(/0[xX][0-9a-fA-F]+|[0-9]+/y);
    if (integer !== null) return this.take("integer", integer, position);
    const symbol = SYMBOLS.find((each) => this.text.startsWith(each, this.at));
    if (symbol === undefined) this.fail(`unexpected character \`${this.rest(1)}\``);
    if (symbol === "{" && this.depth++ === 0) this.groups++;
    if (symbol === "}") this.depth--;
    return this.take("symbol", symbol, position);
  }

  private take(kind: Token["kind"], text: string, position: Position): Token {
    this.advance(text.length);
    return { kind, text, position };
  }
}

/**
 * Cuts a litmus file into tokens. Comments are `//`, C comments and, outside process bodies, `(* … *)`; the last
 * `Result: Never|Sometimes|Always|DEADLOCK` in a comment is the file's expectation, as the kernel's scripts read it.
 * @throws LitmusError at the first character that fits no token.
 */
export function lex(file: string, text: string): Lexed {
  return new Lexer(file, text).run();
}
