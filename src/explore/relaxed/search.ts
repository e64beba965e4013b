/**
 * Depth-first search over schedules and over what each access chooses in its word's history. With
 * `once`, what goes on from two executions that did and saw the same is followed once: the tasks are
 * deterministic, so all that is left of an execution is what each of them read, how far it is, and
 * the coherence order of each word.
 *
 * Every execution that ends, and every fault, is judged once more as a whole before it counts.
 */
import type { Execution } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import { hashState } from "../state_hash.ts";
import { words } from "../objects.ts";
import { READ, SECTION } from "../footprint.ts";
import { touched, touchedCount, usedNow } from "../observe.ts";
import type { Bounds } from "../scenario.ts";
import { nothingYet, type Search } from "../search/search.ts";
import { Forbidden } from "./choices.ts";
import type { RelaxedMemory } from "./memory.ts";
import { stepOf } from "./steps.ts";

/** A step on the current schedule. */
interface Turn {
  task: number;
  /** Tasks that were enabled here and are still to be tried. */
  rest: number;
  /** What its accesses chose, and how many there were to choose from. */
  readonly choices: number[];
  readonly counts: number[];
}

/** Explores every execution within `bounds`; yields now and then. */
export function* searchRelaxed(
  execution: Execution,
  memory: RelaxedMemory,
  bounds: Bounds,
  once: boolean,
): Search {
  const search = new RelaxedSearch(execution, memory, bounds, once), { result } = search;
  do {
    if (result.executions >= (bounds.executions ?? Infinity)) {
      result.exhaustive = false;
      break;
    }
    search.runOnce();
    if (((result.executions + result.redundant) & 0x3f) === 0) yield result;
  } while (search.backtrack());
  return result;
}

class RelaxedSearch {
  readonly result = nothingYet();
  readonly #execution: Execution;
  readonly #memory: RelaxedMemory;
  readonly #depth: number;
  readonly #seen: Set<string> | null;
  readonly #path: Turn[] = [];

  constructor(
    execution: Execution,
    memory: RelaxedMemory,
    { depth = 10_000 }: Bounds,
    once: boolean,
  ) {
    this.#execution = execution;
    this.#memory = memory;
    this.#depth = depth;
    this.#seen = once ? new Set() : null;
  }

  /** Replays the path, the last step of which may be a new one, then goes on until nothing can run. */
  runOnce(): void {
    const path = this.#path, execution = this.#execution, known = new Set(execution.reached);
    const firstNew = path.length - 1;
    execution.begin();
    for (let position = 0;; position++) {
      if (position === path.length && !this.#extend()) return this.#end(known);
      const turn = path[position] as Turn;
      const isNew = position >= firstNew;
      let fault: KernelFault | undefined;
      try {
        fault = this.#step(turn, isNew);
      } catch (error) {
        if (!(error instanceof Forbidden)) throw error;
        this.result.redundant++;
        return;
      }
      if (fault !== undefined) return this.#count(known, fault);
      if (isNew && this.#isKnown()) {
        this.result.redundant++;
        return;
      }
      if (position + 1 >= this.#depth && position + 1 === path.length && this.#canGoOn()) {
        this.result.exhaustive = false;
        this.result.executions++;
        return;
      }
    }
  }

  /** Moves on to what is to be tried next, deepest first; false when there is nothing. */
  backtrack(): boolean {
    for (let turn = this.#path.at(-1); turn !== undefined; turn = this.#path.at(-1)) {
      const { choices, counts } = turn;
      for (let at = choices.length - 1; at >= 0; at--) {
        const next = (choices[at] as number) + 1;
        choices.length = at;
        if (next >= (counts[at] as number)) continue;
        choices.push(next);
        counts.length = at + 1;
        return true;
      }
      counts.length = 0;
      if (turn.rest !== 0) {
        turn.task = lowest(turn.rest);
        turn.rest &= turn.rest - 1;
        return true;
      }
      this.#path.pop();
    }
    return false;
  }

  #canGoOn(): boolean {
    return this.#execution.enabled() !== 0;
  }

  /** Adds a step to the path; false at the end of the execution. */
  #extend(): boolean {
    const enabled = this.#execution.enabled();
    this.result.tasks |= enabled;
    if (enabled === 0) return false;
    const last = this.#path.at(-1)?.task ?? -1;
    const task = last >= 0 && (enabled >> last & 1) === 1 ? last : lowest(enabled);
    this.#path.push({ task, rest: enabled & ~(1 << task), choices: [], counts: [] });
    return true;
  }

  #step(turn: Turn, isNew: boolean): KernelFault | undefined {
    const { task, choices, counts } = turn, memory = this.#memory;
    this.result.steps++;
    memory.choices.trusted = isNew ? Math.max(0, choices.length - 1) : choices.length;
    try {
      return this.#execution.step(stepOf(task, choices));
    } finally {
      for (let at = choices.length; at < memory.choices.taken.length; at++) choices.push(0);
      counts.splice(0, counts.length, ...memory.choices.counts);
      this.#rememberRest();
    }
  }

  /** What the step read behind the model's back, such as the owner of a lock, is part of its past. */
  #rememberRest(): void {
    const memory = this.#memory;
    for (let at = 0; at < touchedCount; at++) {
      const word = touched[at] as number;
      if ((usedNow(word) & (READ | SECTION)) !== 0 && !memory.isModelled(word)) {
        memory.remember(`${word}:${words[word]}`);
      }
    }
  }

  /** Has an execution been here before? */
  #isKnown(): boolean {
    if (this.#seen === null) return false;
    const state = this.#memory.state();
    if (this.#seen.has(state)) return true;
    this.#seen.add(state);
    return false;
  }

  #schedule(): number[] {
    return this.#path.map(({ task, choices }) => stepOf(task, choices));
  }

  /** The execution ended in `fault`, or well; it counts if the model allows all of it. */
  #count(reachedBefore: ReadonlySet<string>, fault: KernelFault | undefined): void {
    const { result } = this, { reached } = this.#execution;
    if (!this.#execution.isAllowed()) {
      for (const name of reached) if (!reachedBefore.has(name)) reached.delete(name);
      result.redundant++;
      return;
    }
    result.executions++;
    if (fault !== undefined) result.findings.add(fault, this.#schedule());
  }

  #end(reachedBefore: ReadonlySet<string>): void {
    const before = this.result.executions;
    this.#count(reachedBefore, undefined);
    if (this.result.executions === before) return;
    const fault = this.#execution.end();
    if (fault !== undefined) this.result.findings.add(fault, this.#schedule());
    else this.result.finalStates.add(hashState());
  }
}

function lowest(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
