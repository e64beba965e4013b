/**
 * Exhaustive search with dynamic partial-order reduction: of all schedules that differ only in the
 * order of independent steps, at least one is run, and mostly only one.
 *
 * It is source-set DPOR with sleep sets (Abdulla, Aronis, Jonsson, Sagonas, POPL 2014) over steps
 * whose footprints were recorded while they ran. Two steps depend on each other if one wrote a word
 * that the other touched, or if one task made the other. What blocks needs care, since a reversed
 * order must be possible:
 *
 * - Whole critical sections depend on each other by their data alone (footprint.ts). So does one
 *   on the steps during which another task held its lock: it comes after the last of them if it
 *   depends on any, and can be moved before the first if it does not. No step of the holder in
 *   between can be reversed with it; what can be reversed is the step that took the lock, so the
 *   race is with that one. When the reversal of another race needs such a section at a moment when
 *   it would have to wait, the section is tried before the lock is taken. When the holder comes to
 *   need, before it gives the lock back, what only follows such a section, the lock is tried before
 *   the section as well: that is a deadlock.
 * - A step that waited for a condition is reversed against every earlier writer of the words that
 *   the condition reads, unless the condition is of the kind that, once true, stays true.
 * - Tasks that are blocked for ever at the end take part with the step that they could not take.
 * - A fault ends an execution; every task that could have run instead is tried before it. An access to freed
 *   storage is a fault before it is an access, and depends on the free all the same.
 * - A step reads and goes on by what it read, so another step may turn it into a different one. Where its task
 *   sleeps a source set is then not enough: what it would have done there may depend on steps that what it does
 *   now does not depend on. These are tried before the step that turned it (plan.ts).
 *
 * A large search does not go on from a state that it has been in before with the same tasks asleep, but
 * asks what the rest of the execution would have demanded of its path: cache/cache.ts.
 *
 * Steps are run by a stepper (stepper.ts), mostly from tapes, which tells of words that tasks share and
 * no others (tape/sharing.ts). When a step comes to share more of them, the path is run again, so that
 * what was left out of its earlier steps is told; there was no race on such a word before. The
 * sanitizers hear of a step only where it could be that they have something to say (tape/doubts.ts).
 *
 * The test `tests/explore/oracle_test.ts` holds this search against the naive one.
 */
import type { Execution } from "../execution.ts";
import type { Bounds } from "../scenario.ts";
import { CacheVoid } from "../cache/known.ts";
import { Backtracking, type ReducedPart } from "./backtracking.ts";
import { Estimator, LOOK } from "./estimate.ts";
import type { Search } from "./search.ts";

/**
 * Splits the search into parts by their first `depth` steps; to `parts` it adds the part that
 * begins where each schedule is cut off. Its own result is of what ends before.
 *
 * Down to that depth every enabled task that is not asleep is tried, which is a source set whatever
 * races are found later. So a part needs to know nothing of another but the first step of those
 * that are tried before it, which sleep in it as they would in one search.
 */
export function* splitReduced(
  execution: Execution,
  bounds: Bounds,
  depth: number,
  parts: ReducedPart[],
): Search {
  const search = new Backtracking(execution, bounds);
  search.cutAt(depth, parts);
  try {
    do search.runOnce(); while (search.backtrack());
  } finally {
    search.end();
  }
  yield search.result;
  return search.result;
}

/** Data races that were found; those of a search that begins again are forgotten. */
type Found = Pick<Map<unknown, unknown>, "size" | "clear">;

/** Explores scenario `execution`, or a part of it, within `bounds`; yields now and then. */
export function* searchReduced(
  execution: Execution,
  bounds: Bounds,
  part?: ReducedPart,
  races: Found = new Map(),
): Search {
  const caches = part === undefined && bounds.executions === undefined;
  try {
    const search = new Backtracking(execution, bounds, () => races.size === 0);
    if (part !== undefined) search.startWith(part);
    return yield* runAll(search, bounds, caches);
  } catch (error) {
    if (!(error instanceof CacheVoid)) throw error;
    races.clear();
    return yield* runAll(new Backtracking(execution, bounds), bounds, false);
  }
}

function* runAll(search: Backtracking, bounds: Bounds, caches: boolean): Search {
  const { result } = search, estimator = new Estimator();
  let runs = 0;
  try {
    do {
      const visited = result.executions + result.redundant;
      if (visited >= (bounds.executions ?? Infinity)) {
        result.exhaustive = false;
        break;
      }
      if (caches && runs === cachedFrom) search.startCaching();
      search.runOnce();
      runs++;
      if ((runs & LOOK) === 0) {
        const all = estimator.observe(runs, search.branches());
        result.expected = Math.round(all * (result.executions + result.redundant) / runs);
      }
      if ((runs & 0x3ff) === 0) yield result;
    } while (search.backtrack());
  } finally {
    search.end();
  }
  return result;
}

/** A search with no more executions is over before a cache pays. */
const SMALL = 800;

/** From which execution on states are cached. */
let cachedFrom = SMALL;

/**
 * Caches states from so many executions on, or by default from where it pays; with Infinity never. For
 * tests and measurements that hold one way against the other.
 */
export function cacheStatesFrom(executions = SMALL): void {
  cachedFrom = executions;
}
