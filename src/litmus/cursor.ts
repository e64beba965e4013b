import { LitmusError, type Position } from "./error.ts";
import type { Token } from "./lexer.ts";

/** Walks over the tokens of one file. Every failure is a {@link LitmusError} at a token. */
export class Cursor {
  readonly file: string;
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(file: string, tokens: readonly Token[]) {
    this.file = file;
    this.tokens = tokens;
  }

  /** The token `ahead` places on; past the end it is the end token. */
  peek(ahead = 0): Token {
    const token = this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)];
    if (token === undefined) throw new Error("Cannot parse: a lexed file ends with an end token");
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.at++;
    return token;
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind !== "end" && token.text === text;
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  expect(text: string, where: string): Token {
    if (!this.is(text)) this.fail(`expected \`${text}\` ${where}, found \`${this.peek().text}\``);
    return this.next();
  }

  name(what: string): Token {
    if (this.peek().kind !== "name") this.fail(`expected ${what}, found \`${this.peek().text}\``);
    return this.next();
  }

  /** An integer of 32 bits, with an optional minus. */
  integer(what: string): number {
    const minus = this.accept("-");
    const token = this.peek();
    if (token.kind !== "integer") this.fail(`expected ${what}, found \`${token.text}\``);
    this.next();
    return this.in32(minus ? -Number(token.text) : Number(token.text), token.position);
  }

  /** `value` as a signed 32-bit integer; bit patterns up to 0xffffffff wrap as they do in C on Linux. */
  in32(value: number, position: Position): number {
    if (value < -(2 ** 31) || value >= 2 ** 32) {
      this.fail(`${value} is refused: integers have 32 bits`, position);
    }
    return value | 0;
  }

  fail(reason: string, position: Position = this.peek().position): never {
    throw new LitmusError(this.file, position, reason);
  }
}
