/**
 * Merges two edits of one text, by lines.
 */

/** A run of base lines, from `start` up to and not including `end`, and what stands there now. */
export interface Hunk {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/** Both edits change the same place: the base line, counted from 1. */
export interface MergeConflict {
  readonly line: number;
}

/**
 * Applies two edits of the same base, if they touch different lines or do the same.
 * @returns the merged lines, or the first place where the edits disagree.
 */
export function mergeLines(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[],
): readonly string[] | MergeConflict {
  const hunks: Hunk[] = diffLines(base, ours);
  for (const hunk of diffLines(base, theirs)) {
    const rivals = hunks.filter((other) => touches(hunk, other));
    if (rivals.some((other) => !isSame(hunk, other))) return { line: hunk.start + 1 };
    if (rivals.length === 0) hunks.push(hunk);
  }
  const merged: string[] = [];
  let at = 0;
  for (const { start, end, lines } of hunks.sort((a, b) => a.start - b.start || a.end - b.end)) {
    merged.push(...base.slice(at, start), ...lines);
    at = end;
  }
  return [...merged, ...base.slice(at)];
}

/**
 * The shortest edit that turns `base` into `other`, by Myers' greedy algorithm: O((n + m) d) for
 * an edit of d lines.
 */
export function diffLines(base: readonly string[], other: readonly string[]): Hunk[] {
  const trace = searchEdit(base, other);
  const kept: (readonly [number, number])[] = [];
  let x = base.length;
  let y = other.length;
  for (let d = trace.length - 1; d >= 0; d--) {
    const reached = trace[d] ?? new Map<number, number>();
    const k = x - y;
    const down = k === -d || (k !== d && at(reached, k - 1) < at(reached, k + 1));
    const previousK = down ? k + 1 : k - 1;
    const previousX = d === 0 ? 0 : at(reached, previousK);
    const previousY = d === 0 ? 0 : previousX - previousK;
    while (x > previousX && y > previousY) kept.push([--x, --y]);
    x = previousX;
    y = previousY;
  }
  return toHunks(kept.reverse(), base, other);
}

/** For each number of edits the furthest base line on each diagonal before that edit. */
function searchEdit(base: readonly string[], other: readonly string[]): Map<number, number>[] {
  const trace: Map<number, number>[] = [];
  const furthest = new Map<number, number>([[1, 0]]);
  for (let d = 0; d <= base.length + other.length; d++) {
    trace.push(new Map(furthest));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(furthest, k - 1) < at(furthest, k + 1));
      let x = down ? at(furthest, k + 1) : at(furthest, k - 1) + 1;
      while (x < base.length && x - k < other.length && base[x] === other[x - k]) x++;
      furthest.set(k, x);
      if (x >= base.length && x - k >= other.length) return trace;
    }
  }
  return trace;
}

function at(reached: ReadonlyMap<number, number>, k: number): number {
  return reached.get(k) ?? -1;
}

function toHunks(
  kept: readonly (readonly [number, number])[],
  base: readonly string[],
  other: readonly string[],
): Hunk[] {
  const hunks: Hunk[] = [];
  let x = 0;
  let y = 0;
  for (const [nextX, nextY] of [...kept, [base.length, other.length] as const]) {
    if (nextX > x || nextY > y) {
      hunks.push({ start: x, end: nextX, lines: other.slice(y, nextY) });
    }
    x = nextX + 1;
    y = nextY + 1;
  }
  return hunks;
}

function touches(a: Hunk, b: Hunk): boolean {
  return a.start === b.start || (a.start < b.end && b.start < a.end);
}

function isSame(a: Hunk, b: Hunk): boolean {
  return a.start === b.start && a.end === b.end && a.lines.length === b.lines.length &&
    a.lines.every((line, index) => line === b.lines[index]);
}
