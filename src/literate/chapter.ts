/**
 * From the text of a chapter to its headings and fences. Every line stays where it is; what the
 * grammar does not know is an error with its place, never skipped.
 */

import { type FenceInfo, readFenceInfo } from "./fence.ts";
import { type Finding, type Position, type Rule, throwFindings } from "./finding.ts";

/** Marks in a view each line that is not code of that view. */
export const VIEW_MARK = "//|";

/** A heading of the form `## Title`. */
export interface Heading {
  readonly line: number;
  readonly level: number;
  readonly text: string;
  /** The identifiers that stand in backticks: the names that its fences define. */
  readonly names: readonly string[];
}

/** A fenced block. */
export interface Fence extends FenceInfo {
  /** Where the backticks of the opening line stand. */
  readonly open: Position;
  /** Where the backticks of the closing line stand. */
  readonly close: Position;
  /** The nearest heading above, or null. */
  readonly heading: Heading | null;
  /** The lines between; the first is line `open.line + 1` of the chapter. */
  readonly body: readonly string[];
}

/** A parsed chapter. `lines.join("\n")` is its text, always. */
export interface Chapter {
  readonly path: string;
  /** The file name without folder and `.md`: `06-detach`. */
  readonly name: string;
  /** The text of the first heading of level 1, `""` if there is none. */
  readonly title: string;
  readonly lines: readonly string[];
  readonly headings: readonly Heading[];
  readonly fences: readonly Fence[];
}

/** The path and the text of a chapter or of a reader's file. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** What opens or closes a fence; the first group is what stands before the backticks. */
const FENCE_LINE = /^((?:[ \t]|>|[-*+][ \t]|\d{1,9}[.)][ \t])*)(`{3,}|~{3,})(.*)$/;
const HEADING_LINE = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
/** Words that may stand in backticks without being a name that a fence could define. */
const RESERVED = new Set(["null", "true", "false", "undefined", "void", "this", "yield", "return"]);

interface OpenFence {
  readonly info: FenceInfo;
  readonly open: Position;
  readonly marker: string;
  /** Whether anything stands before its backticks, so that it may end inside a list or quote. */
  readonly nested: boolean;
  readonly heading: Heading | null;
}

/**
 * Parses a chapter.
 * @throws {LiterateError} with all findings of the text.
 */
export function parseChapter(path: string, text: string): Chapter {
  const parser = new ChapterParser(path, text.split("\n"));
  parser.run();
  throwFindings(parser.findings);
  const name = path.replace(/^.*\//, "").replace(/\.md$/, "");
  const title = parser.headings.find((heading) => heading.level === 1)?.text ?? "";
  const { lines, headings, fences } = parser;
  return { path, name, title, lines, headings, fences };
}

class ChapterParser {
  readonly findings: Finding[] = [];
  readonly headings: Heading[] = [];
  readonly fences: Fence[] = [];
  #open: OpenFence | null = null;
  #inComment = false;

  constructor(readonly path: string, readonly lines: readonly string[]) {}

  run(): void {
    this.#checkLineEnds();
    this.lines.forEach((text, index) => this.#line(text, index + 1));
    if (this.#open !== null) {
      this.#report("unclosed-fence", this.#open.open, "Cannot find the end of the fence");
    }
  }

  #report(rule: Rule, { line, column }: Position, message: string): void {
    this.findings.push({ path: this.path, line, column, rule, message });
  }

  /** A view is TypeScript, where these characters end a line: they would shift all lines below. */
  #checkLineEnds(): void {
    for (const [index, text] of this.lines.entries()) {
      const column = text.search(/[\r\u2028\u2029]/) + 1;
      if (column === 0) continue;
      const code = text.charCodeAt(column - 1).toString(16).padStart(4, "0").toUpperCase();
      const hint = code === "000D" ? " (CRLF)" : "";
      const message = `Cannot read the line end U+${code}${hint}: wanted LF only`;
      this.#report("line-end", { line: index + 1, column }, message);
      return;
    }
  }

  #line(text: string, line: number): void {
    if (this.#open !== null) return this.#insideFence(text, line, this.#open);
    const match = FENCE_LINE.exec(text);
    if (match !== null && !(match[2]?.startsWith("`") && match[3]?.includes("`"))) {
      return this.#openFence(match, line);
    }
    if (this.#inComment || /^ {0,3}<!--/.test(text)) {
      this.#inComment = !text.includes("-->");
      return;
    }
    const heading = HEADING_LINE.exec(text);
    if (heading !== null) this.headings.push(readHeading(heading, line));
  }

  #openFence(match: RegExpExecArray, line: number): void {
    const [, before = "", marker = "", after = ""] = match;
    const open = { line, column: before.length + 1 };
    let info = readFenceInfo(after);
    if (typeof info === "string") {
      this.#report("unknown-word", { line, column: open.column + marker.length }, info);
      info = readFenceInfo("");
      if (typeof info === "string") return;
    } else if ((info.kind !== "shown" || info.trace !== null) && before !== "") {
      const kind = info.trace === null ? info.kind : "trace";
      const message = `Cannot use a ${kind} fence that is indented or nested: ` +
        "wanted its backticks in column 1";
      this.#report("nested-definition", open, message);
    }
    if (this.#inComment) {
      this.#report("hidden-fence", open, "Cannot use a fence inside an HTML comment");
    }
    const heading = this.headings.at(-1) ?? null;
    this.#open = { info, open, marker, heading, nested: before !== "" };
  }

  #insideFence(text: string, line: number, opened: OpenFence): void {
    const { info, open, marker, heading, nested } = opened;
    const match = FENCE_LINE.exec(text);
    const closes = match !== null && match[3]?.trim() === "" &&
      match[2]?.startsWith(marker) === true &&
      (nested ? /^[ \t>]*$/ : /^ {0,3}$/).test(match[1] ?? "");
    if (!closes) {
      if (info.kind !== "shown" && text.startsWith(VIEW_MARK)) {
        const message = `Cannot start a code line with "${VIEW_MARK}": it marks prose in a view`;
        this.#report("view-mark", { line, column: 1 }, message);
      }
      return;
    }
    this.#open = null;
    const close = { line, column: (match[1]?.length ?? 0) + 1 };
    const body = this.lines.slice(open.line, line - 1);
    this.fences.push({ ...info, open, close, heading, body });
  }
}

function readHeading(match: RegExpExecArray, line: number): Heading {
  const [, hashes = "", text = ""] = match;
  const spans = [...text.matchAll(/`([^`]+)`/g)].map((span) => (span[1] ?? "").trim());
  const names = spans.filter((span) => IDENTIFIER.test(span) && !RESERVED.has(span));
  return { line, level: hashes.length, text, names: [...new Set(names)] };
}
