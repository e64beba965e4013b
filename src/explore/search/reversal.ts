/**
 * Which earlier steps a step races with, so that the other order has to be tried, and which tasks could
 * start that: source-set DPOR (see reduced.ts).
 */
import { grown } from "../journal.ts";
import { type Interval, NONE } from "./intervals.ts";
import type { Order } from "./order.ts";

/** The races of one path. */
export class Reversal {
  readonly #order: Order;
  /** Scratch: what is known to be before the step by another way; the races of the new step. */
  readonly #covered: Int32Array;
  #races = new Int32Array(1 << 6);
  #count = 0;

  constructor(order: Order) {
    this.#order = order;
    this.#covered = new Int32Array(order.rows);
  }

  /**
   * Finds the earlier steps, latest first, whose order with the new step at `depth` can be reversed and
   * has to be tried: no third step stands between them. Answers how many, and leaves them for `raceAt`.
   */
  racesOf(depth: number, enabledAt: Int32Array): number {
    const order = this.#order, task = order.taskOf(depth), rows = (depth >> 5) + 1;
    const covered = this.#covered, previous = order.previousOf(depth);
    const { waited, stays } = order.stood, { candidates } = order;
    for (let row = 0; row < rows; row++) covered[row] = 0;
    if (previous !== NONE) order.cover(covered, previous, rows);
    const held = this.#lockInterval(depth);
    this.#count = 0;
    if (waited !== undefined && !stays) this.#waitRaces(depth, waited, previous, enabledAt);
    for (let row = rows - 1; row >= 0; row--) {
      for (let rest = candidates[row] as number; rest !== 0;) {
        const bit = 31 - Math.clz32(rest), earlier = (row << 5) + bit;
        rest &= ~(1 << bit);
        if (has(covered, earlier) || order.taskOf(earlier) === task) continue;
        if (held !== undefined && this.#isInside(earlier, held, previous, enabledAt, task)) {
          continue;
        }
        if (waited !== undefined && this.#enables(earlier, waited, previous, enabledAt, task)) {
          if (stays) order.cover(covered, earlier, rows);
          continue;
        }
        order.cover(covered, earlier, rows);
        this.#add(earlier);
      }
    }
    return this.#count;
  }

  /** Of the steps that `racesOf` found last. */
  raceAt(at: number): number {
    return this.#races[at] as number;
  }

  #add(earlier: number): void {
    if (this.#count === this.#races.length) this.#races = grown(this.#races);
    this.#races[this.#count++] = earlier;
  }

  /** Was `task` standing before its step, unable to take it, when the step at `earlier` ran? */
  #isBlockedAt(earlier: number, previous: number, enabledAt: Int32Array, task: number): boolean {
    return previous < earlier && ((enabledAt[earlier] as number) >> task & 1) === 0;
  }

  /**
   * Was the step at `earlier` one of those that `task` waited for? One that ran while the task was
   * blocked and has no part in its condition can come after it: others may have made that true.
   */
  #enables(
    earlier: number,
    waited: readonly number[],
    previous: number,
    enabledAt: Int32Array,
    task: number,
  ): boolean {
    return this.#isBlockedAt(earlier, previous, enabledAt, task) &&
      waited.some((word) => this.#order.wrote(earlier, word));
  }

  /** Was the step at `earlier` made while the lock was held, by its holder or while `task` stood before it? */
  #isInside(
    earlier: number,
    [from, to]: Interval,
    previous: number,
    enabledAt: Int32Array,
    task: number,
  ): boolean {
    const order = this.#order;
    // A step that the end of that does not come after could as well have come later itself.
    return earlier > from && earlier <= to && (order.taskOf(earlier) === order.taskOf(from) ||
      order.isBefore(earlier, to) && this.#isBlockedAt(earlier, previous, enabledAt, task));
  }

  /**
   * If the step at `depth` stood before a lock that another task had held across steps, and comes
   * after that: when it was taken and given back. The step that took it becomes a candidate. A lock
   * that a step comes to only in its course is different: found taken it would have ended the step,
   * not kept it away.
   */
  #lockInterval(depth: number): Interval | undefined {
    const order = this.#order, { lockWord } = order.stood;
    if (lockWord === NONE) return undefined;
    const held = order.heldBefore(lockWord, depth);
    if (held === undefined || order.taskOf(held[0]) === order.taskOf(depth)) return undefined;
    order.addCandidate(held[0]);
    return held;
  }

  /**
   * A condition may have been true before someone made it false, so a step that waited for one races
   * with every earlier writer before whom it could have run, whatever stands between them.
   */
  #waitRaces(
    depth: number,
    waited: readonly number[],
    previous: number,
    enabledAt: Int32Array,
  ): void {
    const order = this.#order, task = order.taskOf(depth);
    for (let at = depth - 1; at >= 0; at--) {
      if (order.taskOf(at) === task || has(this.#covered, at)) continue;
      if (this.#isBlockedAt(at, previous, enabledAt, task)) continue;
      if (waited.some((word) => order.wrote(at, word))) this.#add(at);
    }
  }

  /**
   * A mask of the tasks that can start an execution in which all that does not depend on the step
   * at `earlier`, and then the step at `depth`, comes before it.
   */
  initials(earlier: number, depth: number): number {
    const order = this.#order, mask = this.initialsUpTo(earlier, depth);
    // The scratch has what stands between the two.
    const comesLater = order.comesAfterAny(this.#covered, depth, (depth >> 5) + 1);
    return comesLater ? mask : mask | 1 << order.taskOf(depth);
  }

  /** As `initials`, for a step that comes later than those of the path up to `depth`. */
  initialsUpTo(earlier: number, depth: number): number {
    let mask = 0;
    const order = this.#order, taken = this.#covered, rows = (depth >> 5) + 1;
    for (let row = 0; row < rows; row++) taken[row] = 0;
    for (let at = earlier + 1; at < depth; at++) {
      if (order.isBefore(earlier, at)) continue;
      if (!order.comesAfterAny(taken, at, rows)) mask |= 1 << order.taskOf(at);
      taken[at >> 5] = (taken[at >> 5] as number) | 1 << (at & 31);
    }
    return mask;
  }

  /** The steps that keep `task` from going on: who took the lock, or who wrote what it waits for. */
  blockersOf(task: number, words: readonly number[], isLock: boolean): number[] {
    const order = this.#order, last = order.lastOf(task), found: number[] = [];
    for (const word of words) {
      if (isLock) found.push(order.intervals.heldSince(word, order.length - 1));
      else this.#pushWriters(word, found);
    }
    return found.filter((at) =>
      at !== NONE && at !== last && (last === NONE || !order.isBefore(at, last))
    );
  }

  #pushWriters(word: number, found: number[]): void {
    const order = this.#order;
    for (let at = order.length - 1; at >= 0; at--) if (order.wrote(at, word)) found.push(at);
  }

  /** As `initials`, for a `task` that is blocked at `depth` before a step that has not run. */
  initialsBlocked(earlier: number, depth: number, task: number): number {
    if (earlier >= depth) return 0;
    const mask = this.initialsUpTo(earlier, depth), last = this.#order.lastOf(task);
    return last === NONE || last < earlier ? mask | 1 << task : mask;
  }
}

function has(bits: Int32Array, depth: number): boolean {
  return ((bits[depth >> 5] as number) >> (depth & 31) & 1) === 1;
}
