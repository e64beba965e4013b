/**
 * Exhaustive search over states, each once for all that differ from it only in which of the threads
 * that are alike is which (alike/names.ts), with sleep sets.
 *
 * It goes depth first. Where it comes to a state that it knows it turns back, but for tasks that were
 * asleep whenever it was there and are awake now (Godefroid, Partial-Order Methods for the Verification
 * of Concurrent Systems, 1996, section 5.3). The other half of a reduction, to leave out states, is not
 * done: what a task will do is not known ahead.
 *
 * Clocks are no part of a state. Two steps that race can be taken one right after the other in some state,
 * and all states are seen. So the race check is shown each pair of steps that can be taken so, also where
 * the search turns back between the two, or would not take the first since its task is asleep. Of those
 * that sleep on after the first none depends on it.
 *
 * Faults do not end the search: what comes after them is never seen.
 */
import { Names } from "../alike/names.ts";
import type { Owners } from "../alike/owners.ts";
import type { Execution } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import type { Bounds } from "../scenario.ts";
import type { Place } from "../tape/place.ts";
import { lowest } from "./bits.ts";
import { Path } from "./path.ts";
import { MAX_DEPTH } from "./plan.ts";
import { nothingYet, type Search } from "./search.ts";

/** The states of the scenario cannot be told apart well enough. */
export class CannotTell extends Error {
  override readonly name = "CannotTell";
}

/**
 * Explores the states of the scenario within `bounds`; yields now and then.
 * @throws {CannotTell} when code runs that cannot be recorded, locks could be taken in a circle, or names
 * matter
 */
export function* searchAlike(execution: Execution, owners: Owners, bounds: Bounds): Search {
  const search = new AlikeSearch(execution, owners, bounds);
  for (let steps = 0; search.advance(); steps++) {
    if ((steps & 0xff) === 0) yield search.result;
  }
  return search.result;
}

class AlikeSearch {
  readonly result = nothingYet();
  readonly #execution: Execution;
  readonly #owners: Owners;
  readonly #names: Names;
  readonly #depthLimit: number;
  readonly #limit: number;
  /** By key: what those tasks are called there that were asleep at every visit. */
  readonly #asleep = new Map<string, readonly number[]>();
  readonly #path: Path;
  /** By depth: the tasks that are still to be tried. */
  readonly #open: number[] = [];

  constructor(execution: Execution, owners: Owners, { depth, executions = Infinity }: Bounds) {
    this.#execution = execution;
    this.#path = new Path(execution, MAX_DEPTH);
    this.#owners = owners;
    this.#names = new Names(owners);
    this.#depthLimit = Math.min(depth ?? MAX_DEPTH - 1, MAX_DEPTH - 1);
    this.#limit = executions;
    this.#arrive();
  }

  /** Tries the next task, deepest first; false when there is none. */
  advance(): boolean {
    const { result } = this, depth = this.#open.length - 1;
    this.#places();
    if (depth < 0) return false;
    const open = (this.#open[depth] as number) & ~this.#path.sleepers.asleep(depth);
    if (open !== 0 && result.executions >= this.#limit) {
      result.exhaustive = false;
      return false;
    }
    if (open === 0) {
      this.#open.pop();
      this.#path.leave();
      return true;
    }
    this.#open[depth] = open;
    // Work that was spawned, and of threads the last first: fewer states are come to more than once.
    const fault = this.#take(31 - Math.clz32(open));
    if (fault !== undefined) result.executions++;
    if (fault !== undefined || !this.#arrive()) this.#path.leave();
    return true;
  }

  /** Sees what is to be done in the state where the path ends; false if that is nothing. */
  #arrive(): boolean {
    const { result } = this, depth = this.#path.length, enabled = this.#execution.enabled();
    result.tasks |= enabled;
    const key = this.#names.key(this.#places());
    if (enabled === 0) {
      this.#end(key);
      return false;
    }
    if (depth >= this.#depthLimit) {
      result.exhaustive = false;
      result.executions++;
      return false;
    }
    const awake = this.#awakeAt(depth, enabled);
    const open = this.#withoutTwins(this.#openAt(key, awake, enabled & ~awake, depth));
    if (open === 0) {
      if (awake === 0) result.redundant++;
      else {
        result.executions++;
        result.known++;
        this.#lookAhead();
      }
      return false;
    }
    this.#open.push(open);
    return true;
  }

  /** By task: where it stands; all that came to pass so far lets states be told apart. */
  #places(): readonly Place[] {
    const { stepper } = this.#path, places = stepper.places();
    // Which locks were taken in which order is no part of a state, nor of what is left of a path.
    if (places === null || stepper.hasCircles() || this.#owners.namesMatter) {
      throw new CannotTell("Cannot tell states apart");
    }
    return places;
  }

  /**
   * Who can run and does not sleep, nor could be in the place of one that does. Who sleeps before a section
   * whose lock is held does something else now.
   */
  #awakeAt(depth: number, enabled: number): number {
    const { sleepers } = this.#path, asleep = sleepers.asleep(depth);
    const still = asleep & ~sleepers.heldUp(depth, asleep);
    sleepers.wakeOthers(depth, still);
    const awake = enabled & ~still;
    return awake & ~this.#twinsOf(enabled & still, awake);
  }

  /** Of `tasks`, one of each that could be in each other's place. */
  #withoutTwins(tasks: number): number {
    let left = tasks;
    for (let rest = tasks; rest !== 0; rest &= rest - 1) {
      const task = lowest(rest), before = left & (1 << task) - 1;
      left &= ~this.#twinsOf(before, 1 << task);
    }
    return left;
  }

  /** Of `tasks`, those that could be in the place of one of `covered`: what it leads to, they do but for names. */
  #twinsOf(covered: number, tasks: number): number {
    let found = 0;
    for (let rest = covered === 0 ? 0 : tasks; rest !== 0; rest &= rest - 1) {
      for (let others = covered; others !== 0; others &= others - 1) {
        if (this.#names.areTwins(lowest(others), lowest(rest))) found |= rest & -rest;
      }
    }
    return found;
  }

  /** The tasks that are to be tried in the state of `key`, of those awake. */
  #openAt(key: string, awake: number, asleep: number, depth: number): number {
    const now = this.#namesOf(asleep);
    if (this.#isNew(key, now)) {
      this.#lookBehind(asleep);
      return awake;
    }
    const before = this.#asleep.get(key) as readonly number[];
    if (before.length === 0) return 0;
    const both = before.filter((name) => now.includes(name));
    this.#asleep.set(key, both);
    this.#path.sleepers.wakeOthers(depth, this.#among(both, asleep));
    return this.#among(before, awake);
  }

  /** Those of `tasks` that are called one of `names`. */
  #among(names: readonly number[], tasks: number): number {
    let found = 0;
    for (let rest = tasks; rest !== 0; rest &= rest - 1) {
      const task = lowest(rest);
      if (names.includes(this.#names.of(task))) found |= 1 << task;
    }
    return found;
  }

  #namesOf(tasks: number): readonly number[] {
    if (tasks === 0) return NOBODY;
    const names: number[] = [];
    for (let rest = tasks; rest !== 0; rest &= rest - 1) names.push(this.#names.of(lowest(rest)));
    return names;
  }

  /** An execution ends in the state of `key`. */
  #end(key: string): void {
    const { result } = this;
    result.executions++;
    if (!this.#isNew(key, NOBODY)) {
      result.known++;
      return;
    }
    const fault = this.#execution.end();
    if (fault !== undefined) result.findings.add(fault, this.#path.schedule());
    else result.finalStates.add(this.#names.key(null));
  }

  /** Was the state of `key` not seen before? Then it is from now on, with those asleep there. */
  #isNew(key: string, asleep: readonly number[]): boolean {
    if (this.#asleep.has(key)) return false;
    this.#asleep.set(key, asleep);
    this.result.states = this.#asleep.size;
    return true;
  }

  /** Shows those who watch each step that can come next, but for those of tasks that sleep. */
  #lookAhead(): void {
    const asleep = this.#path.sleepers.asleep(this.#path.length);
    for (let rest = this.#execution.enabled() & ~asleep; rest !== 0; rest &= rest - 1) {
      this.#take(lowest(rest));
      this.#path.drop();
    }
  }

  /** Shows them what can come after a step of each of `tasks`, which sleep. */
  #lookBehind(tasks: number): void {
    for (let rest = tasks; rest !== 0; rest &= rest - 1) {
      if (this.#take(lowest(rest)) === undefined) this.#lookAhead();
      this.#path.drop();
    }
  }

  #take(task: number): KernelFault | undefined {
    this.result.steps++;
    const fault = this.#path.take(task);
    if (fault !== undefined) this.result.findings.add(fault, this.#path.schedule());
    return fault;
  }
}

const NOBODY: readonly number[] = [];
