/**
 * Depth-first search over all schedules, without any reduction. It is simple enough to be believed
 * on sight, and stays as the oracle of the reduced search.
 */
import type { Execution } from "../execution.ts";
import { hashState } from "../state_hash.ts";
import type { Bounds } from "../scenario.ts";
import { branchOf, Estimator, LOOK } from "./estimate.ts";
import { nothingYet, type Search, type SearchResult } from "./search.ts";

/** A place on the current schedule where the search made a choice. */
export interface Choice {
  readonly task: number;
  /** Tasks that are tried here, and those of them that are still to be. */
  readonly all: number;
  readonly rest: number;
  /** The task of the step before if it could have gone on, else -1. */
  readonly running: number;
  /** Preemptions before this choice. */
  readonly before: number;
}

function preemptionsAfter(choice: Choice | undefined): number {
  if (choice === undefined) return 0;
  return choice.before + (choice.running >= 0 && choice.task !== choice.running ? 1 : 0);
}

/** A part of the search: every schedule that begins with these choices, which have nothing left to try. */
export type NaivePart = readonly Choice[];

/**
 * Splits the search into parts by their first `depth` steps; to `parts` it adds the part that begins
 * where each schedule is cut off. Its own result is of the schedules that end before.
 */
export function* splitNaively(
  execution: Execution,
  bounds: Bounds,
  depth: number,
  parts: NaivePart[],
): Search {
  const result = nothingYet(), path: Choice[] = [];
  const limits = { ...bounds, cut: depth };
  do {
    if (runOnce(execution, path, result, limits)) result.executions++;
    else parts.push(path.map((choice) => ({ ...choice, all: 0, rest: 0 })));
  } while (backtrack(path));
  yield result;
  return result;
}

/**
 * Explores every schedule within `bounds`, or those of a part; yields now and then so that the
 * caller can show progress.
 */
export function* searchNaively(execution: Execution, bounds: Bounds, part: NaivePart = []): Search {
  const result = nothingYet(), path = [...part], estimator = new Estimator();
  const { executions = Infinity } = bounds;
  do {
    if (result.executions >= executions) return { ...result, exhaustive: false };
    runOnce(execution, path, result, bounds);
    result.executions++;
    if ((result.executions & LOOK) === 0) {
      const branches = path.map(({ task, all, rest }) => branchOf(task, all, all & ~rest));
      result.expected = estimator.observe(result.executions, branches);
    }
    if ((result.executions & 0x3ff) === 0) yield result;
  } while (backtrack(path));
  return result;
}

/** Where an execution is to end at the latest: `cut` ends it for a part to begin there. */
interface Limits extends Bounds {
  readonly cut?: number;
}

/**
 * Replays `path`, then goes on with the lowest enabled task until nothing can run; false if it was
 * cut off before that.
 */
function runOnce(
  execution: Execution,
  path: Choice[],
  result: SearchResult,
  { depth = 10_000, preemptions = Infinity, cut = -1 }: Limits,
): boolean {
  execution.begin();
  for (let position = 0;; position++) {
    const last = path[position - 1];
    if (position >= path.length) {
      const enabled = execution.enabled();
      result.tasks |= enabled;
      if (enabled === 0) {
        finish(execution, path, result);
        return true;
      }
      if (position === cut) return false;
      if (position >= depth) {
        result.exhaustive = false;
        return true;
      }
      path.push(choose(enabled, last, preemptions, result));
    }
    const { task } = path[position] as Choice;
    result.steps++;
    const fault = execution.step(task);
    if (fault !== undefined) {
      result.findings.add(fault, path.slice(0, position + 1).map((choice) => choice.task));
      return true;
    }
  }
}

/** Keeps running the last task if it can go on, so that the first schedules are the simplest ones. */
function choose(
  enabled: number,
  last: Choice | undefined,
  limit: number,
  result: SearchResult,
): Choice {
  const running = last !== undefined && (enabled >> last.task & 1) === 1 ? last.task : -1;
  const task = running >= 0 ? running : lowest(enabled);
  const before = preemptionsAfter(last);
  let rest = enabled & ~(1 << task);
  if (running >= 0 && rest !== 0 && before >= limit) {
    rest = 0;
    result.exhaustive = false;
  }
  return { task, all: rest | 1 << task, rest, running, before };
}

/** Moves the deepest choice that has something left to its next task; false when there is none. */
function backtrack(path: Choice[]): boolean {
  for (let choice = path.pop(); choice !== undefined; choice = path.pop()) {
    if (choice.rest === 0) continue;
    const task = lowest(choice.rest);
    path.push({ ...choice, task, rest: choice.rest & ~(1 << task) });
    return true;
  }
  return false;
}

function finish(execution: Execution, path: readonly Choice[], result: SearchResult): void {
  const fault = execution.end();
  if (fault !== undefined) result.findings.add(fault, path.map((choice) => choice.task));
  else result.finalStates.add(hashState());
}

function lowest(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
