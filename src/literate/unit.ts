/**
 * The units of an edition: definitions that are replaced as a whole.
 */

import type { Declaration, Reference, Statement } from "./code.ts";
import type { CodeFence } from "./code_fence.ts";

/** A top-level statement; the signatures and the body of an overloaded function are one unit. */
export interface Unit {
  readonly fence: CodeFence;
  /** 0 for the book, 1 for an edition's fence, 2 for a reader's. */
  readonly layer: number;
  /** Offsets into the code of the fence. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly exported: boolean;
  readonly names: readonly Declaration[];
  readonly references: readonly Reference[];
}

/** The units of a fence, in order. */
export function readUnits(fence: CodeFence, layer: number): Unit[] {
  const { source, statements, references } = fence.code;
  return groupOverloads(statements).map((group) => {
    const start = group[0]?.start ?? 0;
    const end = group.at(-1)?.end ?? start;
    return {
      fence,
      layer,
      start,
      end,
      text: source.slice(start, end),
      exported: group.some(({ exported }) => exported),
      names: group.at(-1)?.declarations ?? [],
      references: references.filter(({ offset }) => start <= offset && offset < end),
    };
  });
}

function groupOverloads(statements: readonly Statement[]): Statement[][] {
  const groups: Statement[][] = [];
  for (const statement of statements) {
    const before = groups.at(-1)?.at(-1);
    const sameFunction = before !== undefined && before.isFunction && statement.isFunction &&
      before.declarations.length > 0 &&
      before.declarations[0]?.name === statement.declarations[0]?.name;
    if (sameFunction) groups.at(-1)?.push(statement);
    else groups.push([statement]);
  }
  return groups;
}
