/**
 * Sleep sets: tasks whose next step was explored already at a place, and stays explored as long as
 * only independent steps are taken.
 */
import { takenByOthers } from "../counts.ts";
import { type Footprint, GIVE, WORD_BITS, WORD_MASK, WRITE } from "../footprint.ts";
import { peek, TASK_LIMIT } from "../objects.ts";
import { scrambled } from "../tape/history.ts";
import { lowest } from "./bits.ts";
import { awakensAny, countsGiven, type Kind, type WordNumbers } from "./kind.ts";

/** The sleep set of every depth of the current path. */
export class Sleepers {
  readonly #asleepAt: Int32Array;
  /** By depth and task: what the step of one that sleeps did when it was explored. They grow with the depth. */
  readonly #kinds: Kind[] = [];
  /** And of words that were not shared between tasks, and how often that had changed by then. */
  readonly #rests: Footprint[] = [];
  readonly #sharing: number[] = [];

  constructor(maxDepth: number) {
    this.#asleepAt = new Int32Array(maxDepth + 1);
  }

  /** Nobody sleeps at the beginning of a search. */
  begin(): void {
    this.#asleepAt.fill(0);
  }

  /** A mask of the tasks that sleep at `depth`. */
  asleep(depth: number): number {
    return this.#asleepAt[depth] as number;
  }

  /** Equal where the same tasks sleep, whose steps as they were explored did the same. */
  key(depth: number): number {
    let key = 0;
    for (let rest = this.asleep(depth); rest !== 0; rest &= rest - 1) {
      const task = lowest(rest), { id } = this.#kinds[depth * TASK_LIMIT + task] as Kind;
      key = scrambled(key + Math.imul(id, TASK_LIMIT) + task + 1 | 0);
    }
    return key;
  }

  /** Those of the tasks asleep at `depth` whose step as it was explored takes a lock that is held now. */
  heldUp(depth: number, asleep: number): number {
    let found = 0;
    for (let rest = asleep; rest !== 0; rest &= rest - 1) {
      const task = lowest(rest);
      const kind = this.#kinds[depth * TASK_LIMIT + task] as Kind;
      if (kind.sections.some((word) => peek(word) !== 0)) found |= 1 << task;
    }
    return found;
  }

  /** Those that sleep at `depth`, after a step of `taken`, and would give back what might be the last, for all that others took. */
  near(depth: number, taken: Kind): number {
    let found = 0;
    if (!taken.hasCounts) return found;
    for (let rest = this.asleep(depth); rest !== 0; rest &= rest - 1) {
      const task = lowest(rest), kind = this.#kinds[depth * TASK_LIMIT + task] as Kind;
      if (countsGiven(taken, kind, false) && mayBeNear(task, kind)) found |= 1 << task;
    }
    return found;
  }

  /** Did the task sleep at `depth`, before a step of `taken` that took what its own would give back? */
  sawTake(depth: number, task: number, taken: Kind): boolean {
    return (this.asleep(depth) >> task & 1) === 1 &&
      countsGiven(taken, this.#kinds[depth * TASK_LIMIT + task] as Kind, true);
  }

  /** Did the step of the task that sleeps at `depth`, as it was explored, use what one that touched all in `now` does not? */
  usedMore(depth: number, task: number, now: readonly Footprint[]): boolean {
    const at = depth * TASK_LIMIT + task, { footprint } = this.#kinds[at] as Kind;
    return !isWithin(footprint, now) || !isWithin(this.#rests[at] as Footprint, now);
  }

  /** Would a step of `taken` wake the task that sleeps at `depth`? */
  wakes(depth: number, task: number, taken: Kind, numbers: WordNumbers): boolean {
    const at = depth * TASK_LIMIT + task;
    return awakensAny(taken, this.#kinds[at] as Kind) ||
      numbers.wakens(taken, this.#rests[at] as Footprint);
  }

  /** The tasks that sleep at `depth`, with what the step of each touches. */
  at(depth: number): (readonly [task: number, footprint: Footprint])[] {
    const found: (readonly [number, Footprint])[] = [];
    for (let left = this.asleep(depth); left !== 0; left &= left - 1) {
      const task = lowest(left);
      const at = depth * TASK_LIMIT + task, { footprint } = this.#kinds[at] as Kind;
      found.push([task, Int32Array.of(...footprint, ...this.#rests[at] as Footprint)]);
    }
    return found;
  }

  /**
   * All that starts with a step of `task` that is of `kind` and touched, of words that are not shared,
   * `rest`, is explored at `depth`.
   */
  put(depth: number, task: number, kind: Kind, rest: Footprint, sharing: number): void {
    this.#asleepAt[depth] = (this.#asleepAt[depth] as number) | 1 << task;
    this.#set(depth * TASK_LIMIT + task, kind, rest, sharing);
  }

  /** Of those that sleep at `depth`, those that are not in the mask `asleep` wake up. */
  wakeOthers(depth: number, asleep: number): void {
    this.#asleepAt[depth] = (this.#asleepAt[depth] as number) & asleep;
  }

  /** After the step of `task` at `depth`, which is of `taken`: whoever is independent of it sleeps on. */
  carry(depth: number, task: number, taken: Kind, sharing: number, numbers: WordNumbers): void {
    const from = depth * TASK_LIMIT, to = from + TASK_LIMIT;
    let left = (this.#asleepAt[depth] as number) & ~(1 << task), stays = 0;
    while (left !== 0) {
      const id = 31 - Math.clz32(left), kind = this.#kinds[from + id] as Kind;
      const rest = this.#rests[from + id] as Footprint, since = this.#sharing[from + id] as number;
      left &= ~(1 << id);
      if (awakensAny(taken, kind)) continue;
      if (since !== sharing && numbers.wakens(taken, rest)) continue;
      stays |= 1 << id;
      this.#set(to + id, kind, rest, since);
    }
    this.#asleepAt[depth + 1] = stays;
  }

  #set(at: number, kind: Kind, rest: Footprint, sharing: number): void {
    this.#kinds[at] = kind;
    this.#rests[at] = rest;
    this.#sharing[at] = sharing;
  }
}

/** Is each use in `uses` among the others too? Whoever depends on any use of a word depends on a write. */
function isWithin(uses: Footprint, others: readonly Footprint[]): boolean {
  return uses.every((entry) => others.some((other) => other.some((each) => covers(each, entry))));
}

function covers(other: number, entry: number): boolean {
  const has = other >>> WORD_BITS;
  return (other & WORD_MASK) === (entry & WORD_MASK) &&
    ((has & WRITE) !== 0 || (entry >>> WORD_BITS & ~has) === 0);
}

/** So many references a step gives back at one count at most; of one that gave more, this would be said too late. */
const GIVES = 2;

/** May a give of the step be NEAR by now? */
function mayBeNear(task: number, { footprint }: Kind): boolean {
  return footprint.some((entry) => {
    const word = entry & WORD_MASK;
    if ((entry >>> WORD_BITS & GIVE) === 0) return false;
    const others = takenByOthers(word, task);
    return others > 0 && peek(word) - GIVES - others < 1;
  });
}
