/**
 * May there be a data race between a step that led to a known state, the origin, and one that was taken
 * from there on?
 *
 * That a step depends on the origin does not order it after that: two counts without a barrier depend on
 * each other and order nothing. What does is to acquire what was released after the origin's accesses, by
 * its task or by one that was ordered after it before; also by way of a grace period, which keeps what
 * readers released. Where this does not tell there may be a doubt too many: then the search goes on, and
 * the race check decides.
 */
import { lowest } from "../search/bits.ts";
import { needFor } from "../tape/profile.ts";
import type { Node } from "./node.ts";
import { meet, type Ordering, Orderings, type Places } from "./ordering.ts";
import { endKey, Memo, mix, startKey } from "./question_key.ts";
import type { Relations } from "./relations.ts";
import type { Step } from "./step.ts";
import { hasStep, NO_STEPS } from "./step_set.ts";

/** What is ordered after the origin: what was released since, and to where. */
interface Ordered extends Places {
  /** A mask of the tasks of which all is that they do from here on. */
  readonly tasks: number;
}

/** Looks for data races ahead of a path. */
export class RacesAhead {
  readonly #relations: Relations;
  readonly #orderings = new Orderings();
  /** Answers to what was asked. */
  readonly #known = new Memo<boolean>();
  #suspects = NO_STEPS;

  constructor(relations: Relations) {
    this.#relations = relations;
  }

  /**
   * May the origin, the step at `depth` of the `path` of so many steps, be in a data race with one from `node` on? All
   * is ordered after it that the tasks in `tasks` do from there on.
   */
  arePossible(
    node: Node,
    path: readonly Step[],
    depth: number,
    length: number,
    tasks: number,
  ): boolean {
    const origin = path[depth] as Step;
    const { task, spawned, profile } = origin;
    this.#suspects = this.#relations.suspects(origin);
    const place = this.#lastPlace(node, origin, tasks);
    let ordered: Ordered = {
      tasks: 1 << task | (profile.firstSpawn > place ? spawned : 0),
      ...this.#orderings.released(profile, place),
    };
    for (let at = depth + 1; at < length; at++) ordered = this.#after(path[at] as Step, ordered);
    return this.#look(node, origin, { ...ordered, tasks: ordered.tasks | tasks });
  }

  /** The place of the last access in the origin of which a suspect from `node` on must not be in a race. */
  #lastPlace({ rows, start, count }: Node, origin: Step, tasks: number): number {
    let last = 0;
    for (let row = 0; row < Math.min(this.#suspects.length, count); row++) {
      let bits = (this.#suspects[row] as number) & (rows[start + row] as number);
      for (; bits !== 0; bits &= bits - 1) {
        const { task, profile, kind } = this.#relations.stepOf((row << 5) + lowest(bits));
        if ((tasks >> task & 1) === 1) continue;
        const need = needFor(profile, origin.profile, kind.hasNear);
        if (need !== null) last = Math.max(last, need.start, need.end);
      }
    }
    return last;
  }

  #look(first: Node, origin: Step, since: Ordered): boolean {
    // Where there is but one way to go on, to go it is less than to look up what is known of it.
    let node = first, ordered = since;
    for (; node.steps.length === 1; node = node.nodes[0] as Node) {
      const step = node.steps[0] as Step;
      if (this.#isSuspect(step, origin, ordered)) return true;
      ordered = this.#after(step, ordered);
    }
    const relations = this.#relations, { steps, tasks } = node;
    if (!relations.isTaken(node, this.#suspects, tasks & ~ordered.tasks)) return false;
    const key = keyOf(node, origin, ordered);
    let found = this.#known.get(key);
    if (found !== undefined) return found;
    found = false;
    for (let at = 0; at < steps.length && !found; at++) {
      const step = steps[at] as Step;
      found = this.#isSuspect(step, origin, ordered) ||
        this.#look(node.nodes[at] as Node, origin, this.#after(step, ordered));
    }
    return this.#known.keep(key, found);
  }

  /** May the step, if it is taken next, be in a data race with the origin? */
  #isSuspect(step: Step, origin: Step, ordered: Ordered): boolean {
    const { id, task, profile, kind } = step;
    if ((ordered.tasks >> task & 1) === 1 || !hasStep(this.#suspects, id)) return false;
    // What comes after all that it acquires comes after the origin.
    return !meet(this.#orderings.of(step).acquires, ordered) ||
      (needFor(profile, origin.profile, kind.hasNear)?.start ?? 0) > 0;
  }

  /** What is ordered after the origin once `step` was taken. */
  #after(step: Step, ordered: Ordered): Ordered {
    const { task, spawned, profile } = step;
    const { acquires, releases, releasesLate, keeps } = this.#orderings.of(step);
    let { tasks, low, high } = ordered;
    for (let at = 0; at < keeps.length; at++) {
      const { slot, addresses } = keeps[at] as Ordering["keeps"][number];
      if (!meet(addresses, ordered)) continue;
      low |= slot.low;
      high |= slot.high;
    }
    const isOrdered = (tasks >> task & 1) === 1;
    if (isOrdered || meet(acquires, ordered)) {
      // All of it is, or what it does once it has acquired all.
      const released = isOrdered ? releases : releasesLate;
      low |= released.low;
      high |= released.high;
      const isChild = isOrdered || profile.firstSpawn > profile.lastAcquire;
      tasks |= 1 << task | (isChild ? spawned : 0);
    }
    const isSame = tasks === ordered.tasks && low === ordered.low && high === ordered.high;
    return isSame ? ordered : { tasks, low, high };
  }
}

function keyOf({ id, tasks }: Node, { profile, ownAfter }: Step, ordered: Ordered): number {
  startKey(id);
  // What is asked of the origin is what its profile and its locks say.
  mix(profile.group);
  for (let at = 0; at < ownAfter.length; at++) mix(ownAfter[at] as number);
  mix(-1);
  mix(ordered.tasks & tasks);
  mix(ordered.low);
  mix(ordered.high);
  return endKey();
}
