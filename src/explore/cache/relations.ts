/**
 * Which steps depend on which, may race with which, and what they do to locks: facts about pairs of steps,
 * whatever path they are on, each worked out once. Steps of one task are after each other anyway, so it
 * does not matter what is said of those.
 */
import { lowest } from "../search/bits.ts";
import { APART, dependence, type Kind, type WordNumbers } from "../search/kind.ts";
import { needFor, type Profile } from "../tape/profile.ts";
import type { Variant } from "../tape/uses.ts";
import type { Node } from "./node.ts";
import { type Step, stepOf } from "./step.ts";
import { NO_STEPS, removeFrom, roomFor, type StepSet, withStep } from "./step_set.ts";

/** The steps of which something is true, as far as steps were looked at. */
interface Row {
  set: StepSet;
  /** How many were. */
  count: number;
}

/** What is known of a pair. */
const NO = 1, YES = 2;

/** Answers to questions about two small numbers, NO or YES; 0 if it is not known. */
class Answers {
  readonly #rows: Uint8Array[] = [];

  /** Those about the one number and others below `end`. */
  of(one: number, end: number): Uint8Array {
    const row = this.#rows[one];
    if (row !== undefined && row.length >= end) return row;
    const longer = new Uint8Array(Math.max(128, 2 * end));
    if (row !== undefined) longer.set(row);
    return this.#rows[one] = longer;
  }
}

/** All steps of one scenario, and the relations between them. */
export class Relations {
  readonly #numbers: WordNumbers;
  readonly #steps: Step[] = [];
  /** By variant. */
  readonly #byVariant: Step[] = [];
  /** By kind, step, profile and kind of the earlier step. */
  readonly #dependents: Row[] = [];
  readonly #reversible: Row[] = [];
  readonly #suspects: Row[] = [];
  readonly #ownSuspects: Row[] = [];
  readonly #waiters: Row[] = [];
  /** By the earlier kind and the later one: does the later one depend on it? */
  readonly #depends = new Answers();
  /** By the group of the earlier profile and the numbers below: may there be a race? */
  readonly #races = new Answers();
  /** By step: the group of its profile, doubled, and 1 more where its turns count. */
  readonly #groups: number[] = [];
  /** What is above all ids of kinds, and all numbers of groups. */
  #kindsEnd = 0;
  #groupsEnd = 0;
  /** By task: its steps. By word of a lock: those that stood before it; had it alone; kept it; took it and gave it back. */
  readonly #ofTask: StepSet[] = [];
  readonly #standing = new Map<number, StepSet>();
  readonly #inside = new Map<number, StepSet>();
  readonly #madeInside = new Map<number, number>();
  /** A mask of the tasks that are made at all. */
  #made = 0;
  readonly #keeping = new Map<number, StepSet>();
  readonly #entering = new Map<number, StepSet>();

  /** Relations of steps whose kinds have these numbers. */
  constructor(numbers: WordNumbers) {
    this.#numbers = numbers;
  }

  /** How many steps there are. */
  get size(): number {
    return this.#steps.length;
  }

  /** The step with this id. */
  stepOf(id: number): Step {
    return this.#steps[id] as Step;
  }

  /** Does a step of the kind alter one of the words? */
  isAltered(kind: Kind, words: readonly number[]): boolean {
    return words.length > 0 && words.some((word) => this.#numbers.isAltered(kind, word));
  }

  /** The step that is of `variant`. */
  step(variant: Variant): Step {
    return this.#byVariant[variant.id] ??= this.#add(stepOf(variant, this.#steps.length));
  }

  /** Steps that depend on an earlier one of the kind. */
  dependents(kind: Kind): StepSet {
    const row = this.#dependents[kind.id] ??= emptyRow();
    return row.count === this.#steps.length ? row.set : this.#extendDependents(row, kind);
  }

  #extendDependents(row: Row, earlier: Kind): StepSet {
    const answers = this.#depends.of(earlier.id, this.#kindsEnd);
    for (; row.count < this.#steps.length; row.count++) {
      const { kind } = this.#steps[row.count] as Step;
      if (answers[kind.id] === 0) answers[kind.id] = depends(kind, earlier) ? YES : NO;
      if (answers[kind.id] === YES) row.set = withStep(row.set, row.count);
    }
    return row.set;
  }

  /**
   * Steps that depend on an earlier `step`, did not stand before a lock that was held then, and had no lock in hand
   * that its task had in hand before or after it: that they had to take later.
   */
  reversible(step: Step): StepSet {
    const all = this.dependents(step.kind), { heldBefore, ownAfter } = step;
    if (heldBefore.length === 0 && ownAfter.length === 0) return all;
    const row = this.#reversible[step.id] ??= emptyRow();
    if (row.count === this.#steps.length) return row.set;
    row.count = this.#steps.length;
    row.set = roomFor(row.set, all.length);
    row.set.set(all);
    for (const lock of heldBefore) removeFrom(row.set, this.standing(lock));
    for (const lock of step.ownBefore) removeFrom(row.set, this.inside(lock));
    for (const lock of ownAfter) removeFrom(row.set, this.inside(lock));
    return row.set;
  }

  /**
   * Steps that may be in a data race with an earlier one, if nothing orders them but what they do themselves, and
   * the locks that its task has in hand after it and they had before.
   */
  suspects(step: Step): StepSet {
    const all = this.#suspectsOf(step.profile), { ownAfter } = step;
    if (ownAfter.length === 0) return all;
    const row = this.#ownSuspects[step.id] ??= emptyRow();
    if (row.count === this.#steps.length) return row.set;
    row.count = this.#steps.length;
    row.set = roomFor(row.set, all.length);
    row.set.set(all);
    for (const lock of ownAfter) removeFrom(row.set, this.inside(lock));
    return row.set;
  }

  #suspectsOf(earlier: Profile): StepSet {
    const row = this.#suspects[earlier.group] ??= emptyRow();
    return row.count === this.#steps.length ? row.set : this.#extendSuspects(row, earlier);
  }

  #extendSuspects(row: Row, earlier: Profile): StepSet {
    const answers = this.#races.of(earlier.group, this.#groupsEnd);
    for (; row.count < this.#steps.length; row.count++) {
      const group = this.#groups[row.count] as number;
      if (answers[group] === 0) {
        const { profile, kind } = this.#steps[row.count] as Step;
        answers[group] = mayRace(profile, earlier, kind.hasNear) ? YES : NO;
      }
      if (answers[group] === YES) row.set = withStep(row.set, row.count);
    }
    return row.set;
  }

  /** Steps that waited for a condition that may cease to hold, and that an earlier one of the kind may change. */
  waiters(kind: Kind): StepSet {
    const row = this.#waiters[kind.id] ??= emptyRow();
    return row.count === this.#steps.length ? row.set : this.#extendWaiters(row, kind);
  }

  #extendWaiters(row: Row, earlier: Kind): StepSet {
    for (; row.count < this.#steps.length; row.count++) {
      const { kind: { waited } } = this.#steps[row.count] as Step;
      if (this.isAltered(earlier, waited)) row.set = withStep(row.set, row.count);
    }
    return row.set;
  }

  /**
   * Steps with which an earlier one may race, or that keep a lock of which it was a section: the 32 from `row` on.
   */
  reversibleIn(row: number, { kind, heldBefore, ownBefore, ownAfter }: Step): number {
    const inside = this.#inside;
    const races = (this.dependents(kind)[row] ?? 0) & ~rowOf(this.#standing, heldBefore, row) &
      ~rowOf(inside, ownBefore, row) & ~rowOf(inside, ownAfter, row);
    return races | (this.waiters(kind)[row] ?? 0) | rowOf(this.#keeping, kind.sections, row);
  }

  /** Those of {@link suspects} that are among the 32 from `row` on. */
  suspectsIn(row: number, { profile, ownAfter }: Step): number {
    return (this.#suspectsOf(profile)[row] ?? 0) & ~rowOf(this.#inside, ownAfter, row);
  }

  /** Steps of the task. */
  ofTask(task: number): StepSet {
    return this.#ofTask[task] ?? NO_STEPS;
  }

  /** Is one of the steps in `bits`, those of 32 from `row` on, of one of the tasks? */
  isOfTasks(row: number, bits: number, tasks: number): boolean {
    for (let rest = tasks; rest !== 0; rest &= rest - 1) {
      const own = this.#ofTask[lowest(rest)];
      if (own !== undefined && (bits & (own[row] ?? 0)) !== 0) return true;
    }
    return false;
  }

  /** Do the tasks take one of the steps in `set` from `node` on? */
  isTaken({ rows, start, count }: Node, set: StepSet, tasks: number): boolean {
    for (let row = 0; row < Math.min(set.length, count); row++) {
      const bits = (set[row] as number) & (rows[start + row] as number);
      if (bits !== 0 && this.isOfTasks(row, bits, tasks)) return true;
    }
    return false;
  }

  /** Steps whose task stood before the lock. */
  standing(lock: number): StepSet {
    return this.#standing.get(lock) ?? NO_STEPS;
  }

  /** Steps whose task had the lock alone before them. */
  inside(lock: number): StepSet {
    return this.#inside.get(lock) ?? NO_STEPS;
  }

  /** Tasks that nobody makes without having the lock alone, as a mask. */
  madeInside(lock: number): number {
    return this.#madeInside.get(lock) ?? 0;
  }

  /** Steps that ended with the lock in hand. */
  keeping(lock: number): StepSet {
    return this.#keeping.get(lock) ?? NO_STEPS;
  }

  /** Steps that took the lock and gave it back. */
  entering(lock: number): StepSet {
    return this.#entering.get(lock) ?? NO_STEPS;
  }

  #add(step: Step): Step {
    const { id, task, lockWord, ownBefore, heldAfter, kind, profile } = step;
    this.#steps.push(step);
    const group = profile.group << 1 | (kind.hasNear ? 1 : 0);
    this.#groups.push(group);
    this.#groupsEnd = Math.max(this.#groupsEnd, group + 1);
    this.#kindsEnd = Math.max(this.#kindsEnd, kind.id + 1);
    this.#ofTask[task] = withStep(this.ofTask(task), id);
    addTo(this.#standing, lockWord, id);
    for (const lock of ownBefore) addTo(this.#inside, lock, id);
    if (step.spawned !== 0) this.#addMade(step);
    for (const lock of heldAfter) addTo(this.#keeping, lock, id);
    for (const lock of kind.sections) addTo(this.#entering, lock, id);
    return step;
  }

  /** The step makes tasks: some for the first time, some maybe under other locks than before. */
  #addMade({ spawned, ownBefore }: Step): void {
    const isNew = spawned & ~this.#made;
    this.#made |= spawned;
    for (const lock of ownBefore) this.#madeInside.set(lock, this.madeInside(lock) | isNew);
    for (const [lock, tasks] of this.#madeInside) {
      if (!ownBefore.includes(lock)) this.#madeInside.set(lock, tasks & ~spawned);
    }
  }
}

/** The steps that the sets of one of the locks have, the 32 from `row` on. */
function rowOf(sets: ReadonlyMap<number, StepSet>, locks: readonly number[], row: number): number {
  let bits = 0;
  for (let at = 0; at < locks.length; at++) bits |= sets.get(locks[at] as number)?.[row] ?? 0;
  return bits;
}

function addTo(sets: Map<number, StepSet>, key: number, id: number): void {
  sets.set(key, withStep(sets.get(key) ?? NO_STEPS, id));
}

function emptyRow(): Row {
  return { set: NO_STEPS, count: 0 };
}

function depends(later: Kind, earlier: Kind): boolean {
  return (later.folded & earlier.folded) !== 0 && dependence(later.sets, earlier.sets) !== APART;
}

function mayRace(later: Profile, earlier: Profile, turns: boolean): boolean {
  const need = needFor(later, earlier, turns);
  if (need === null) return false;
  const { start, end } = need;
  let place = 0;
  for (let at = 0; at < earlier.releases.length; at += 2) {
    if (!later.acquires.includes(earlier.releases[at] as number)) continue;
    place = Math.max(place, earlier.releases[at + 1] as number);
  }
  return end > place || start > (later.acquiresFirst ? place : 0);
}
