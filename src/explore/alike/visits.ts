/** The states that a search was in, and who slept there, by what they are called. */
import { lowest } from "../search/bits.ts";
import { firstBits, type StateKey } from "../search/stepper.ts";
import type { Future } from "./futures.ts";
import { NOWHERE } from "./graph.ts";
import type { Names } from "./names.ts";

/** What is known of a state. */
interface Known extends StateKey {
  /** Another state that is found by the same number. */
  readonly next: Known | undefined;
  /** Its number in the graph. */
  readonly state: number;
  /** Those who were asleep at every visit. */
  asleep: readonly number[];
  /** What follows, in the names of the graph; not known while the search is there. */
  future: Future;
}

/** What a visit comes to: tasks in masks. */
export interface Visit {
  readonly state: number;
  readonly isNew: boolean;
  /** What is known to follow, in the names of the graph. */
  readonly future: Future;
  /** Who is to be tried, of those awake. */
  readonly tasks: number;
  /** Who sleeps on. */
  readonly asleep: number;
}

const NOBODY: readonly number[] = [];

/** All visits of one search. */
export class Visits {
  readonly #names: Names;
  /** By the first 53 bits of the hash. */
  readonly #known = new Map<number, Known>();
  readonly #byState: Known[] = [];
  #states = 0;

  constructor(names: Names) {
    this.#names = names;
  }

  /** How many states there are. */
  get states(): number {
    return this.#states;
  }

  /** Visits the state of `key`, where executions end. Is it new? */
  end(key: StateKey): boolean {
    if (this.#find(key) !== undefined) return false;
    this.#add(key, NOWHERE, NOBODY);
    return true;
  }

  /**
   * Visits the state of `key`, of which that was made last, with tasks awake and asleep. One that is new gets the
   * number that `add` answers; in one that is known those are tried who were asleep at all visits.
   */
  visit(key: StateKey, awake: number, asleep: number, add: () => number): Visit {
    const now = this.#called(asleep), known = this.#find(key);
    if (known === undefined) {
      const state = add();
      this.#add(key, state, now);
      return { state, isNew: true, future: null, tasks: awake, asleep };
    }
    const { state, asleep: before } = known;
    if (before.length > 0) known.asleep = before.filter((name) => now.includes(name));
    const tasks = this.#among(before, awake);
    const { future } = known;
    return { state, isNew: false, future, tasks, asleep: this.#among(known.asleep, asleep) };
  }

  /** What follows the state, by its number. */
  setFuture(state: number, future: Future): void {
    (this.#byState[state] as Known).future = future;
  }

  #find(key: StateKey): Known | undefined {
    let known = this.#known.get(firstBits(key));
    while (known !== undefined && known.high !== key.high) known = known.next;
    return known;
  }

  #add(key: StateKey, state: number, asleep: readonly number[]): void {
    const { low, high } = key, number = firstBits(key);
    const known = { low, high, state, asleep, future: null, next: this.#known.get(number) };
    this.#known.set(number, known);
    if (state !== NOWHERE) this.#byState[state] = known;
    this.#states++;
  }

  #called(tasks: number): readonly number[] {
    if (tasks === 0) return NOBODY;
    const names: number[] = [];
    for (let rest = tasks; rest !== 0; rest &= rest - 1) names.push(this.#names.of(lowest(rest)));
    return names;
  }

  /** Those of `tasks` that are called one of `names`. */
  #among(names: readonly number[], tasks: number): number {
    let found = 0;
    for (let rest = names.length === 0 ? 0 : tasks; rest !== 0; rest &= rest - 1) {
      if (names.includes(this.#names.of(lowest(rest)))) found |= rest & -rest;
    }
    return found;
  }
}
