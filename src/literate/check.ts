/**
 * The rules that a book as a whole must keep, beyond the grammar of each chapter.
 */

import type { Book, BookChapter } from "./book.ts";
import { type CodeFence, declaredNames, emptyFence, findingIn, positionIn } from "./code_fence.ts";
import type { Heading } from "./chapter.ts";
import type { Finding, Position } from "./finding.ts";

/** The name of a chapter's file: two digits, then words. */
const CHAPTER_NAME = /^\d\d(?:-[a-z0-9]+)+$/;

/** The longest fence, in body lines, that a reader can take in at once. */
const FENCE_LINES_MAX = 40;

/** All findings of a book, by chapter, line and column. */
export function checkBook(book: Book): Finding[] {
  const findings = [
    ...book.chapters.flatMap(checkName),
    ...book.chapters.flatMap(checkFenceLengths),
    ...book.chapters.flatMap(checkExportForms),
    ...book.chapters.flatMap(checkHeadings),
    ...checkDuplicates(book),
    ...book.chapters.flatMap((_, index) => checkForwardReferences(book, index)),
    ...book.chapters.flatMap((chapter) => checkEditions(book, chapter)),
  ];
  return findings.sort((a, b) =>
    a.path === b.path ? a.line - b.line || a.column - b.column : a.path < b.path ? -1 : 1
  );
}

function checkName({ chapter: { path, name } }: BookChapter): Finding[] {
  if (CHAPTER_NAME.test(name)) return [];
  const message = `Cannot place the chapter "${name}": wanted a name like 06-detach.md`;
  return [{ path, line: 1, column: 1, rule: "chapter-name", message }];
}

function checkFenceLengths({ chapter: { path, fences } }: BookChapter): Finding[] {
  return fences.filter(({ body }) => body.length > FENCE_LINES_MAX).map(({ open, body }) => ({
    path,
    ...open,
    rule: "long-fence",
    message: `Cannot accept a fence of ${body.length} lines: wanted at most ${FENCE_LINES_MAX}`,
  }));
}

function checkExportForms({ definitions, editions }: BookChapter): Finding[] {
  const message = 'Cannot see what this exports: wanted "export" in front of a named declaration';
  return [...definitions, ...editions].flatMap((fence) =>
    fence.code.looseExports.map((offset) => findingIn(fence, offset, "export-form", message))
  );
}

/** What a heading promises must be exported by the fences below it, up to the next heading. */
function checkHeadings({ chapter, definitions, editions }: BookChapter): Finding[] {
  const sections = new Map<Heading, Set<string>>();
  for (const { fence, code } of [...definitions, ...editions]) {
    if (fence.heading === null) continue;
    const names = sections.get(fence.heading) ?? new Set();
    sections.set(fence.heading, names);
    for (const { exported, declarations } of code.statements) {
      if (exported) { for (const { name } of declarations) names.add(name); }
    }
  }
  return [...sections].flatMap(([heading, names]) =>
    heading.names.filter((name) => !names.has(name)).map((name): Finding => ({
      path: chapter.path,
      line: heading.line,
      column: columnOf(chapter.lines[heading.line - 1] ?? "", name),
      rule: "missing-definition",
      message: `Cannot find the definition of "${name}" that the heading promises: ` +
        `its fences export ${[...names].join(", ") || "nothing"}`,
    }))
  );
}

/** The column of the backtick in front of a name. */
function columnOf(heading: string, name: string): number {
  const span = [...heading.matchAll(/`([^`]+)`/g)].find((span) => span[1]?.trim() === name);
  return (span?.index ?? 0) + 1;
}

/** A name means one thing in the whole book; a type and a value may share it in one chapter. */
function checkDuplicates({ chapters }: Book): Finding[] {
  const findings: Finding[] = [];
  const exports = new Map<string, string>();
  for (const chapter of chapters) {
    for (const { name, fence, offset } of chapterDuplicates(chapter.definitions)) {
      findings.push(duplicate(fence, offset, name, "in this chapter"));
    }
    for (const { name, fence, offset } of chapterDuplicates(chapter.tests)) {
      findings.push(duplicate(fence, offset, name, "in the tests of this chapter"));
    }
    for (const fence of chapter.definitions) {
      for (const { declarations } of fence.code.statements) {
        for (const { name, offset } of declarations) {
          const other = exports.get(name);
          if (other !== undefined) findings.push(duplicate(fence, offset, name, `in ${other}`));
        }
      }
    }
    for (const fence of chapter.definitions) {
      for (const { exported, declarations } of fence.code.statements) {
        if (!exported) continue;
        for (const { name, offset } of declarations) {
          if (exports.has(name)) continue;
          const { line, column } = positionIn(fence, offset);
          exports.set(name, `${chapter.chapter.path}:${line}:${column}`);
        }
      }
    }
  }
  return findings;
}

function duplicate(fence: CodeFence, offset: number, name: string, where: string): Finding {
  const message = `Cannot define "${name}" twice: it is defined ${where} already`;
  return findingIn(fence, offset, "duplicate-name", message);
}

function chapterDuplicates(fences: readonly CodeFence[]) {
  const found: { name: string; fence: CodeFence; offset: number }[] = [];
  const seen = new Map<string, { isType: boolean; isValue: boolean }>();
  const add = (fence: CodeFence, name: string, offset: number, isType: boolean | null) => {
    const before = seen.get(name) ?? { isType: false, isValue: false };
    const clash = isType === null ? seen.has(name) : isType ? before.isType : before.isValue;
    if (clash) found.push({ name, fence, offset });
    seen.set(name, {
      isType: before.isType || isType !== false,
      isValue: before.isValue || isType !== true,
    });
  };
  for (const fence of fences) {
    for (const { local, offset } of fence.code.imports) add(fence, local, offset, null);
    const { statements } = fence.code;
    for (const [index, { isFunction, declarations }] of statements.entries()) {
      for (const { name, offset, isType } of declarations) {
        const next = statements[index + 1];
        // The signatures of an overloaded function belong to the body that follows them.
        const isOverload = isFunction && isType && next?.isFunction === true &&
          next.declarations.some((declaration) => declaration.name === name);
        if (!isOverload) add(fence, name, offset, isType);
      }
    }
  }
  return found;
}

/** A chapter may use only what it or an earlier one defines. */
function checkForwardReferences({ chapters, homes }: Book, index: number): Finding[] {
  const current = chapters[index];
  if (current === undefined) return [];
  const { chapter, definitions, tests, definitionScope, testScope } = current;
  const later = new Set(chapters.slice(index + 1).map(({ chapter }) => chapter));
  const findings: Finding[] = [];
  const own = declaredNames(definitions);
  const ownTests = declaredNames(tests);
  for (const fence of [...definitions, ...tests]) {
    const isTest = fence.fence.kind === "test";
    for (const { name, offset } of fence.code.references) {
      const home = homes.get(name);
      if (home === undefined || !later.has(home.chapter)) continue;
      const known = isTest
        ? ownTests.has(name) || testScope.has(name)
        : own.has(name) || definitionScope.has(name);
      if (!known) findings.push(forward(fence, offset, name, home.chapter.path, home.position));
    }
    for (const { specifier, start } of fence.code.specifiers) {
      const target = chapters.find(({ chapter }) => specifier === `./${chapter.name}.ts`)?.chapter;
      if (target === undefined || (!later.has(target) && (isTest || target !== chapter))) continue;
      findings.push(forward(fence, start, specifier, target.path, { line: 1, column: 1 }));
    }
  }
  return findings;
}

function forward(
  fence: CodeFence,
  offset: number,
  name: string,
  path: string,
  { line, column }: Position,
): Finding {
  const message = `Cannot use "${name}" here: it is defined later, in ${path}:${line}:${column}`;
  return findingIn(fence, offset, "forward-reference", message);
}

/** An edition fence must replace something. */
function checkEditions({ homes }: Book, { editions }: BookChapter): Finding[] {
  return editions.filter((fence) => !replacesSomething(fence, homes)).map(emptyFence);
}

/** Whether a fence exports a name that the book defines. */
function replacesSomething({ code }: CodeFence, homes: Book["homes"]): boolean {
  return code.statements.some(({ exported, declarations }) =>
    exported && declarations.some(({ name }) => homes.has(name))
  );
}
