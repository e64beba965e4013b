/**
 * Brings edits of views back into their chapter. Nothing is guessed: an edit that the chapter
 * cannot hold is refused, and then nothing changes.
 */

import type { Book } from "./book.ts";
import { type Chapter, parseChapter, type Source } from "./chapter.ts";
import { readCode } from "./code.ts";
import { type Finding, type Rule, throwFindings } from "./finding.ts";
import { hashText } from "./hash.ts";
import { mergeLines } from "./merge.ts";
import type { Scope } from "./scope.ts";
import { readHead, readViewName, untangle, type ViewKind, viewScope, wrongMark } from "./view.ts";

/** A view as it stands on disk or in an editor. */
export interface ViewSource extends Source {
  readonly kind: ViewKind;
}

/**
 * The text of a chapter with the edits of its views.
 * @throws {LiterateError} when a view is not a view of this chapter's present text, holds code
 * outside its fences, or when two views were edited at the same place.
 */
export function untangleViews(chapter: Source, views: readonly ViewSource[]): string {
  const edits: { readonly view: ViewSource; readonly text: string }[] = [];
  const findings: Finding[] = [];
  for (const view of views) {
    const text = untangle(view.text);
    const { hash } = readHead(view.text.split("\n")[0] ?? "");
    const isCurrent = text === chapter.text || hash === hashText(text);
    if (!isCurrent && hash !== hashText(chapter.text)) {
      findings.push(staleView(chapter, view, hash));
      continue;
    }
    // Parsing throws where an edit makes a text that is no chapter.
    findings.push(...checkMarks(parseChapter(chapter.path, text), view));
    if (!isCurrent) edits.push({ view, text });
  }
  throwFindings(findings);
  const base = chapter.text.split("\n");
  let merged: readonly string[] = base;
  for (const { view, text } of edits) {
    const result = mergeLines(base, merged, text.split("\n"));
    if ("line" in result) throwFindings([conflict(chapter, view, result.line)]);
    else merged = result;
  }
  return merged.join("\n");
}

/**
 * Line 1 of a view is made anew with each tangle. Findings for imports that were added there by
 * hand or by an editor, and that tangling would not bring back.
 * @param books the book before and after the edits, as far as there is one: what either has in
 * scope was made by tangling or is named in a fence.
 */
export function checkPreludes(
  books: readonly (Book | null)[],
  views: readonly ViewSource[],
): Finding[] {
  return views.flatMap((view) => {
    const { prelude } = readHead(view.text.split("\n")[0] ?? "");
    const scopes = books.map((book) => book === null ? null : scopeOf(book, view));
    return readCode(prelude).imports.filter(({ local, imported, specifier }) =>
      !scopes.some((scope) => {
        const origin = scope?.get(local);
        return origin?.imported === imported && origin.specifier === specifier;
      })
    ).map(({ local, specifier }): Finding => {
      const message = `Cannot keep the import of "${local}" from "${specifier}" on line 1, ` +
        "which is made anew: write it into a fence";
      return finding(view, 1, "lost-import", message);
    });
  });
}

function scopeOf(book: Book, view: ViewSource): Scope | null {
  const { chapterPath } = readViewName(view.path);
  const entry = book.chapters.find(({ chapter }) => chapterPath === chapter.path);
  return entry === undefined ? null : viewScope(book, entry, view.kind);
}

function staleView(chapter: Source, view: ViewSource, hash: string | null): Finding {
  const reason = hash === null
    ? "line 1 does not tell which text it was made from"
    : `${chapter.path} was changed as well since the view was made`;
  const message = `Cannot take over the edits of this view: ${reason}; copy them by hand, ` +
    "then remove the view";
  return finding(view, 1, "stale-view", message);
}

/** Each line of the view must be marked as the text that it shows would mark it. */
function checkMarks(chapter: Chapter, view: ViewSource): Finding[] {
  const line = wrongMark(chapter, view.kind, view.text);
  if (line === null) return [];
  const message = "Cannot take over this line: it is code outside the fences of this view, " +
    "or prose inside one";
  return [finding(view, line, "code-outside-fence", message)];
}

function conflict(chapter: Source, view: ViewSource, line: number): Finding {
  const message = `Cannot merge: line ${line} of ${chapter.path} was edited in both views, ` +
    "differently";
  return finding(view, line, "conflict", message);
}

function finding(view: ViewSource, line: number, rule: Rule, message: string): Finding {
  return { path: view.path, line, column: 1, rule, message };
}
