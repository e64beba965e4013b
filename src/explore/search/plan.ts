/**
 * Which tasks are to be tried at each depth of the path of a reduced search, and what races add to that;
 * see reduced.ts.
 */
import type { Demand } from "../cache/demands.ts";
import type { Footprint } from "../footprint.ts";
import { lowest } from "./bits.ts";
import { heldUp } from "./held_up.ts";
import type { Order } from "./order.ts";
import type { Reversal } from "./reversal.ts";
import type { Sleepers } from "./sleepers.ts";

/** Most steps of a path. */
export const MAX_DEPTH = 1 << 10;

/** By depth, what a path is made of. */
interface PathSoFar {
  readonly taskAt: Int32Array;
  readonly enabledAt: Int32Array;
  readonly restAt: readonly Footprint[];
}

/** What is planned on one path. */
export class Plan {
  /** By depth: a mask of the tasks to be tried, and of those that slept before anything was. */
  readonly tasksAt = new Int32Array(MAX_DEPTH);
  readonly asleepAt = new Int32Array(MAX_DEPTH);
  readonly #order: Order;
  readonly #reversal: Reversal;
  readonly #taskAt: Int32Array;
  readonly #enabledAt: Int32Array;
  readonly #sleepers: Sleepers;
  readonly #restAt: readonly Footprint[];
  /** By depth: a mask of the tasks whose step the one there has turned into another; and the depths where it did. */
  readonly #turnedAt = new Int32Array(MAX_DEPTH);
  readonly #turned: number[] = [];

  /**
   * For the path in `order`; by depth, `taskAt` and `enabledAt` say whose step is there and who could have gone on,
   * and `restAt` what the step touched of words that are not shared.
   */
  constructor(
    order: Order,
    reversal: Reversal,
    sleepers: Sleepers,
    { taskAt, enabledAt, restAt }: PathSoFar,
  ) {
    this.#order = order;
    this.#reversal = reversal;
    this.#sleepers = sleepers;
    this.#restAt = restAt;
    this.#taskAt = taskAt;
    this.#enabledAt = enabledAt;
  }

  /** Of each pair of depths, the second step must be tried before the first. */
  tryEach(pairs: readonly number[]): void {
    for (let at = 0; at < pairs.length; at += 2) {
      this.reverse(pairs[at] as number, pairs[at + 1] as number);
    }
  }

  /**
   * Sees to it that the step at `later` is run before the one at `earlier`. There it may do something
   * else than here and depend on what it does not depend on here. If its task is tried first, that
   * will be seen. But if it sleeps there it is not tried: then it has been turned. With `end` it could as well have
   * been later, as the last step before that depth.
   */
  reverse(earlier: number, later: number, end?: number): void {
    const initials = end === undefined
      ? this.#reversal.initials(earlier, later)
      : this.#reversal.initialsUpTo(earlier, end);
    const task = this.#taskAt[later] as number;
    if (
      (initials >> task & 1) === 1 && this.#slept(earlier, task) &&
      this.#sleepers.usedMore(earlier, task, this.#touchedAt(later))
    ) this.#turn(earlier, task);
    else this.tryInstead(earlier, initials);
  }

  /** As `reverse`, for a `task` that is blocked at `depth` before a step that has not run. */
  reverseBlocked(earlier: number, task: number, depth: number): void {
    const initials = this.#reversal.initialsBlocked(earlier, depth, task);
    if ((initials >> task & 1) === 1 && this.#slept(earlier, task)) this.#turn(earlier, task);
    else this.tryInstead(earlier, initials);
  }

  /** The step at `depth` is a new one: it comes after those that were turned before. */
  enter(depth: number): void {
    while (this.#turned.length > 0 && (this.#turned.at(-1) as number) >= depth) {
      this.#turnedAt[this.#turned.pop() as number] = 0;
    }
    for (let at = 0; at < this.#turned.length; at++) {
      const earlier = this.#turned[at] as number;
      for (let rest = this.#turnedAt[earlier] as number; rest !== 0; rest &= rest - 1) {
        this.#comeFirst(earlier, lowest(rest), depth);
      }
    }
  }

  /** What follows the path is not run: everybody must be tried where a step was turned. */
  leave(): void {
    for (let at = 0; at < this.#turned.length; at++) {
      const depth = this.#turned[at] as number;
      this.tasksAt[depth] = (this.tasksAt[depth] as number) | (this.#enabledAt[depth] as number);
    }
  }

  /** As `reverse`, where the later step is one of `task`, which sleeps, after those up to `end`. */
  reverseAsleep(earlier: number, task: number, end: number): void {
    this.tryInstead(earlier, this.#reversal.initialsUpTo(earlier, end) & ~(1 << task));
  }

  /** One of the tasks in `initials` must be tried in place of the step at `depth`. */
  tryInstead(depth: number, initials: number): void {
    this.tasksAt[depth] = withOneOf(
      this.tasksAt[depth] as number,
      initials,
      this.#enabledAt[depth] as number,
    );
  }

  /** What the step at `depth` touched, of words that are shared and of others. */
  #touchedAt(depth: number): readonly Footprint[] {
    return [this.#order.kindOf(depth).footprint, this.#restAt[depth] as Footprint];
  }

  /** Did the task sleep at `depth` before anything was tried there? */
  #slept(depth: number, task: number): boolean {
    return ((this.asleepAt[depth] as number) >> task & 1) === 1;
  }

  /**
   * The task sleeps at `depth`, and the step there has turned its own into another one. What it would have done may
   * depend on steps that what it does now does not depend on. They were seen when it was explored, and it was
   * enough then to try what comes here; but after that nothing would bring them before it.
   */
  #turn(depth: number, task: number): void {
    const known = this.#turnedAt[depth] as number;
    if ((known >> task & 1) === 1) return;
    this.#turnedAt[depth] = known | 1 << task;
    if (known === 0) {
      this.#turned.push(depth);
      this.#turned.sort((one, other) => one - other);
    }
    for (let at = depth + 1; at < this.#order.length; at++) this.#comeFirst(depth, task, at);
  }

  /** If the step at `later` would wake the task that sleeps at `earlier`, and need not come after that, it comes first. */
  #comeFirst(earlier: number, task: number, later: number): void {
    const order = this.#order;
    if (this.#taskAt[later] === task || order.isBefore(earlier, later)) return;
    if (!this.#sleepers.wakes(earlier, task, order.kindOf(later), order.numbers)) return;
    this.tryInstead(earlier, this.#reversal.initials(earlier, later));
    this.tryEach(heldUp(order, earlier, later));
  }

  /** As `reverse`, for a step that comes later than the path up to `end`, and for what it needs. */
  meet(demand: Demand, end: number): void {
    const { depth, instead } = demand;
    if (instead !== undefined) return this.reverse(depth, instead);
    this.tasksAt[depth] = this.#wanted(demand, end);
    this.tryEach(heldUp(this.#order, depth, end - 1));
  }

  /** Would `meet` change nothing? */
  isMet(demand: Demand, end: number): boolean {
    const { depth } = demand;
    return this.tasksAt[depth] === this.#wanted(demand, end) &&
      heldUp(this.#order, depth, end - 1).length === 0;
  }

  /** The tasks to be tried at the depth of the demand when it is met. */
  #wanted({ depth, tasks, firsts }: Demand, end: number): number {
    const enabled = this.#enabledAt[depth] as number, asleep = this.asleepAt[depth] as number;
    const wanted = this.tasksAt[depth] as number;
    if ((asleep & tasks) !== 0) return wanted | enabled;
    const initials = this.#reversal.initialsUpTo(depth, end);
    if ((initials & enabled) === 0) return wanted | firsts & enabled;
    return tasks === 0 ? wanted : withOneOf(wanted, initials, enabled);
  }
}

/** The tasks in `known`, and one of `initials` that is enabled unless one is there or none can be. */
function withOneOf(known: number, initials: number, enabled: number): number {
  const possible = initials & enabled;
  return (initials & known) !== 0 || possible === 0 ? known : known | 1 << lowest(possible);
}
