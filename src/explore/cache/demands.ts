/**
 * What the steps that were taken from a known state on demand of a path that comes to it again: which
 * steps on this path they race with, so that the other order has to be tried.
 *
 * A step on the path is left alone if all that the others do from the state on comes after it, if none of
 * that can have to do with it, or if the search has already planned what would be demanded. For the rest
 * lookout.ts follows what was done from the state on.
 */
import { lowest } from "../search/bits.ts";
import { NONE } from "../search/intervals.ts";
import type { Order } from "../search/order.ts";
import { MAX_DEPTH } from "../search/plan.ts";
import { parentOf } from "../spawned.ts";
import { machine } from "../task.ts";
import { Concerns } from "./concerns.ts";
import { type Extent, Lookout, type Origin } from "./lookout.ts";
import type { Node } from "./node.ts";
import { RacesAhead } from "./races_ahead.ts";
import type { Relations } from "./relations.ts";
import { shareWord, type Step } from "./step.ts";

/** Steps of the tasks in the mask have to be tried before the step at `depth`. */
export interface Demand {
  readonly depth: number;
  readonly tasks: number;
  /** If all on the path that comes after the step depends on it: the tasks that can begin. */
  readonly firsts: number;
  /** A step that has to be tried before it, on the path itself. */
  readonly instead?: number;
}

/** What there is to ask about a path. */
export interface Path {
  readonly order: Order;
  /** By depth, who was enabled. */
  readonly enabledAt: Int32Array;
  /** The step at `depth`. */
  stepAt(depth: number): Step;
  /** Would the search do nothing more for it? */
  isMet(demand: Demand): boolean;
  /** Is all that the task does from here on ordered after the step at `depth`, as far as the race check knows? */
  isOrdered(task: number, depth: number): boolean;
}

/** Works out demands. */
export class Demands {
  readonly #relations: Relations;
  readonly #concerns: Concerns;
  readonly #races: RacesAhead;
  readonly #lookout: Lookout;
  /** By depth: the step on the path. */
  readonly #stepAt: Step[] = [];
  /** By depth: tasks of which nothing that they do later comes after the step there for certain. */
  readonly #looseAt = new Int32Array(MAX_DEPTH);
  /** A mask of the tasks that do not exist yet. */
  #unmade = 0;

  constructor(relations: Relations) {
    this.#relations = relations;
    this.#concerns = new Concerns(relations);
    this.#races = new RacesAhead(relations);
    this.#lookout = new Lookout(relations);
  }

  /** What `node` demands of a path of `length` steps; null if there may be a data race with one of them. */
  of(node: Node, path: Path, length: number): Demand[] | null {
    const found: Demand[] = [];
    this.#findLoose(node, path.order, length);
    this.#unmade = node.tasks;
    for (const task of machine.tasks) if (task !== undefined) this.#unmade &= ~(1 << task.id);
    for (let depth = 0; depth < length; depth++) {
      this.#concerns.enter(this.#stepAt[depth] = path.stepAt(depth), node.end);
    }
    this.#concerns.arrive(node);
    for (let depth = length - 1; depth >= 0; depth--) {
      const step = this.#stepAt[depth] as Step, tasks = node.tasks & ~this.#toBeMade(step);
      if (this.#mayRace(node, depth, length, path, tasks)) return null;
      const loose = (this.#looseAt[depth] as number) & tasks;
      if (loose !== 0) this.#add(node, depth, length, path, loose, found);
    }
    return found;
  }

  /** May there be a data race between the step at `depth` and one of the `tasks` from `node` on? */
  #mayRace(node: Node, depth: number, length: number, path: Path, tasks: number): boolean {
    const step = this.#stepAt[depth] as Step, suspects = this.#concerns.suspects(step, tasks);
    if (suspects === 0) return false;
    const ordered = node.tasks & ~tasks | orderedAfter(depth, tasks, path);
    if ((suspects & ~ordered) === 0) return false;
    return this.#races.arePossible(node, this.#stepAt, depth, length, ordered);
  }

  /** Adds what is demanded of the step at `depth`, after which nothing comes that the `loose` tasks do. */
  #add(
    node: Node,
    depth: number,
    length: number,
    path: Path,
    loose: number,
    found: Demand[],
  ): void {
    const step = this.#stepAt[depth] as Step, { order } = path, lookout = this.#lookout;
    const takes = takenIn(step, depth, order);
    if (!this.#concerns.has(step, loose) && !lookout.isAwaited(node, takes, loose)) return;
    if (this.#isMet(node, step, depth, loose, path)) return;
    const origin = { step, takes };
    const extent = this.#follow(node, origin, depth, length, path, loose);
    const { firsts, racing, needed } = lookout.look(node, origin, extent);
    if (firsts !== 0) {
      found.push({ depth, tasks: racing, firsts }, ...this.#heldUp(node, depth, path));
    }
    for (const lock of needed === 0 ? NO_LOCKS : step.kind.sections) {
      const from = order.intervals.open(lock);
      if (from > depth) found.push({ depth, tasks: 0, firsts: 0, instead: from });
    }
  }

  /** Has the search planned all that the `loose` tasks could demand of the `step` at `depth`? */
  #isMet(node: Node, { kind }: Step, depth: number, loose: number, path: Path): boolean {
    return path.isMet({ depth, tasks: loose, firsts: loose }) &&
      this.#heldUp(node, depth, path).every((demand) => path.isMet(demand)) &&
      kind.sections.every((lock) => path.order.intervals.open(lock) <= depth);
  }

  /** Tasks that do not exist yet, and that nobody makes but with a lock in hand that the step's task has in hand after it. */
  #toBeMade({ ownAfter }: Step): number {
    let made = 0;
    for (let at = 0; at < ownAfter.length; at++) {
      made |= this.#relations.madeInside(ownAfter[at] as number);
    }
    return made & this.#unmade;
  }

  /** Follows what comes after the origin to the end of the path, from where it goes on as from `node`. */
  #follow(
    node: Node,
    origin: Origin,
    depth: number,
    length: number,
    path: Path,
    loose: number,
  ): Extent {
    const { step, takes } = origin, { order } = path, { sections } = step.kind;
    let isInside = takes.length > 0, holders = 0;
    this.#lookout.begin(origin, node);
    for (let at = depth + 1; at < length; at++) {
      const isAfter = order.isBefore(depth, at);
      if (!isAfter && sections.length === 0) continue;
      const later = this.#stepAt[at] as Step, bit = 1 << later.task;
      if (!isAfter) {
        holders = shareWord(later.heldAfter, sections) ? holders | bit : holders & ~bit;
        continue;
      }
      this.#lookout.follow(later, origin, isInside);
      if (later.task === step.task) isInside = shareWord(later.heldAfter, takes);
      holders &= ~bit;
    }
    return {
      tasks: (node.tasks | 1 << step.task) & ~loose,
      blocked: waiting(loose, depth, path),
      isInside,
      holders: holders & loose,
    };
  }

  /** For each step on the path: which of the tasks that go on from its end do not come after it. */
  #findLoose({ tasks }: Node, order: Order, length: number): void {
    const looseAt = this.#looseAt;
    looseAt.fill(0, 0, length);
    for (let rest = tasks; rest !== 0; rest &= rest - 1) {
      const task = lowest(rest),
        known = standing(task),
        last = order.lastOf(known);
      for (let row = 0; row << 5 < length; row++) {
        const end = length - (row << 5), all = end < 32 ? (1 << end) - 1 : -1;
        // What is before the last step of a task is before all that it does later.
        const before = last === NONE || last >> 5 < row ? 0 : order.rowBefore(last, row);
        for (let bits = all & ~before; bits !== 0; bits &= bits - 1) {
          const depth = (row << 5) + lowest(bits);
          if (depth === last || order.taskOf(depth) === known) continue;
          looseAt[depth] = (looseAt[depth] as number) | 1 << task;
        }
      }
    }
  }

  /**
   * The sections that may come before a step which races with the one at `depth`, and which the reversal
   * needs as well: while it ran their lock was held, so they have to be tried before it was taken.
   */
  #heldUp(node: Node, depth: number, { order }: Path): readonly Demand[] {
    if (!order.numbers.hasSections || !order.intervals.any) return NO_DEMANDS;
    const found: Demand[] = [];
    for (const lock of order.intervals.wordsAround(depth)) {
      const from = order.intervals.takenBefore(lock, depth);
      const tasks = unordered(this.#sectionsOf(node, lock), from, order);
      if (tasks !== 0) found.push({ depth: from, tasks, firsts: tasks });
    }
    return found;
  }

  /** The tasks that may take the lock and give it back within a step. */
  #sectionsOf({ rows, start, count, tasks }: Node, lock: number): number {
    const entering = this.#relations.entering(lock);
    let found = 0;
    for (let rest = tasks; rest !== 0; rest &= rest - 1) {
      const task = lowest(rest), own = this.#relations.ofTask(task);
      for (let at = 0; at < Math.min(entering.length, count); at++) {
        const bits = (entering[at] as number) & (own[at] ?? 0) & (rows[start + at] as number);
        if (bits !== 0) found |= 1 << task;
      }
    }
    return found;
  }
}

const NO_LOCKS: readonly number[] = [], NO_DEMANDS: readonly Demand[] = [];

/** The words of the locks that the step took and kept. */
function takenIn(
  { heldBefore, heldAfter }: Step,
  depth: number,
  { intervals }: Order,
): readonly number[] {
  let taken = NO_LOCKS;
  for (let at = 0; at < heldAfter.length; at++) {
    const lock = heldAfter[at] as number;
    if (!heldBefore.includes(lock) || intervals.begins(lock, depth)) taken = [...taken, lock];
  }
  return taken;
}

/** Those of the tasks that could not go on before the step at `depth`, and have not gone on since. */
function waiting(tasks: number, depth: number, { order, enabledAt }: Path): number {
  let found = 0;
  for (let rest = tasks & ~(enabledAt[depth] as number); rest !== 0; rest &= rest - 1) {
    const task = lowest(rest);
    if (machine.tasks[task] !== undefined && order.lastOf(task) < depth) found |= 1 << task;
  }
  return found;
}

/** Those of the tasks that are ordered after the step at `depth`, as far as the race check knows. */
function orderedAfter(depth: number, tasks: number, path: Path): number {
  let found = 0;
  for (let rest = tasks; rest !== 0; rest &= rest - 1) {
    const task = lowest(rest);
    if (path.isOrdered(standing(task), depth)) found |= 1 << task;
  }
  return found;
}

/** The task, or if it does not exist yet the one that does and will make it. */
function standing(task: number): number {
  let found = task;
  while (machine.tasks[found] === undefined) found = parentOf(found);
  return found;
}

/** Those of the tasks of which nothing comes after the step at `depth` yet. */
function unordered(tasks: number, depth: number, order: Order): number {
  let found = 0;
  for (let rest = tasks; rest !== 0; rest &= rest - 1) {
    const task = lowest(rest), known = standing(task);
    if (known === order.taskOf(depth)) continue;
    const last = order.lastOf(known);
    if (last === NONE || last !== depth && !order.isBefore(depth, last)) found |= 1 << task;
  }
  return found;
}
