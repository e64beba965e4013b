/**
 * Code as HTML: highlighted, one element a line with the chapter's own line number as its anchor,
 * and each identifier that the book defines linked to its definition.
 */
import highlighter from "highlight.js/core";
import bash from "highlight.js/bash";
import c from "highlight.js/c";
import diff from "highlight.js/diff";
import json from "highlight.js/json";
import markdown from "highlight.js/markdown";
import typescript from "highlight.js/typescript";
import { escape, type Html, raw, unescape } from "./html.ts";

highlighter.registerLanguage("ts", typescript);
highlighter.registerLanguage("sh", bash);
highlighter.registerLanguage("c", c);
highlighter.registerLanguage("diff", diff);
highlighter.registerLanguage("json", json);
highlighter.registerLanguage("md", markdown);

/** The address to which an identifier links, if it links anywhere. */
export type Resolve = (identifier: string, line: number) => string | undefined;

/**
 * Highlights a fence.
 *
 * @param code its text, without the final newline
 * @param language a name from the fence; an unknown one is shown plain
 * @param firstLine the chapter's line on which the code begins; without it lines get no anchors
 * @param resolve answers the links of TypeScript identifiers
 */
export function highlight(
  code: string,
  language: string,
  firstLine: number | undefined,
  resolve: Resolve = () => undefined,
): Html {
  const known = highlighter.getLanguage(language) !== undefined;
  const marked = known
    ? highlighter.highlight(code, { language, ignoreIllegals: true }).value
    : escape(code);
  const writer = new LineWriter(code, firstLine, language === "ts" ? resolve : () => undefined);
  for (const [piece, open] of marked.matchAll(/<span class="([^"]*)">|<\/span>|[^<]+/g)) {
    if (open !== undefined) writer.open(open);
    else if (piece === "</span>") writer.close();
    else writer.text(unescape(piece));
  }
  return raw(writer.finish());
}

/** The classes of highlight.js that have a colour here, by the class that the page uses. */
const COLOURS: Readonly<Record<string, string>> = {
  "hljs-keyword": "k",
  "hljs-literal": "k",
  "hljs-variable language_": "k",
  "hljs-string": "s",
  "hljs-regexp": "s",
  "hljs-addition": "s",
  "hljs-comment": "c",
  "hljs-title class_": "t",
  "hljs-title class_ inherited__": "t",
  "hljs-built_in": "t",
  "hljs-type": "t",
  "hljs-subst": "u",
  "hljs-deletion": "d",
  "hljs-meta": "e",
};

function startTag(classes: string): string {
  const colour = COLOURS[classes];
  return colour === undefined ? "" : `<span class="${colour}">`;
}

function endTag(classes: string): string {
  return COLOURS[classes] === undefined ? "" : "</span>";
}

/** Cuts highlighted text into lines: what is open at the end of one is opened again in the next. */
class LineWriter {
  readonly #lines: string[] = [];
  #current = "";
  readonly #open: string[] = [];
  /** How much of the code is written. */
  #offset = 0;

  constructor(
    readonly code: string,
    readonly firstLine: number | undefined,
    readonly resolve: Resolve,
  ) {}

  open(classes: string): void {
    this.#open.push(classes);
    this.#current += startTag(classes);
  }

  close(): void {
    const classes = this.#open.pop();
    if (classes !== undefined) this.#current += endTag(classes);
  }

  text(text: string): void {
    const [first = "", ...rest] = text.split("\n");
    this.#piece(first);
    for (const piece of rest) {
      this.#endLine();
      this.#offset++;
      this.#current += this.#open.map(startTag).join("");
      this.#piece(piece);
    }
  }

  finish(): string {
    this.#endLine();
    return this.#lines.join("");
  }

  #endLine(): void {
    const text = this.#current + this.#open.map(endTag).join("") + "\n";
    this.#current = "";
    this.#lines.push(
      this.firstLine === undefined
        ? `<span class="l">${text}</span>`
        : line(this.firstLine + this.#lines.length, text),
    );
  }

  #piece(text: string): void {
    this.#current += this.#isCode() ? this.#linked(text) : escape(text);
    this.#offset += text.length;
  }

  #linked(text: string): string {
    let result = "", done = 0;
    const number = (this.firstLine ?? 1) + this.#lines.length;
    for (const match of text.matchAll(/[A-Za-z_$][\w$]*/g)) {
      const [name] = match, at = match.index;
      const start = this.#offset + at;
      if (isMember(this.code, start) || isKey(this.code, start + name.length)) continue;
      const link = this.resolve(name, number);
      if (link === undefined) continue;
      result += `${escape(text.slice(done, at))}<a href="${escape(link)}">${name}</a>`;
      done = at + name.length;
    }
    return result + escape(text.slice(done));
  }

  /** Is the text being written neither in a string nor in a comment? */
  #isCode(): boolean {
    const inner = this.#open.findLast((classes) => /string|comment|regexp|subst/.test(classes));
    return inner === undefined || inner.includes("subst");
  }
}

function line(number: number, text: string): string {
  // The number shown is a counter of the style sheet: a link of its own would be a tenth of a page.
  return `<span class="l" id="L${number}">${text.replaceAll("&quot;", '"')}</span>`;
}

/** Does a `.` stand before the identifier (but not `...`)? */
function isMember(code: string, start: number): boolean {
  const before = code.slice(Math.max(0, start - 40), start).trimEnd();
  return (before.endsWith(".") && !before.endsWith("...")) || before.endsWith("#");
}

/** Is it the key of a property: `io_mm: ptr()`? */
function isKey(code: string, end: number): boolean {
  return /^\??:\s/.test(code.slice(end, end + 3));
}
