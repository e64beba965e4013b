/**
 * Schedules drawn at random, for what is too large to be searched through. Nothing that it does not
 * find is shown to be absent, so its result is never exhaustive.
 *
 * Two ways to draw. The plain one picks each step among the tasks that can go on, all alike. PCT
 * (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010) runs the task of highest priority and
 * lowers the priority of the running one at d - 1 random steps: of n tasks and k steps, each
 * execution finds a bug that takes d ordering constraints with a probability of at least
 * 1 / (n k^(d-1)). Here k is the length of the longest execution so far.
 *
 * The same seed gives the same schedules on every machine.
 */
import type { Execution } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import { TASK_LIMIT } from "../objects.ts";
import { Forbidden } from "../relaxed/choices.ts";
import type { Bounds } from "../scenario.ts";
import { count, lowest } from "./bits.ts";
import { Endings } from "./endings.ts";
import { nothingYet, type Search, type SearchResult } from "./search.ts";
import { TapedWalk } from "./walk.ts";

/** How many executions are drawn when no bound says so. */
export const DEFAULT_EXECUTIONS = 10_000;

/** How deep the bugs are that PCT looks for when nobody says so. */
export const DEFAULT_BUG_DEPTH = 3;

/** Most ways of steps that are kept on tapes; each takes some 5 KB. */
const WAYS_LIMIT = 10_000;

/** Answers numbers in [0, 1), the same ones for the same seed: mulberry32 by T. Ettinger. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Who chooses the next step. */
interface Chooser {
  /** Before the first step of an execution; `longest` is the length of the longest so far. */
  begin(longest: number): void;
  /** One of the tasks in the mask `enabled`, for the step at `depth`. */
  choose(enabled: number, depth: number): number;
}

/**
 * Draws schedules within `bounds` from `seed` on; yields now and then, so that the caller can end it
 * when its time is up. With `bugDepth` it draws as PCT does, else evenly. Without `byTapes` it runs
 * the code of each step, which is faster for a few schedules; under relaxed memory it always does.
 * @throws {RangeError} for a bug depth below 1
 */
export function* searchRandomly(
  execution: Execution,
  bounds: Bounds,
  seed: number,
  bugDepth?: number,
  byTapes = true,
): Search {
  const result: SearchResult = { ...nothingYet(), exhaustive: false };
  const random = randomNumbers(seed);
  const chooser = bugDepth === undefined ? new Even(random) : new Priorities(random, bugDepth);
  const { executions = DEFAULT_EXECUTIONS } = bounds;
  const usesTapes = byTapes && execution.memory === null;
  let walk = usesTapes ? new TapedWalk(execution) : null;
  const endings = new Endings(execution);
  let longest = 0;
  // Under relaxed memory what an access sees is drawn as well, mostly the latest.
  if (execution.memory !== null) {
    execution.memory.choices.draw = (count) =>
      Math.max(0, Math.floor(random() * 2 * count) - count);
  }
  while (result.executions < executions) {
    chooser.begin(longest);
    longest = Math.max(longest, runOnce(execution, walk, endings, bounds, chooser, result));
    result.executions++;
    // What is too large to be searched through may have no end of different steps.
    if (walk !== null && walk.size > WAYS_LIMIT) {
      execution.begin();
      walk = new TapedWalk(execution);
    }
    if ((result.executions & 0x3f) === 0) yield result;
  }
  return result;
}

/** Draws one execution and answers its length. */
function runOnce(
  execution: Execution,
  walk: TapedWalk | null,
  endings: Endings,
  { depth: limit = 10_000, preemptions: allowed = Infinity }: Bounds,
  chooser: Chooser,
  result: SearchResult,
): number {
  if (walk === null) execution.begin();
  else walk.goTo([]);
  let preemptions = 0, last = -1;
  for (let depth = 0; depth < limit; depth++) {
    const enabled = execution.enabled();
    result.tasks |= enabled;
    if (enabled === 0) {
      finish(execution, endings, result);
      return depth;
    }
    const couldGoOn = last >= 0 && (enabled >> last & 1) === 1;
    const task = couldGoOn && preemptions >= allowed ? last : chooser.choose(enabled, depth);
    if (couldGoOn && task !== last) preemptions++;
    last = task;
    result.steps++;
    let fault: KernelFault | undefined;
    try {
      fault = walk === null ? execution.step(task) : walk.step(task).fault;
    } catch (error) {
      if (!(error instanceof Forbidden)) throw error;
      result.redundant++;
      return depth;
    }
    if (fault === undefined) continue;
    if (execution.isAllowed()) result.findings.add(fault, execution.schedule());
    return depth + 1;
  }
  return limit;
}

function finish(execution: Execution, endings: Endings, result: SearchResult): void {
  if (!execution.isAllowed()) {
    result.redundant++;
    return;
  }
  const ending = endings.judge();
  if (ending.fault === undefined) result.finalStates.add(ending.state);
  else result.findings.add(ending.fault, execution.schedule());
}

class Even implements Chooser {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  begin(): void {}

  choose(enabled: number): number {
    let rest = enabled;
    for (let skip = Math.floor(this.#random() * count(enabled)); skip > 0; skip--) rest &= rest - 1;
    return lowest(rest);
  }
}

class Priorities implements Chooser {
  readonly #random: () => number;
  /** By task: a random number above 1 at first, one below 0 once lowered. 0 is none. */
  readonly #priorityOf = new Float64Array(TASK_LIMIT);
  /** The depths at which the task that would run is lowered. */
  readonly #changes: Int32Array;

  constructor(random: () => number, bugDepth: number) {
    if (!(bugDepth >= 1)) {
      throw new RangeError(`Cannot look for bugs of depth ${bugDepth}: wanted 1 or more`);
    }
    this.#random = random;
    this.#changes = new Int32Array(Math.floor(bugDepth) - 1);
  }

  begin(longest: number): void {
    this.#priorityOf.fill(0);
    for (let change = 0; change < this.#changes.length; change++) {
      this.#changes[change] = Math.floor(this.#random() * longest);
    }
  }

  choose(enabled: number, depth: number): number {
    let task = this.#highest(enabled);
    for (let change = 0; change < this.#changes.length; change++) {
      if (this.#changes[change] !== depth) continue;
      // The changes were drawn in no order of time, so neither are the priorities that they give.
      this.#priorityOf[task] = -1 - change;
      task = this.#highest(enabled);
    }
    return task;
  }

  #highest(enabled: number): number {
    let best = -1, highest = -Infinity;
    for (let rest = enabled; rest !== 0; rest &= rest - 1) {
      const task = lowest(rest);
      // A task that was not there before, such as spawned work, gets its priority when it is met.
      if (this.#priorityOf[task] === 0) this.#priorityOf[task] = 1 + this.#random();
      const priority = this.#priorityOf[task] as number;
      if (priority > highest) {
        highest = priority;
        best = task;
      }
    }
    return best;
  }
}
