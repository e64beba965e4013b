/**
 * Views of a chapter: line n of the chapter is line n of its view. Code lines stand as they are,
 * every other line behind a mark, and line 1 holds the imports in front of the mark.
 */

import type { Book, BookChapter } from "./book.ts";
import { type Chapter, VIEW_MARK } from "./chapter.ts";
import { declaredNames } from "./code_fence.ts";
import type { FenceKind } from "./fence.ts";
import { hashText } from "./hash.ts";
import { importLine, namesInUse } from "./scope.ts";

/** The two views that a chapter has. */
export type ViewKind = "definition" | "test";

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

/** The file name of a view: `06-detach.ts` or `06-detach_test.ts`. */
export function viewName(chapter: Pick<Chapter, "name">, kind: ViewKind): string {
  return `${chapter.name}${kind === "test" ? "_test" : ""}.ts`;
}

/**
 * The views of a book: one of the definitions for each chapter, one of the tests for each chapter
 * that has test fences.
 */
export function tangle({ chapters }: Book): View[] {
  return chapters.flatMap((entry) => {
    const kinds: ViewKind[] = entry.tests.length > 0 ? ["definition", "test"] : ["definition"];
    return kinds.map((kind) => ({
      chapter: entry.chapter,
      kind,
      text: tangleChapter(entry.chapter, kind, prelude(entry, kind)),
    }));
  });
}

/** The view of one chapter with the given import statements on line 1. */
export function tangleChapter(chapter: Chapter, kind: ViewKind, imports: string): string {
  const isCode = codeLines(chapter, kind);
  const lines = chapter.lines.map((line, index) => {
    if (index === 0) return null;
    return isCode.has(index + 1) || line === "" ? line : VIEW_MARK + line;
  });
  const hash = hashText(chapter.lines.join("\n"));
  const head = `/*${hash}*/ ${imports}${imports === "" ? "" : " "}${VIEW_MARK}${chapter.lines[0]}`;
  return [head, ...lines.slice(1)].join("\n");
}

/**
 * The text of the chapter that a view shows: `untangle(tangle(x)) === x`. Says nothing about
 * whether the view still fits its chapter; see `untangleViews`.
 */
export function untangle(view: string): string {
  const [first = "", ...rest] = view.split("\n");
  const lines = rest.map((line) => line.startsWith(VIEW_MARK) ? line.slice(3) : line);
  return [readHead(first).title, ...lines].join("\n");
}

/** Takes line 1 of a view apart. A line without the hash is all title. */
export function readHead(line: string): ViewHead {
  const match = HEAD.exec(line);
  if (match === null) {
    return { hash: null, prelude: "", title: line.startsWith(VIEW_MARK) ? line.slice(3) : line };
  }
  const [, hash = "", imports = "", title = ""] = match;
  return { hash, prelude: imports.trim(), title };
}

/** The numbers of the chapter's lines that are code in a view. */
export function codeLines(chapter: Chapter, kind: FenceKind): Set<number> {
  const lines = new Set<number>();
  for (const fence of chapter.fences) {
    if (fence.kind !== kind) continue;
    for (let line = fence.open.line + 1; line < fence.close.line; line++) lines.add(line);
  }
  return lines;
}

function prelude(entry: BookChapter, kind: ViewKind): string {
  const fences = kind === "test" ? entry.tests : entry.definitions;
  const scope = kind === "test" ? entry.testScope : entry.definitionScope;
  const references = fences.flatMap(({ code }) => code.references);
  return importLine(namesInUse(references, declaredNames(fences), scope));
}
