/**
 * The book on disk: reads chapters, writes views. The only file here that knows Deno.
 */

import { type Book, parseBook } from "./book.ts";
import { checkBook } from "./check.ts";
import { composeEdition, editionNames } from "./edition.ts";
import { parseChapter, type Source } from "./chapter.ts";
import { type Finding, LiterateError, throwFindings } from "./finding.ts";
import { hashText } from "./hash.ts";
import { checkPreludes, untangleViews, type ViewSource } from "./untangle.ts";
import { readHead, readViewName, tangle, untangle, viewName, wrongMark } from "./view.ts";

const VIEW_NAME = /^\d\d-.*\.ts$/;

/** A file to be written: its path and its whole text. */
export interface Write {
  readonly path: string;
  readonly text: string;
}

/** What `tangleFolder` did, as paths. */
export interface TangleResult {
  readonly book: Book;
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly views: readonly string[];
  /** The rules between its parts that the book breaks; its views are of use all the same. */
  readonly findings: readonly Finding[];
}

/**
 * Reads the chapters of a book folder, in order.
 * @param root the folder, such as `spec`; it becomes part of each chapter's path.
 */
export function readChapters(root: string): Source[] {
  return [...Deno.readDirSync(root)]
    .filter(({ name, isFile }) => isFile && /^\d\d.*\.md$/.test(name))
    .map(({ name }) => `${root}/${name}`)
    .sort()
    .map((path) => ({ path, text: Deno.readTextFileSync(path) }));
}

/**
 * Writes the views of a book folder. Views that are right already are left alone; views without a
 * chapter are removed.
 * @throws {LiterateError} when a chapter does not parse or a view holds edits that would be lost; no
 * file is touched then.
 */
export function tangleFolder(root: string): TangleResult {
  const book = parseBook(readChapters(root));
  const writes = tangle(book).map(({ chapter, kind, text }) => ({
    path: `${root}/${viewName(chapter, kind)}`,
    text,
  }));
  const before = new Map(listViews(root).map((path) => [path, Deno.readTextFileSync(path)]));
  throwFindings([...before].flatMap(([path, text]) => checkUnedited(path, text, writes)));
  const changed = writes.filter(({ path, text }) => before.get(path) !== text);
  const views = writes.map(({ path }) => path);
  const removed = [...before.keys()].filter((path) => !views.includes(path));
  writeAll(changed);
  for (const path of removed) Deno.removeSync(path);
  const written = changed.map(({ path }) => path);
  return { book, written, removed, views, findings: checkAll(book) };
}

/** The findings of a book and, if it has none, those of its editions. */
function checkAll(book: Book): Finding[] {
  const findings = checkBook(book);
  if (findings.length > 0) return findings;
  return editionNames(book).flatMap((name) => {
    try {
      composeEdition(book, name);
      return [];
    } catch (error) {
      if (error instanceof LiterateError) return error.findings;
      throw error;
    }
  });
}

/** What `untangleFolder` did. */
export interface UntangleResult {
  /** The chapters that took over edits. */
  readonly changed: readonly string[];
  /** The rules that the book breaks now, to be mended in the chapters. */
  readonly findings: readonly Finding[];
}

/**
 * Takes the edits of all views of a book folder over into the chapters and makes the views anew.
 * @throws {LiterateError} when an edit cannot be taken over; no file is touched then.
 */
export function untangleFolder(root: string): UntangleResult {
  const before = readChapters(root);
  const views = readViews(root);
  const findings: Finding[] = [];
  const after = before.map((chapter): Source => {
    const own = views.filter(({ path }) => readViewName(path).chapterPath === chapter.path);
    try {
      return { path: chapter.path, text: untangleViews(chapter, own) };
    } catch (error) {
      if (!(error instanceof LiterateError)) throw error;
      findings.push(...error.findings);
      return chapter;
    }
  });
  throwFindings(findings);
  const changed = after.filter(({ text }, index) => text !== before[index]?.text);
  const book = parseBook(after);
  throwFindings(checkPreludes([tryParse(before), book], views));
  const tangled = tangle(book).map(({ chapter, kind, text }) => ({
    path: `${root}/${viewName(chapter, kind)}`,
    text,
  }));
  writeAll([...changed, ...tangled]);
  return { changed: changed.map(({ path }) => path), findings: checkAll(book) };
}

/** The chapters as they were may not parse while they are being edited. */
function tryParse(sources: readonly Source[]): Book | null {
  try {
    return parseBook(sources);
  } catch (error) {
    if (error instanceof LiterateError) return null;
    throw error;
  }
}

function readViews(root: string): ViewSource[] {
  return listViews(root).map((path) => ({
    path,
    text: Deno.readTextFileSync(path),
    kind: readViewName(path).kind,
  }));
}

/** The paths of all views in a book folder. */
export function listViews(root: string): string[] {
  return [...Deno.readDirSync(root)]
    .filter(({ name, isFile }) => isFile && VIEW_NAME.test(name))
    .map(({ name }) => `${root}/${name}`)
    .sort();
}

/**
 * Writes files so that each is either old or new, never half: all texts go to temporary files
 * first, then each is renamed.
 */
export function writeAll(writes: readonly Write[]): void {
  // The name keeps the temporary file within the ignored `*.ts` of the book folder.
  const staged = writes.map(({ path, text }) => {
    const temporary = path.replace(/[^/]*$/, (name) => `.${name}.tmp.ts`);
    Deno.writeTextFileSync(temporary, text);
    return { temporary, path };
  });
  for (const { temporary, path } of staged) Deno.renameSync(temporary, path);
}

/**
 * A view that differs from the text it was made from holds work that tangling would destroy,
 * unless the chapter has it already.
 */
function checkUnedited(path: string, text: string, writes: readonly Write[]): Finding[] {
  const wanted = writes.find((write) => write.path === path)?.text;
  if (wanted !== undefined && withoutHead(text) === withoutHead(wanted)) return [];
  if (isPristine(path, text)) return [];
  const message = "Cannot tangle: the view was edited since it was made; " +
    "run `deno task untangle` to take the edits over, or remove the view to drop them";
  return [{ path, line: 1, column: 1, rule: "edited-view", message }];
}

function isPristine(path: string, text: string): boolean {
  const source = untangle(text);
  if (readHead(text.split("\n")[0] ?? "").hash !== hashText(source)) return false;
  const { chapterPath, kind } = readViewName(path);
  try {
    return wrongMark(parseChapter(chapterPath, source), kind, text) === null;
  } catch (error) {
    if (error instanceof LiterateError) return false;
    throw error;
  }
}

function withoutHead(text: string): string {
  const end = text.indexOf("\n");
  const { title } = readHead(end < 0 ? text : text.slice(0, end));
  return title + (end < 0 ? "" : text.slice(end));
}
