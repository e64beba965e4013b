/**
 * Sleep sets: tasks whose next step was explored already at a place, and stays explored as long as
 * only independent steps are taken.
 */
import type { Footprint } from "../footprint.ts";
import { peek } from "../objects.ts";
import { lowest } from "./bits.ts";
import { awakensAny, type Kind, type WordNumbers } from "./kind.ts";

/** What the step of a task that sleeps did when it was explored. */
interface Sleeper {
  readonly kind: Kind;
  /** Words that were not shared between tasks, and how often that had changed by then. */
  readonly rest: Footprint;
  readonly sharing: number;
}

/** The sleep set of every depth of the current path. */
export class Sleepers {
  readonly #asleepAt: Int32Array;
  /** By depth and task. */
  readonly #sleepers: Sleeper[][] = [];

  constructor(maxDepth: number) {
    this.#asleepAt = new Int32Array(maxDepth + 1);
    for (let depth = 0; depth <= maxDepth; depth++) this.#sleepers.push([]);
  }

  /** Nobody sleeps at the beginning of a search. */
  begin(): void {
    this.#asleepAt.fill(0);
    for (const sleepers of this.#sleepers) sleepers.length = 0;
  }

  /** A mask of the tasks that sleep at `depth`. */
  asleep(depth: number): number {
    return this.#asleepAt[depth] as number;
  }

  /** Those of the tasks asleep at `depth` whose step as it was explored takes a lock that is held now. */
  heldUp(depth: number, asleep: number): number {
    let found = 0;
    for (let rest = asleep; rest !== 0; rest &= rest - 1) {
      const task = lowest(rest);
      const { kind } = (this.#sleepers[depth] as Sleeper[])[task] as Sleeper;
      if (kind.sections.some((word) => peek(word) !== 0)) found |= 1 << task;
    }
    return found;
  }

  /** The tasks that sleep at `depth`, with what the step of each touches. */
  at(depth: number): (readonly [task: number, footprint: Footprint])[] {
    const found: (readonly [number, Footprint])[] = [];
    for (let left = this.asleep(depth); left !== 0; left &= left - 1) {
      const task = lowest(left);
      const { kind, rest } = (this.#sleepers[depth] as Sleeper[])[task] as Sleeper;
      found.push([task, Int32Array.of(...kind.footprint, ...rest)]);
    }
    return found;
  }

  /**
   * All that starts with a step of `task` that is of `kind` and touched, of words that are not shared,
   * `rest`, is explored at `depth`.
   */
  put(depth: number, task: number, kind: Kind, rest: Footprint, sharing: number): void {
    this.#asleepAt[depth] = (this.#asleepAt[depth] as number) | 1 << task;
    (this.#sleepers[depth] as Sleeper[])[task] = { kind, rest, sharing };
  }

  /** After the step of `task` at `depth`, which is of `taken`: whoever is independent of it sleeps on. */
  carry(depth: number, task: number, taken: Kind, sharing: number, numbers: WordNumbers): void {
    const from = this.#sleepers[depth] as Sleeper[], to = this.#sleepers[depth + 1] as Sleeper[];
    let left = (this.#asleepAt[depth] as number) & ~(1 << task), stays = 0;
    while (left !== 0) {
      const id = 31 - Math.clz32(left), sleeper = from[id] as Sleeper;
      left &= ~(1 << id);
      if (awakensAny(taken, sleeper.kind)) continue;
      if (sleeper.sharing !== sharing && numbers.wakens(taken, sleeper.rest)) continue;
      stays |= 1 << id;
      to[id] = sleeper;
    }
    this.#asleepAt[depth + 1] = stays;
  }
}
