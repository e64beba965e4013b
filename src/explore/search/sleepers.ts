/**
 * Sleep sets: tasks whose next step was explored already at a place, and stays explored as long as
 * only independent steps are taken.
 */
import { peek } from "../objects.ts";
import { lowest } from "./bits.ts";
import { awakens, type Footprint, SECTION, WORD_BITS, WORD_MASK } from "../footprint.ts";
import { usedNow } from "../observe.ts";

/** What the step of a task that sleeps touches. */
interface Sleeper {
  readonly footprint: Footprint;
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
      const { footprint } = (this.#sleepers[depth] as Sleeper[])[task] as Sleeper;
      const isHeldUp = footprint.some((entry) =>
        (entry >>> WORD_BITS & SECTION) !== 0 && peek(entry & WORD_MASK) !== 0
      );
      if (isHeldUp) found |= 1 << task;
    }
    return found;
  }

  /** The tasks that sleep at `depth`, with what the step of each touches. */
  at(depth: number): (readonly [task: number, footprint: Footprint])[] {
    const found: (readonly [number, Footprint])[] = [];
    for (let left = this.asleep(depth); left !== 0; left &= left - 1) {
      const task = lowest(left);
      const { footprint, rest } = (this.#sleepers[depth] as Sleeper[])[task] as Sleeper;
      found.push([task, Int32Array.of(...footprint, ...rest)]);
    }
    return found;
  }

  /**
   * All that starts with a step of `task`, which touched `footprint` and, of words that are not
   * shared, `rest`, is explored at `depth`.
   */
  put(depth: number, task: number, footprint: Footprint, rest: Footprint, sharing: number): void {
    this.#asleepAt[depth] = (this.#asleepAt[depth] as number) | 1 << task;
    (this.#sleepers[depth] as Sleeper[])[task] = { footprint, rest, sharing };
  }

  /** After the step of `task` at `depth` has run: whoever is independent of it sleeps on. */
  carry(depth: number, task: number, sharing: number): void {
    const from = this.#sleepers[depth] as Sleeper[], to = this.#sleepers[depth + 1] as Sleeper[];
    let rest = (this.#asleepAt[depth] as number) & ~(1 << task), stays = 0;
    while (rest !== 0) {
      const id = 31 - Math.clz32(rest), sleeper = from[id] as Sleeper;
      rest &= ~(1 << id);
      if (dependsOnCurrent(sleeper.footprint)) continue;
      if (sleeper.sharing !== sharing && dependsOnCurrent(sleeper.rest)) continue;
      stays |= 1 << id;
      to[id] = sleeper;
    }
    this.#asleepAt[depth + 1] = stays;
  }
}

/** Does a step with `footprint` depend on the step that has just run? */
function dependsOnCurrent(footprint: Footprint): boolean {
  for (let at = 0; at < footprint.length; at++) {
    const entry = footprint[at] as number, now = usedNow(entry & WORD_MASK);
    if (now !== 0 && awakens(now, entry >>> WORD_BITS)) return true;
  }
  return false;
}
