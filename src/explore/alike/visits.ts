/** The states that a search was in, and who slept there, by what they are called. */
import { lowest } from "../search/bits.ts";
import { NOWHERE } from "./graph.ts";
import type { Names } from "./names.ts";

/** What is known of a state. */
interface Known {
  /** Its number in the graph. */
  readonly state: number;
  /** Those who were asleep at every visit. */
  asleep: readonly number[];
}

/** What a visit comes to: tasks in masks. */
export interface Visit {
  readonly state: number;
  readonly isNew: boolean;
  /** Who is to be tried, of those awake. */
  readonly tasks: number;
  /** Who sleeps on. */
  readonly asleep: number;
}

const NOBODY: readonly number[] = [];

/** All visits of one search. */
export class Visits {
  readonly #names: Names;
  readonly #known = new Map<string, Known>();

  constructor(names: Names) {
    this.#names = names;
  }

  /** How many states there are. */
  get states(): number {
    return this.#known.size;
  }

  /** Visits the state of `key`, where executions end. Is it new? */
  end(key: string): boolean {
    if (this.#known.has(key)) return false;
    this.#known.set(key, { state: NOWHERE, asleep: NOBODY });
    return true;
  }

  /**
   * Visits the state of `key`, of which that was made last, with tasks awake and asleep. One that is new gets the
   * number that `add` answers; in one that is known those are tried who were asleep at all visits.
   */
  visit(key: string, awake: number, asleep: number, add: () => number): Visit {
    const now = this.#called(asleep), known = this.#known.get(key);
    if (known === undefined) {
      const state = add();
      this.#known.set(key, { state, asleep: now });
      return { state, isNew: true, tasks: awake, asleep };
    }
    const { state, asleep: before } = known;
    if (before.length > 0) known.asleep = before.filter((name) => now.includes(name));
    const tasks = this.#among(before, awake);
    return { state, isNew: false, tasks, asleep: this.#among(known.asleep, asleep) };
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
