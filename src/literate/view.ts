/**
 * Views of a chapter: line n of the chapter is line n of its view. Code lines stand as they are,
 * every other line behind a mark, and line 1 holds the imports in front of the mark.
 */

import type { Book, BookChapter } from "./book.ts";
import { type Chapter, type Fence, VIEW_MARK } from "./chapter.ts";
import { type CodeFence, declaredNames } from "./code_fence.ts";
import { hashText } from "./hash.ts";
import { importLine, namesInUse, type Scope } from "./scope.ts";

/**
 * What a view shows: the definitions, the tests, or the replacements of one edition. The last is
 * there for the tools that read code; an edition runs from memory.
 */
export type ViewKind = "definition" | "test" | `edition=${string}`;

/** A view: a file beside the chapter. */
export interface View {
  readonly chapter: Chapter;
  readonly kind: ViewKind;
  readonly text: string;
}

/** Line 1 of a view, taken apart. */
export interface ViewHead {
  /** Hash of the chapter that the view was made from, or null if line 1 does not tell. */
  readonly hash: string | null;
  /** The import statements. */
  readonly prelude: string;
  /** Line 1 of the chapter. */
  readonly title: string;
}

const HEAD = /^\/\*([0-9a-f]{16})\*\/ ?(.*?)\/\/\|(.*)$/;
const VIEW_FILE = /^(.*?)(?:(_test)|@([a-z][a-z0-9-]*))?\.ts$/;

/** The file of a view: `06-detach.ts`, `06-detach_test.ts` or `06-detach@mended.ts`. */
export function viewName(chapter: Pick<Chapter, "name">, kind: ViewKind): string {
  if (kind === "definition") return `${chapter.name}.ts`;
  if (kind === "test") return `${chapter.name}_test.ts`;
  return `${chapter.name}@${kind.slice("edition=".length)}.ts`;
}

/** The chapter and the kind that the path of a view stands for. */
export function readViewName(path: string): { readonly chapterPath: string; kind: ViewKind } {
  const [, stem = path, test, edition] = VIEW_FILE.exec(path) ?? [];
  const chapterPath = `${stem}.md`;
  if (test !== undefined) return { chapterPath, kind: "test" };
  return { chapterPath, kind: edition === undefined ? "definition" : `edition=${edition}` };
}

/** The views of a book: the definitions of each chapter, and what else it has fences for. */
export function tangle(book: Book): View[] {
  return book.chapters.flatMap((entry) =>
    viewKinds(entry).map((kind) => ({
      chapter: entry.chapter,
      kind,
      text: tangleChapter(entry.chapter, kind, prelude(book, entry, kind)),
    }))
  );
}

/** The view of one chapter with the given import statements on line 1. */
export function tangleChapter(chapter: Chapter, kind: ViewKind, imports: string): string {
  const isCode = codeLines(chapter, kind);
  const lines = chapter.lines.slice(1).map((line, index) =>
    isCode.has(index + 2) || line === "" ? line : VIEW_MARK + line
  );
  const hash = hashText(chapter.lines.join("\n"));
  const head = `/*${hash}*/ ${imports}${imports === "" ? "" : " "}${VIEW_MARK}${chapter.lines[0]}`;
  return [head, ...lines].join("\n");
}

/**
 * The text of the chapter that a view shows: `untangle(tangle(x)) === x`. Says nothing about
 * whether the view still fits its chapter; see `untangleViews`.
 */
export function untangle(view: string): string {
  const [first = "", ...rest] = view.split("\n");
  const lines = rest.map((line) =>
    line.startsWith(VIEW_MARK) ? line.slice(VIEW_MARK.length) : line
  );
  return [readHead(first).title, ...lines].join("\n");
}

/** Takes line 1 of a view apart. A line without the hash is all title. */
export function readHead(line: string): ViewHead {
  const match = HEAD.exec(line);
  if (match === null) {
    const title = line.startsWith(VIEW_MARK) ? line.slice(VIEW_MARK.length) : line;
    return { hash: null, prelude: "", title };
  }
  const [, hash = "", imports = "", title = ""] = match;
  return { hash, prelude: imports.trim(), title };
}

/**
 * The first line of a view, counted from 1, that is not marked as the chapter's text wants it;
 * null if there is none. Line 1 is not looked at.
 */
export function wrongMark(chapter: Chapter, kind: ViewKind, view: string): number | null {
  const expected = tangleChapter(chapter, kind, "").split("\n");
  const index = view.split("\n").findIndex((line, index) => index > 0 && line !== expected[index]);
  return index < 0 ? null : index + 1;
}

/** What the code of a view has in scope beside its own names. */
export function viewScope(book: Book, entry: BookChapter, kind: ViewKind): Scope {
  if (kind === "definition") return entry.definitionScope;
  return kind === "test" ? entry.testScope : book.fullScope;
}

function viewKinds({ tests, editions }: BookChapter): ViewKind[] {
  const kinds: ViewKind[] = ["definition"];
  if (tests.length > 0) kinds.push("test");
  const names = new Set(editions.map(({ fence }) => fence.edition));
  return [...kinds, ...[...names].map((name) => `edition=${name}` as const)];
}

function kindOf({ kind, edition }: Fence): ViewKind | null {
  if (kind === "shown") return null;
  return kind === "edition" ? `edition=${edition}` : kind;
}

function codeLines(chapter: Chapter, kind: ViewKind): Set<number> {
  const lines = new Set<number>();
  for (const fence of chapter.fences) {
    if (kindOf(fence) !== kind) continue;
    for (let line = fence.open.line + 1; line < fence.close.line; line++) lines.add(line);
  }
  return lines;
}

function prelude(book: Book, entry: BookChapter, kind: ViewKind): string {
  const all: CodeFence[] = [...entry.definitions, ...entry.tests, ...entry.editions];
  const fences = all.filter(({ fence }) => kindOf(fence) === kind);
  const references = fences.flatMap(({ code }) => code.references);
  return importLine(namesInUse(references, declaredNames(fences), viewScope(book, entry, kind)));
}
