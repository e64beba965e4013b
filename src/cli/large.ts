/** Which searches are large enough to be run in parts, and in how many. */
import type { Progress } from "explore/explore.ts";

/**
 * So many steps to go make a search large. They take a few tenths of a second at the least: to start
 * two Workers that load the book takes 0.1 s, and cutting the search about as long as 30,000 steps.
 */
const LARGE = 5_000_000;

/** Is so much left of a search that it pays to begin it anew, on several cores? */
export function isLarge({ executions, steps, run = 1, expected = 0 }: Progress): boolean {
  // What is known need not be run; parts would not know it of each other.
  const ran = steps * run, left = (expected - executions) * ran / Math.max(1, executions);
  return left >= Math.max(LARGE, 4 * ran);
}

/** Into how many parts at least: enough to go round, and few enough that cutting takes no time. */
export const PARTS = 64;
