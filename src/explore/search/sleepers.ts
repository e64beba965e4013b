/**
 * Sleep sets: tasks whose next step was explored already at a place, and stays explored as long as
 * only independent steps are taken.
 */
import { peek } from "../objects.ts";
import { lowest } from "./bits.ts";
import { awakens, type Footprint, SECTION, WORD_BITS, WORD_MASK } from "../footprint.ts";
import { usedNow } from "../observe.ts";

/** The sleep set of every depth of the current path. */
export class Sleepers {
  readonly #asleepAt: Int32Array;
  /** By depth and task. */
  readonly #footprints: Footprint[][] = [];

  constructor(maxDepth: number) {
    this.#asleepAt = new Int32Array(maxDepth + 1);
    for (let depth = 0; depth <= maxDepth; depth++) this.#footprints.push([]);
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
      const footprint = (this.#footprints[depth] as Footprint[])[task] as Footprint;
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
    for (let rest = this.asleep(depth); rest !== 0; rest &= rest - 1) {
      const task = 31 - Math.clz32(rest & -rest);
      found.push([task, (this.#footprints[depth] as Footprint[])[task] as Footprint]);
    }
    return found;
  }

  /** All that starts with a step of `task`, which touched `footprint`, is explored at `depth`. */
  put(depth: number, task: number, footprint: Footprint): void {
    this.#asleepAt[depth] = (this.#asleepAt[depth] as number) | 1 << task;
    (this.#footprints[depth] as Footprint[])[task] = footprint;
  }

  /** After the step of `task` at `depth` has run: whoever is independent of it sleeps on. */
  carry(depth: number, task: number): void {
    const from = this.#footprints[depth] as Footprint[];
    const to = this.#footprints[depth + 1] as Footprint[];
    let rest = (this.#asleepAt[depth] as number) & ~(1 << task), stays = 0;
    while (rest !== 0) {
      const sleeper = 31 - Math.clz32(rest);
      rest &= ~(1 << sleeper);
      const footprint = from[sleeper] as Footprint;
      if (dependsOnCurrent(footprint)) continue;
      stays |= 1 << sleeper;
      to[sleeper] = footprint;
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
