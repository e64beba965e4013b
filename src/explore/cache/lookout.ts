/**
 * Which steps that are taken from a state on race with one that led there, the origin.
 *
 * What comes after the origin is followed along the steps that were taken from the state on. One that
 * depends on it and comes after it for no other reason races with it. The rules are those of
 * search/reversal.ts and held_up.ts; where a rule needs to know more of the path than is kept here, a
 * step counts as one that does not come after the origin, or that races with it.
 */
import type { Node } from "./node.ts";
import { endKey, Memo, mix, startKey } from "./question_key.ts";
import type { Relations } from "./relations.ts";
import { shareWord, type Step } from "./step.ts";
import { hasStep, NO_STEPS, roomFor, type StepSet } from "./step_set.ts";

/** A step that led to a state, and what is asked about it. */
export interface Origin {
  readonly step: Step;
  /** The words of locks that it took and kept. */
  readonly takes: readonly number[];
}

/** What comes after the origin at some state. */
export interface Extent {
  /** A mask of the tasks that do. */
  readonly tasks: number;
  /** A mask of the tasks that waited when it ran, and have not gone on since. */
  readonly blocked: number;
  /** Does its task still hold a lock that it took? */
  readonly isInside: boolean;
  /** A mask of the tasks that hold a lock of which the origin was a section, took it later, and do not come after it. */
  readonly holders: number;
}

/** What was found. */
export interface Ahead {
  /**
   * A mask of the tasks that can begin: of each way to a step that races with the origin, the task of the
   * first step that does not come after the origin.
   */
  readonly firsts: number;
  /** A mask of the tasks whose steps these are that race with the origin. */
  readonly racing: number;
  /** Of the holders: those that come after the origin before they give the lock back. */
  readonly needed: number;
}

const NOTHING: Ahead = { firsts: 0, racing: 0, needed: 0 };

/** Steps that depend on what came after the origin; on what its task did under the locks; on what came later. */
const ALL = 0, INSIDE = 1, OUTSIDE = 2;

/** Looks ahead, and at each state once for all that comes to the same there. */
export class Lookout {
  readonly #relations: Relations;
  /** Answers to what was asked. */
  readonly #known = new Memo<Ahead>();
  /** By how many steps ahead, three each, with so many numbers as there are of the steps that can come. */
  readonly #sets: StepSet[] = [];
  #count = 0;
  /** Of the origin: steps that race with it unless they come after it anyway; and in any case. */
  #racers = NO_STEPS;
  #waiters = NO_STEPS;
  #standing: readonly StepSet[] = [];
  #keeping: readonly StepSet[] = [];

  constructor(relations: Relations) {
    this.#relations = relations;
  }

  /** Does one of the `tasks` stand before one of the locks at some time from `node` on? */
  isAwaited(node: Node, locks: readonly number[], tasks: number): boolean {
    for (let at = 0; at < locks.length; at++) {
      const standing = this.#relations.standing(locks[at] as number);
      if (this.#relations.isTaken(node, standing, tasks)) return true;
    }
    return false;
  }

  /**
   * Looks out for what has to do with the origin, of what is done from `node` on. What came after it on the path
   * is then told by `follow`.
   */
  begin({ step, takes }: Origin, { count }: Node): void {
    const relations = this.#relations;
    this.#racers = relations.reversible(step);
    this.#waiters = relations.waiters(step.kind);
    this.#count = count;
    for (let which = ALL; which <= OUTSIDE; which++) this.#room(which).fill(0);
    this.#standing = takes.map((lock) => relations.standing(lock));
    this.#keeping = step.kind.sections.map((lock) => relations.keeping(lock));
  }

  /** The next step on the path that comes after the origin; `isInside` is as it was before that step. */
  follow(step: Step, origin: Origin, isInside: boolean): void {
    this.#add(step, origin, isInside, 0);
  }

  /** What there is from `node` on. */
  look(node: Node, origin: Origin, extent: Extent): Ahead {
    return this.#look(node, origin, extent, 0);
  }

  #look(node: Node, origin: Origin, extent: Extent, ahead: number): Ahead {
    if (!this.#mayMatter(node, extent, ahead)) return NOTHING;
    const key = this.#keyOf(node, origin, extent, ahead);
    let found = this.#known.get(key);
    if (found !== undefined) return found;
    let firsts = 0, racing = 0, needed = 0;
    for (let at = 0; at < node.steps.length; at++) {
      const next = this.#go(node.steps[at] as Step, node.nodes[at] as Node, origin, extent, ahead);
      firsts |= next.firsts;
      racing |= next.racing;
      needed |= next.needed;
    }
    found = firsts === 0 && needed === 0 ? NOTHING : { firsts, racing, needed };
    return this.#known.keep(key, found);
  }

  /** What there is if `step` is taken next and leads to `child`. */
  #go(step: Step, child: Node, origin: Origin, extent: Extent, ahead: number): Ahead {
    const bit = 1 << step.task, { id } = step;
    let isAfter = (extent.tasks & bit) !== 0, isRace = false;
    if (!isAfter) {
      const comes = hasStep(this.#sets[ahead * 3] as StepSet, id);
      const wasWaitedFor = (extent.blocked & bit) !== 0 &&
        this.#relations.isAltered(origin.step.kind, step.waited);
      isRace = !wasWaitedFor && this.#isRace(step, origin, comes, ahead);
      isAfter = comes || isRace || wasWaitedFor ||
        hasStep(this.#relations.dependents(origin.step.kind), id);
    }
    this.#carry(origin, ahead);
    if (isAfter) this.#add(step, origin, extent.isInside, ahead + 1);
    const next = this.#moved(step, origin, extent, isAfter);
    const rest = this.#look(child, origin, next, ahead + 1);
    if (!isAfter) {
      // It took the lock: the origin could be tried after it, and would be kept waiting.
      const isNeeded = (rest.needed & bit & ~extent.holders) !== 0;
      if (rest.firsts === 0 && !isNeeded) return rest;
      return {
        firsts: bit,
        racing: rest.racing | (isNeeded ? bit : 0),
        needed: rest.needed & (extent.holders | ~bit),
      };
    }
    const needed = extent.holders & bit;
    if (!isRace && needed === 0) return rest;
    const own = isRace ? bit : 0;
    return {
      firsts: rest.firsts | own,
      racing: rest.racing | own,
      needed: rest.needed | needed,
    };
  }

  #isRace(step: Step, origin: Origin, comes: boolean, ahead: number): boolean {
    const { id } = step;
    if (hasStep(this.#waiters, id)) return true;
    if (!origin.takes.includes(step.lockWord)) return !comes && hasStep(this.#racers, id);
    return !hasStep(this.#sets[ahead * 3 + OUTSIDE] as StepSet, id) &&
      (hasStep(this.#racers, id) || hasStep(this.#sets[ahead * 3 + INSIDE] as StepSet, id));
  }

  /** Is there a step from the node on that can have anything to do with the origin? */
  #mayMatter(node: Node, { tasks, holders }: Extent, ahead: number): boolean {
    const { rows, start, count } = node, left = node.tasks & ~tasks;
    if (left === 0) return false;
    if ((holders & node.tasks) !== 0) return true;
    const all = this.#sets[ahead * 3] as StepSet,
      inside = this.#sets[ahead * 3 + INSIDE] as StepSet;
    const outside = this.#sets[ahead * 3 + OUTSIDE] as StepSet;
    const racers = this.#racers, waiters = this.#waiters;
    for (let at = 0; at < count; at++) {
      let bits = (racers[at] ?? 0) & ~(all[at] ?? 0) | (waiters[at] ?? 0);
      for (let each = 0; each < this.#standing.length; each++) {
        bits |= ((racers[at] ?? 0) | (inside[at] ?? 0)) & ~(outside[at] ?? 0) &
          ((this.#standing[each] as StepSet)[at] ?? 0);
      }
      for (let each = 0; each < this.#keeping.length; each++) {
        bits |= (this.#keeping[each] as StepSet)[at] ?? 0;
      }
      bits &= rows[start + at] as number;
      if (bits !== 0 && this.#relations.isOfTasks(at, bits, left)) return true;
    }
    return false;
  }

  /** Adds what depends on `step`, which comes after the origin. */
  #add(step: Step, origin: Origin, wasInside: boolean, ahead: number): void {
    const more = this.#relations.dependents(step.kind), isOwn = step.task === origin.step.task;
    this.#addTo(ahead * 3, more);
    if (origin.takes.length === 0) return;
    const isInside = isOwn ? shareWord(step.heldBefore, origin.takes) : wasInside;
    if (!isInside) this.#addTo(ahead * 3 + OUTSIDE, more);
    else if (isOwn) this.#addTo(ahead * 3 + INSIDE, more);
  }

  #addTo(which: number, more: StepSet): void {
    const set = this.#sets[which] as StepSet, count = Math.min(more.length, this.#count);
    for (let at = 0; at < count; at++) set[at] = (set[at] as number) | (more[at] as number);
  }

  /** What came after the origin did so a step further ahead. */
  #carry({ takes }: Origin, ahead: number): void {
    for (let which = ALL; which <= (takes.length > 0 ? OUTSIDE : ALL); which++) {
      const from = this.#sets[ahead * 3 + which] as StepSet;
      const to = this.#room((ahead + 1) * 3 + which);
      for (let at = 0; at < this.#count; at++) to[at] = from[at] as number;
    }
  }

  /** The set, with room for what it has to tell. */
  #room(which: number): StepSet {
    return this.#sets[which] = roomFor(this.#sets[which] ?? NO_STEPS, this.#count);
  }

  /** How far it has come after `step`. */
  #moved(step: Step, origin: Origin, extent: Extent, isAfter: boolean): Extent {
    const bit = 1 << step.task, { sections } = origin.step.kind;
    const holds = !isAfter && shareWord(step.heldAfter, sections);
    return {
      tasks: isAfter ? extent.tasks | bit | step.spawned : extent.tasks,
      blocked: extent.blocked & ~bit,
      isInside: step.task === origin.step.task
        ? shareWord(step.heldAfter, origin.takes)
        : extent.isInside,
      holders: holds ? extent.holders | bit : extent.holders & ~bit,
    };
  }

  #keyOf(
    { id, rows, start, count, tasks }: Node,
    origin: Origin,
    extent: Extent,
    ahead: number,
  ): number {
    startKey(id);
    mix(origin.step.id);
    for (let at = 0; at < origin.takes.length; at++) mix(origin.takes[at] as number);
    mix(extent.tasks & tasks);
    mix(extent.blocked & tasks);
    mix(extent.holders << 1 | (extent.isInside ? 1 : 0));
    for (let which = ALL; which <= (origin.takes.length > 0 ? OUTSIDE : ALL); which++) {
      const set = this.#sets[ahead * 3 + which] as StepSet;
      for (let at = 0; at < Math.min(set.length, count); at++) {
        const bits = (set[at] as number) & (rows[start + at] as number);
        if (bits === 0) continue;
        mix(at << 2 | which);
        mix(bits);
      }
    }
    return endKey();
  }
}
