/**
 * Sections and the steps during which another task held their lock: pairs of steps of which the second
 * has to be tried before the first, beside the races of reversal.ts.
 */
import { WORD_MASK } from "../footprint.ts";
import { NONE } from "./intervals.ts";
import { areGivesOf } from "./kind.ts";
import type { Order } from "./order.ts";

const NO_PAIRS: readonly number[] = [];

/**
 * The sections on the way from `earlier` to `depth` that the reversal of these two steps would
 * have to run in vain: they do not depend on the step at `earlier`, but at that moment their lock
 * was held, and the holder's next steps do depend on it. In pairs: the step that took the lock,
 * and the section, which has to be tried before it.
 */
export function heldUp(order: Order, earlier: number, depth: number): readonly number[] {
  if (!order.intervals.any) return NO_PAIRS;
  let found: number[] | undefined;
  for (let at = earlier + 1; at <= depth; at++) {
    const { sections } = order.kindOf(at);
    if (sections.length === 0 || order.isBefore(earlier, at)) continue;
    for (const word of sections) {
      const held = order.intervals.around(word, earlier);
      if (held === undefined || held[1] >= at) continue;
      const [from, to] = held;
      if (order.isBefore(from, at)) continue;
      if (order.isBefore(earlier, to)) (found ??= []).push(from, at);
    }
  }
  return found ?? NO_PAIRS;
}

/**
 * The sections that could as well have come after a lock was taken, but for what was done while
 * it was held: the step at `depth` gives it back, and comes after them in another way. Had they
 * been late, they would wait for the lock and its holder for them. In pairs: each section, and
 * the step that took the lock.
 */
export function neededInside(order: Order, depth: number): readonly number[] {
  const { holds } = order.kindOf(depth);
  if (holds.length === 0) return NO_PAIRS;
  const found: number[] = [];
  for (const entry of holds) {
    const word = entry & WORD_MASK;
    const held = order.intervals.endingAt(word, depth);
    if (held !== undefined) sectionsBefore(order, word, held[0], depth, found);
  }
  return found;
}

/**
 * The sections of the lock at `word` that could as well have come after it was taken for good, and
 * would wait for ever then. In pairs: each section, and the step that took the lock.
 */
export function sectionsBeforeTaken(order: Order, word: number): number[] {
  const from = order.intervals.open(word), found: number[] = [];
  if (from !== NONE) sectionsBefore(order, word, from, NONE, found);
  return found;
}

/** Adds the sections that are not before the step at `from`, but before that at `end` unless NONE. */
function sectionsBefore(
  order: Order,
  word: number,
  from: number,
  end: number,
  found: number[],
): void {
  if (!order.numbers.hasSections) return;
  for (let at = from - 1; at >= 0; at--) {
    const { sections } = order.kindOf(at);
    if (sections.length === 0 || !sections.includes(word)) continue;
    if (order.isBefore(at, from)) continue;
    if (end === NONE || order.isBefore(at, end)) found.push(at, from);
  }
}

/**
 * The steps between `earlier`, which took references, and `depth`, a give that is NEAR for it, that gave references
 * back at the same count and do not come after it nor before the give: they could as well have been the last.
 */
export function givesBetween(order: Order, earlier: number, depth: number): readonly number[] {
  const near = order.kindOf(depth), taken = order.kindOf(earlier), found: number[] = [];
  for (let at = earlier + 1; at < depth; at++) {
    if (order.isBefore(earlier, at) || order.isBefore(at, depth)) continue;
    if (areGivesOf(taken, near, order.kindOf(at))) found.push(at);
  }
  return found;
}
