/**
 * Fences of TypeScript and the names in them.
 */

import type { Chapter, Fence } from "./chapter.ts";
import { type Code, readCode } from "./code.ts";
import { type Finding, type Position, type Rule, throwFindings } from "./finding.ts";
import { CodeSyntaxError } from "./tokens.ts";
import { keptByWalks } from "./walks.ts";

/** A fence of TypeScript and the names in it. */
export interface CodeFence {
  readonly chapter: Chapter;
  readonly fence: Fence;
  readonly code: Code;
}

/** A chapter with the code of its fences, by what they are for. */
export interface CodeFences {
  readonly chapter: Chapter;
  readonly definitions: readonly CodeFence[];
  readonly tests: readonly CodeFence[];
  readonly editions: readonly CodeFence[];
}

/**
 * Reads the code of a chapter's fences.
 * @throws {LiterateError} where a fence does not parse by itself.
 */
export function readCodeFences(chapter: Chapter): CodeFences {
  const findings: Finding[] = [];
  const fences: CodeFence[] = [];
  for (const fence of chapter.fences) {
    if (fence.kind === "shown") continue;
    try {
      const read = { chapter, fence, code: readCode(fence.body.join("\n")) };
      fences.push(read);
      findings.push(...walkFindings(read));
    } catch (error) {
      if (!(error instanceof CodeSyntaxError)) throw error;
      const { line, column } = error.position;
      const message = `Cannot parse the fence: ${error.message}`;
      findings.push({
        path: chapter.path,
        line: fence.open.line + line,
        column,
        rule: "syntax",
        message,
      });
    }
  }
  throwFindings(findings);
  const ofKind = (kind: Fence["kind"]) => fences.filter(({ fence }) => fence.kind === kind);
  return {
    chapter,
    definitions: ofKind("definition"),
    tests: ofKind("test"),
    editions: ofKind("edition"),
  };
}

function walkFindings(fence: CodeFence): Finding[] {
  return keptByWalks(fence.code.source).map(({ name, offset }) =>
    findingIn(fence, offset, "walk-keeps", walkMessage(name))
  );
}

/** What is said of a `name` that the body of a walk apart changes. */
export function walkMessage(name: string): string {
  return `Cannot change "${name}" in a walk apart: the next entry would know of it; ` +
    "without .apart() it may";
}

/** The chapter's position of an offset into the code of a fence. */
export function positionIn({ fence, code }: CodeFence, offset: number): Position {
  const before = code.source.slice(0, offset);
  const line = before.split("\n").length;
  return { line: fence.open.line + line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

/** All names that the top level of some fences declares or imports. */
export function declaredNames(fences: readonly CodeFence[]): Set<string> {
  const names = new Set<string>();
  for (const { code } of fences) {
    for (const { local } of code.imports) names.add(local);
    for (const { declarations } of code.statements) {
      for (const { name } of declarations) names.add(name);
    }
  }
  return names;
}

/** A finding at a place in the code of a fence. */
export function findingIn(
  fence: CodeFence,
  offset: number,
  rule: Rule,
  message: string,
): Finding {
  return { path: fence.chapter.path, ...positionIn(fence, offset), rule, message };
}

/** The finding for a fence that replaces nothing. */
export function emptyFence({ chapter, fence, code }: CodeFence): Finding {
  const names = code.statements.filter(({ exported }) => exported)
    .flatMap(({ declarations }) => declarations.map(({ name }) => name));
  const message = names.length === 0
    ? "Cannot replace anything with this fence: it exports nothing"
    : `Cannot replace anything with this fence: no chapter defines ${names.join(", ")}`;
  return { path: chapter.path, ...fence.open, rule: "empty-edition", message };
}
