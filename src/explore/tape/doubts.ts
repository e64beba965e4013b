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
import { Pairs } from "../search/pairs.ts";
import { bitsOf, joined, type Need, needOf, type Profile, wordsInConflict } from "./profile.ts";

const NONE = -1;
/** All of a step: more operations than any has. */
const ALL = 0x7fffffff;

/** What each step of a path comes after for certain. */
export class Doubts {
  readonly #width: number;
  /**
   * By depth, and by depth of an earlier step: how much of that, as the place of an operation in its
   * way, is before all of the step, or before what it does after its last acquire.
   */
  readonly #before: Int32Array;
  readonly #beforeEnd: Int32Array;
  readonly #taskAt: Int32Array;
  /** By depth: the step of the same task before it. */
  readonly #previousAt: Int32Array;
  readonly #profiles: Profile[] = [];
  /** By task: its last step, and the step that made it. */
  readonly #lastOf = new Int32Array(TASK_LIMIT).fill(NONE);
  readonly #madeAt = new Int32Array(TASK_LIMIT).fill(NONE);
  readonly #needs = new Needs();
  readonly #risks = new Risks();
  #length = 0;

  constructor(maxDepth: number) {
    this.#width = maxDepth;
    this.#before = new Int32Array(maxDepth * maxDepth);
    this.#beforeEnd = new Int32Array(maxDepth * maxDepth);
    this.#taskAt = new Int32Array(maxDepth);
    this.#previousAt = new Int32Array(maxDepth);
  }

  /** Forgets the steps from `depth` on. */
  undoTo(depth: number): void {
    while (this.#length > depth) {
      const at = --this.#length;
      this.#lastOf[this.#taskAt[at] as number] = this.#previousAt[at] as number;
    }
  }

  /** The step at the end of the path made task `id`. */
  spawned(id: number): void {
    this.#madeAt[id] = this.#length - 1;
    this.#lastOf[id] = NONE;
  }

  /** Enters the next step of the path, which is of `kind`. May it race with an earlier one? */
  enter(task: number, profile: Profile, kind: Kind): boolean {
    const depth = this.#length++, base = depth * this.#width, before = this.#before;
    this.#taskAt[depth] = task;
    const previous = this.#previousAt[depth] = this.#lastOf[task] as number;
    this.#profiles[depth] = profile;
    this.#lastOf[task] = depth;
    before.fill(0, base, base + depth);
    if (previous !== NONE) {
      this.#join(before, base, this.#beforeEnd, previous);
      before[base + previous] = ALL;
    } else if (this.#madeAt[task] !== NONE) {
      const maker = this.#madeAt[task] as number, { firstSpawn } = this.#profiles[maker] as Profile;
      this.#comeAfter(before, base, maker, firstSpawn);
    }
    if (profile.acquiresAny) this.#acquire(before, depth, profile, true);
    for (let at = base; at < base + depth; at++) this.#beforeEnd[at] = before[at] as number;
    if (profile.acquiresAny) this.#acquire(this.#beforeEnd, depth, profile, false);
    return this.#mayRace(depth, profile, kind);
  }

  /** Adds what is before the operation at `place` of the step at `earlier`, and that much of it, to `known`. */
  #comeAfter(known: Int32Array, base: number, earlier: number, place: number): void {
    const { lastAcquire } = this.#profiles[earlier] as Profile;
    this.#join(known, base, place > lastAcquire ? this.#beforeEnd : this.#before, earlier);
    if ((known[base + earlier] as number) < place) known[base + earlier] = place;
  }

  #join(known: Int32Array, base: number, source: Int32Array, earlier: number): void {
    const from = earlier * this.#width;
    for (let at = 0; at < earlier; at++) {
      const place = source[from + at] as number;
      if (place > (known[base + at] as number)) known[base + at] = place;
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
    for (let at = depth - 1; at >= 0; at--) {
      if ((this.#profiles[at] as Profile).keeps.some((keep) => keep.slot === slot)) return at;
    }
    return NONE;
  }

  /** Orders the step after those before `end` that released to one of the addresses. */
  #acquireFrom(known: Int32Array, depth: number, addresses: Int32Array, end: number): void {
    if (addresses.length === 0) return;
    const base = depth * this.#width, bits = bitsOf(addresses);
    for (let at = end - 1; at >= 0; at--) {
      const { releases, releaseBits } = this.#profiles[at] as Profile;
      if ((releaseBits & bits) === 0) continue;
      for (let each = 0; each < releases.length; each += 2) {
        if (!addresses.includes(releases[each] as number)) continue;
        this.#comeAfter(known, base, at, releases[each + 1] as number);
      }
    }
  }

  #mayRace(depth: number, profile: Profile, kind: Kind): boolean {
    const base = depth * this.#width, task = this.#taskAt[depth] as number, needs = this.#needs;
    const turns = kind.hasNear ? 1 : 0;
    for (let rest = this.#risks.of(profile, task); rest !== 0; rest &= rest - 1) {
      const other = 31 - Math.clz32(rest & -rest);
      for (let at = this.#lastOf[other] as number; at >= 0; at = this.#previousAt[at] as number) {
        const start = this.#before[base + at] as number;
        // So is what its task did earlier.
        if (start === ALL) break;
        const need = needs.of(profile, this.#profiles[at] as Profile, turns);
        if (need === null) continue;
        if (start < need.start || (this.#beforeEnd[base + at] as number) < need.end) return true;
      }
    }
    return false;
  }
}

/** What steps need to know of each other, worked out once for each pair of profiles. */
class Needs {
  readonly #known = new Pairs();
  /** By pair, as one number: what it is, if it is anything. */
  readonly #needs = new Map<number, Need>();

  /** What a step of the later profile needs to know of one of the earlier; `turns` is 1 if turns at counts matter. */
  of(later: Profile, earlier: Profile, turns: number): Need | null {
    const one = later.id << 1 | turns, pair = one * 0x1000000 + earlier.id;
    const known = this.#known.get(one, earlier.id);
    if (known !== 0) return known === NEEDED ? this.#needs.get(pair) as Need : null;
    const isNeeded = wordsInConflict(later.sets, earlier.sets, turns === 1);
    const need = isNeeded ? needOf(later, earlier, turns === 1) : null;
    this.#known.set(one, earlier.id, need === null ? NOT_NEEDED : NEEDED);
    if (need !== null) this.#needs.set(pair, need);
    return need;
  }
}

const NOT_NEEDED = 1, NEEDED = 2;

/** With which tasks a step can race at all. */
class Risks {
  /** By task: all that it does, in the sets of profiles. */
  readonly #all: Int32Array[] = [];
  #version = 1;
  readonly #known = new WeakMap<Profile, { version: number; tasks: number }>();

  /** A mask of the tasks of which some step is known that one of `profile` may race with. */
  of(profile: Profile, task: number): number {
    let known = this.#known.get(profile);
    if (known === undefined) {
      this.#known.set(profile, known = { version: 0, tasks: 0 });
      this.#learn(profile, task);
    }
    if (known.version !== this.#version) {
      known.version = this.#version;
      known.tasks = 0;
      for (const [other, all] of this.#all.entries()) {
        if (other === task || all === undefined) continue;
        if (wordsInConflict(profile.sets, all, true)) known.tasks |= 1 << other;
      }
    }
    return known.tasks;
  }

  #learn({ sets }: Profile, task: number): void {
    const before = this.#all[task], all = joined(before, sets);
    if (all === before) return;
    this.#all[task] = all;
    this.#version++;
  }
}
