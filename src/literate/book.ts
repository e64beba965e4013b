/**
 * The chapters of a book together: what each defines, imports and has in scope.
 */

import { type Chapter, parseChapter, type Source } from "./chapter.ts";
import { checkBook } from "./check.ts";
import { type CodeFence, type CodeFences, positionIn, readCodeFences } from "./code_fence.ts";
import { type Finding, LiterateError, type Position, throwFindings } from "./finding.ts";
import type { Origin, Scope } from "./scope.ts";

/** A chapter with the code of its fences and what they may use. */
export interface BookChapter extends CodeFences {
  /** What its definitions have in scope beside their own names. */
  readonly definitionScope: Scope;
  /** What its tests have in scope beside their own names. */
  readonly testScope: Scope;
}

/** Where a name of the book is defined. */
export interface Home {
  readonly chapter: Chapter;
  readonly fence: CodeFence;
  readonly position: Position;
}

/** A whole book, in the order of its chapters, that broke no rule. */
export interface Book {
  readonly chapters: readonly BookChapter[];
  /** Every exported name and the fence that defines it. */
  readonly homes: ReadonlyMap<string, Home>;
  /** Every name that a definition fence exports or imports. */
  readonly fullScope: Scope;
}

/**
 * Reads a whole book from its texts; the chapters come in the order of their paths.
 * @throws {LiterateError} with the findings of all chapters.
 */
export function readBook(sources: readonly Source[]): Book {
  const book = parseBook(sources);
  throwFindings(checkBook(book));
  return book;
}

/**
 * Reads a book like {@link readBook}, without the rules between its parts: a text that is being
 * edited may break them for a while.
 * @throws {LiterateError} where a chapter or a fence does not parse.
 */
export function parseBook(sources: readonly Source[]): Book {
  const findings: Finding[] = [];
  const parsed: CodeFences[] = [];
  for (const { path, text } of [...sources].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    try {
      parsed.push(readCodeFences(parseChapter(path, text)));
    } catch (error) {
      if (!(error instanceof LiterateError)) throw error;
      findings.push(...error.findings);
    }
  }
  throwFindings(findings);
  return { ...addScopes(parsed), homes: findHomes(parsed) };
}

/** The module name under which other chapters import a chapter. */
export function viewSpecifier(chapter: Pick<Chapter, "name">): string {
  return `./${chapter.name}.ts`;
}

function addScopes(
  chapters: readonly CodeFences[],
): Pick<Book, "chapters" | "fullScope"> {
  const definitionNames = new Map<string, Origin>();
  const testImports = new Map<string, Origin>();
  const scoped: BookChapter[] = [];
  for (const chapter of chapters) {
    const definitionScope = new Map(definitionNames);
    addImports(chapter.definitions, definitionNames);
    for (const { code } of chapter.definitions) {
      for (const { exported, declarations } of code.statements) {
        if (!exported) continue;
        for (const { name } of declarations) {
          definitionNames.set(name, { imported: name, specifier: viewSpecifier(chapter.chapter) });
        }
      }
    }
    const testScope = new Map([...testImports, ...definitionNames]);
    addImports(chapter.tests, testImports);
    scoped.push({ ...chapter, definitionScope, testScope });
  }
  return { chapters: scoped, fullScope: definitionNames };
}

function addImports(fences: readonly CodeFence[], into: Map<string, Origin>): void {
  for (const { code } of fences) {
    for (const { local, imported, specifier } of code.imports) {
      into.set(local, { imported, specifier });
    }
  }
}

function findHomes(chapters: readonly CodeFences[]) {
  const homes = new Map<string, Home>();
  for (const { chapter, definitions } of chapters) {
    for (const fence of definitions) {
      for (const { exported, declarations } of fence.code.statements) {
        if (!exported) continue;
        for (const { name, offset } of declarations) {
          if (homes.has(name)) continue;
          homes.set(name, { chapter, fence, position: positionIn(fence, offset) });
        }
      }
    }
  }
  return homes;
}
