/**
 * Which steps the sanitizers have to hear of.
 *
 * To tell them of every step is most of the work of a search, and nearly always in vain. Two
 * questions are asked of a step first that are cheap to answer. Where both say that there is nothing
 * to be found, the sanitizers hear nothing; else they are told of the path up to the step, and
 * decide. So a doubt too many costs time and nothing else.
 *
 * - **Can it race with an earlier step?** Two accesses to a word are no race if both were made under
 *   the lock that guards it, or if both are marked and the word is a scheduling point. Nor are they
 *   if the earlier one was released, to an address or to a task that its task made, and this was
 *   acquired before the later one. What only locks order counts for nothing here.
 * - **Can the order of locks have a circle in it?** See circles.ts.
 */
import { TASK_LIMIT } from "../objects.ts";
import type { Kind } from "../search/kind.ts";
import { bitsOf, joined, needFor, type Profile, wordsInConflict } from "./profile.ts";

const NONE = -1;
/** A moment: the depth of a step, above the place in it up to which it is meant. */
const PLACE_BITS = 16, ALL = (1 << PLACE_BITS) - 1;

/** After so many doubts they are common if there is one in so many steps. */
const ENOUGH = 64, COMMON = 20;

/** What each step of a path comes after for certain. */
export class Doubts {
  /**
   * By depth and task: the latest moment of the task that is before all of the step, or before what it
   * does after its last acquire; 0 for none. Whatever the task did earlier is before it too.
   */
  readonly #before: Int32Array;
  readonly #beforeEnd: Int32Array;
  readonly #taskAt: Int32Array;
  /** By depth: the step of the same task before it. */
  readonly #previousAt: Int32Array;
  readonly #profiles: Profile[] = [];
  /** The depths of steps that keep something, in their order. */
  readonly #keepers: number[] = [];
  /** By task: its last step, and the step that made it. */
  readonly #lastOf = new Int32Array(TASK_LIMIT).fill(NONE);
  readonly #madeAt = new Int32Array(TASK_LIMIT).fill(NONE);
  /** Tasks that were seen have ids below this. */
  #tasks = 0;
  #length = 0;
  readonly #maxDepth: number;
  /** Are the sanitizers to be told of every step, since to ask costs more or cannot be done? */
  tellsAll = false;
  #asked = 0;
  #doubted = 0;
  readonly #risks = new Risks();

  /** Doubts about paths of at most `maxDepth` steps; of longer ones the sanitizers hear all. */
  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
    this.#before = new Int32Array(maxDepth * TASK_LIMIT);
    this.#beforeEnd = new Int32Array(maxDepth * TASK_LIMIT);
    this.#taskAt = new Int32Array(maxDepth);
    this.#previousAt = new Int32Array(maxDepth);
  }

  /** Forgets the steps from `depth` on. */
  undoTo(depth: number): void {
    while (this.#length > depth) {
      const at = --this.#length;
      this.#lastOf[this.#taskAt[at] as number] = this.#previousAt[at] as number;
      if (this.#keepers[this.#keepers.length - 1] === at) this.#keepers.pop();
    }
  }

  /** The step at the end of the path made task `id`. */
  spawned(id: number): void {
    this.#madeAt[id] = this.#length - 1;
    this.#lastOf[id] = NONE;
  }

  /** Does all that `task` does from here on come after the step at `depth`, for certain? */
  isAfter(task: number, depth: number): boolean {
    const other = this.#taskAt[depth] as number, last = this.#lastOf[task] as number;
    if (other === task) return true;
    const { lastAccess } = this.#profiles[depth] as Profile;
    const moment = momentOf(depth, lastAccess), source = last !== NONE ? last : this.#madeAt[task];
    if (source === undefined || source === NONE) return false;
    if (last === NONE && this.#taskAt[source] === other) return source > depth;
    // Of a step that made the task it counts what that came after by then.
    const { firstSpawn, lastAcquire } = this.#profiles[source] as Profile;
    const isEarly = last === NONE && firstSpawn <= lastAcquire;
    const known = isEarly ? this.#before : this.#beforeEnd;
    return (known[source * TASK_LIMIT + other] as number) >= moment;
  }

  /** Enters the next step of the path, which is of `kind`. May it race with an earlier one? */
  enter(task: number, profile: Profile, kind: Kind): boolean {
    if (this.#length === this.#maxDepth) return this.tellsAll = true;
    const depth = this.#length++, base = depth * TASK_LIMIT, before = this.#before;
    if (task >= this.#tasks) this.#tasks = task + 1;
    this.#taskAt[depth] = task;
    const previous = this.#previousAt[depth] = this.#lastOf[task] as number;
    this.#profiles[depth] = profile;
    if (profile.keeps.length > 0) this.#keepers.push(depth);
    this.#lastOf[task] = depth;
    const end = this.#beforeEnd, from = previous * TASK_LIMIT, hasBegun = previous !== NONE;
    for (let other = 0; other < this.#tasks; other++) {
      before[base + other] = end[base + other] = hasBegun ? end[from + other] as number : 0;
    }
    if (!hasBegun && this.#madeAt[task] !== NONE) this.#comeFrom(before, base, task);
    if (profile.acquiresAny) this.#acquire(before, depth, profile, true);
    if (!hasBegun || profile.acquiresAny) {
      for (let other = 0; other < this.#tasks; other++) {
        end[base + other] = before[base + other] as number;
      }
    }
    if (profile.acquiresAny) this.#acquire(end, depth, profile, false);
    const mayRace = this.#mayRace(depth, task, profile, kind.hasNear);
    this.#asked++;
    if (mayRace && ++this.#doubted > ENOUGH && this.#doubted * COMMON > this.#asked) {
      this.tellsAll = true;
    }
    return mayRace;
  }

  /** Adds what the first step of `task` comes after, which another task made. */
  #comeFrom(known: Int32Array, base: number, task: number): void {
    const maker = this.#madeAt[task] as number;
    this.#comeAfter(known, base, maker, (this.#profiles[maker] as Profile).firstSpawn);
  }

  /** Adds what is before the operation at `place` of the step at `earlier`, and that much of it, to `known`. */
  #comeAfter(known: Int32Array, base: number, earlier: number, place: number): void {
    const { lastAcquire } = this.#profiles[earlier] as Profile;
    this.#join(known, base, place > lastAcquire ? this.#beforeEnd : this.#before, earlier);
    const at = base + (this.#taskAt[earlier] as number);
    const moment = momentOf(earlier, Math.min(place, ALL - 1));
    if (moment > (known[at] as number)) known[at] = moment;
  }

  #join(known: Int32Array, base: number, source: Int32Array, earlier: number): void {
    const from = earlier * TASK_LIMIT;
    for (let task = 0; task < this.#tasks; task++) {
      const moment = source[from + task] as number;
      if (moment > (known[base + task] as number)) known[base + task] = moment;
    }
  }

  /** Orders the step after those whose release it acquires, before it does anything else or later. */
  #acquire(known: Int32Array, depth: number, profile: Profile, isFirst: boolean): void {
    if (!isFirst || profile.acquiresFirst) {
      this.#acquireFrom(known, depth, profile.acquires, depth);
    }
    for (const { slot, isFirst: isEarly } of profile.observes) {
      if (isFirst && !isEarly) continue;
      const at = this.#keeperOf(slot, depth);
      const kept = this.#profiles[at]?.keeps.find((keep) => keep.slot === slot)?.addresses;
      if (kept !== undefined) this.#acquireFrom(known, depth, kept, at);
    }
  }

  #keeperOf(slot: number, depth: number): number {
    for (let last = this.#keepers.length - 1; last >= 0; last--) {
      const at = this.#keepers[last] as number, { keeps } = this.#profiles[at] as Profile;
      if (at < depth && keeps.some((keep) => keep.slot === slot)) return at;
    }
    return NONE;
  }

  /** Orders the step after those before `end` that released to one of the addresses. */
  #acquireFrom(known: Int32Array, depth: number, addresses: Int32Array, end: number): void {
    if (addresses.length === 0) return;
    const base = depth * TASK_LIMIT, bits = bitsOf(addresses), task = this.#taskAt[depth];
    for (let other = 0; other < this.#tasks; other++) {
      if (other === task) continue;
      const since = known[base + other] as number;
      // The latest release of a task to an address comes after all its others there.
      let left = bits;
      for (let at = this.#lastOf[other] as number; at >= 0; at = this.#previousAt[at] as number) {
        if (since >= momentOf(at, ALL)) break;
        const { releases, releaseBits } = this.#profiles[at] as Profile;
        if (at >= end || (releaseBits & left) === 0) continue;
        for (let each = 0; each < releases.length; each += 2) {
          if (!addresses.includes(releases[each] as number)) continue;
          this.#comeAfter(known, base, at, releases[each + 1] as number);
          left = 0;
        }
        if (left === 0) break;
      }
    }
  }

  #mayRace(depth: number, task: number, profile: Profile, turns: boolean): boolean {
    const base = depth * TASK_LIMIT;
    for (let rest = this.#risks.of(profile, task); rest !== 0; rest &= rest - 1) {
      const other = 31 - Math.clz32(rest & -rest);
      const start = this.#before[base + other] as number;
      const end = this.#beforeEnd[base + other] as number;
      for (let at = this.#lastOf[other] as number; at >= 0; at = this.#previousAt[at] as number) {
        if (start >= momentOf(at + 1, 0)) break;
        const need = needFor(profile, this.#profiles[at] as Profile, turns);
        if (need === null) continue;
        if (need.start > 0 && start < momentOf(at, need.start)) return true;
        if (need.end > 0 && end < momentOf(at, need.end)) return true;
      }
    }
    return false;
  }
}

/** The moment at `place` in the step at `depth`, which is above 0. */
function momentOf(depth: number, place: number): number {
  return depth + 1 << PLACE_BITS | Math.min(place, ALL);
}

/** With which tasks a step can race at all. */
class Risks {
  /** By task: all that it does, in the sets of profiles. */
  readonly #all: Int32Array[] = [];
  #version = 1;

  /** A mask of the tasks of which some step is known that one of `profile` may race with. */
  of(profile: Profile, task: number): number {
    const { risk } = profile;
    if (risk.version === 0) this.#learn(profile, task);
    if (risk.version !== this.#version) {
      risk.version = this.#version;
      risk.tasks = 0;
      for (let other = 0; other < this.#all.length; other++) {
        const all = this.#all[other];
        if (other === task || all === undefined) continue;
        if (wordsInConflict(profile.sets, all, true)) risk.tasks |= 1 << other;
      }
    }
    return risk.tasks;
  }

  #learn({ sets }: Profile, task: number): void {
    const before = this.#all[task], all = joined(before, sets);
    if (all === before) return;
    this.#all[task] = all;
    this.#version++;
  }
}
