/**
 * Which steps depend on which, may race with which, and what they do to locks: facts about pairs of steps,
 * whatever path they are on, each worked out once. Steps of one task are after each other anyway, so it
 * does not matter what is said of those.
 */
import { APART, dependence, type Kind, type WordNumbers } from "../search/kind.ts";
import { needOf, type Profile, wordsInConflict } from "../tape/profile.ts";
import type { Variant } from "../tape/uses.ts";
import { type Step, stepOf } from "./step.ts";
import { NO_STEPS, removeFrom, roomFor, type StepSet, withStep } from "./step_set.ts";

/** The steps of which something is true, as far as steps were looked at. */
interface Row {
  set: StepSet;
  /** How many were. */
  count: number;
}

/** Of an earlier profile: the steps that may race with it, how many, and by task how many were looked at. */
interface Suspects {
  set: StepSet;
  size: number;
  readonly counts: number[];
  /** How many steps there were when all of the tasks in the mask had been looked at. */
  of: number;
  tasks: number;
}

/** Of an earlier step: those that may race with it, out of so many of which that may be said of its profile. */
interface OwnSuspects {
  set: StepSet;
  of: number;
}

/** Answers to questions about two small numbers. */
class Answers {
  /** By the one and the other: 0 if it is not known, 1 for no, 2 for yes. */
  readonly #rows: Uint8Array[] = [];

  get(one: number, other: number): boolean | undefined {
    const answer = this.#rows[one]?.[other] ?? 0;
    return answer === 0 ? undefined : answer === 2;
  }

  /** Keeps the answer, and answers it. */
  keep(one: number, other: number, answer: boolean): boolean {
    let row = this.#rows[one];
    if (row === undefined || other >= row.length) {
      const longer = new Uint8Array(Math.max(128, 2 * other));
      if (row !== undefined) longer.set(row);
      row = this.#rows[one] = longer;
    }
    row[other] = answer ? 2 : 1;
    return answer;
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
  readonly #suspects: Suspects[] = [];
  readonly #ownSuspects: OwnSuspects[] = [];
  /** By the earlier kind and the later one: does the later one depend on it? */
  readonly #depends = new Answers();
  /** The same of groups of profiles: may there be a race? */
  readonly #races = new Answers();
  readonly #waiters: Row[] = [];
  /** By task: its steps. By word of a lock: those that stood before it; had it alone; kept it; took it and gave it back. */
  readonly #ofTask: StepSet[] = [];
  readonly #own: Step[][] = [];
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

  #extendDependents(row: Row, kind: Kind): StepSet {
    return this.#extend(row, ({ kind: later }) => this.#dependsOn(later, kind));
  }

  #dependsOn(later: Kind, earlier: Kind): boolean {
    return this.#depends.get(earlier.id, later.id) ??
      this.#depends.keep(earlier.id, later.id, depends(later, earlier));
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
   * Steps of the tasks that may be in a data race with an earlier one, if nothing orders them but what they do
   * themselves, and the locks that its task has in hand after it and they had before.
   */
  suspects(step: Step, tasks: number): StepSet {
    const all = this.#suspectsOf(step.profile, tasks), { ownAfter } = step;
    if (ownAfter.length === 0) return all.set;
    const own = this.#ownSuspects[step.id] ??= { set: NO_STEPS, of: 0 };
    if (own.of === all.size) return own.set;
    own.of = all.size;
    own.set = roomFor(own.set, all.set.length);
    own.set.set(all.set);
    for (const lock of ownAfter) removeFrom(own.set, this.inside(lock));
    return own.set;
  }

  #suspectsOf(earlier: Profile, tasks: number): Suspects {
    const row = this.#suspects[earlier.group] ??= noSuspects();
    const isKnown = row.of === this.#steps.length && (tasks & ~row.tasks) === 0;
    return isKnown ? row : this.#extendSuspects(row, earlier, tasks);
  }

  #extendSuspects(row: Suspects, earlier: Profile, tasks: number): Suspects {
    const { counts } = row;
    row.tasks = row.of === this.#steps.length ? row.tasks | tasks : tasks;
    row.of = this.#steps.length;
    for (let rest = tasks; rest !== 0; rest &= rest - 1) {
      const task = 31 - Math.clz32(rest & -rest), own = this.#own[task] ?? [];
      for (let at = counts[task] ?? 0; at < own.length; at++) {
        const { id, profile, kind: { hasNear } } = own[at] as Step;
        if (!this.#mayRace(profile, earlier, hasNear)) continue;
        row.set = withStep(row.set, id);
        row.size++;
      }
      counts[task] = own.length;
    }
    return row;
  }

  #mayRace(later: Profile, earlier: Profile, turns: boolean): boolean {
    const pair = later.group << 1 | (turns ? 1 : 0);
    return this.#races.get(earlier.group, pair) ??
      this.#races.keep(earlier.group, pair, mayRace(later, earlier, turns));
  }

  /** Steps that waited for a condition that may cease to hold, and that an earlier one of the kind may change. */
  waiters(kind: Kind): StepSet {
    const row = this.#waiters[kind.id] ??= emptyRow();
    return row.count === this.#steps.length ? row.set : this.#extendWaiters(row, kind);
  }

  #extendWaiters(row: Row, kind: Kind): StepSet {
    return this.#extend(row, ({ kind: { waited } }) => this.isAltered(kind, waited));
  }

  /** Steps of the task. */
  ofTask(task: number): StepSet {
    return this.#ofTask[task] ?? NO_STEPS;
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

  #extend(row: Row, holds: (later: Step) => boolean): StepSet {
    for (; row.count < this.#steps.length; row.count++) {
      const later = this.#steps[row.count] as Step;
      if (holds(later)) row.set = withStep(row.set, later.id);
    }
    return row.set;
  }

  #add(step: Step): Step {
    const { id, task, lockWord, ownBefore, heldAfter, kind } = step;
    this.#steps.push(step);
    (this.#own[task] ??= []).push(step);
    this.#ofTask[task] = withStep(this.ofTask(task), id);
    this.#standing.set(lockWord, withStep(this.standing(lockWord), id));
    for (const lock of ownBefore) this.#inside.set(lock, withStep(this.inside(lock), id));
    if (step.spawned !== 0) this.#addMade(step);
    for (const lock of heldAfter) this.#keeping.set(lock, withStep(this.keeping(lock), id));
    for (const lock of kind.sections) this.#entering.set(lock, withStep(this.entering(lock), id));
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

function noSuspects(): Suspects {
  return { set: NO_STEPS, size: 0, counts: [], of: 0, tasks: 0 };
}

function emptyRow(): Row {
  return { set: NO_STEPS, count: 0 };
}

function depends(later: Kind, earlier: Kind): boolean {
  return (later.folded & earlier.folded) !== 0 && dependence(later.sets, earlier.sets) !== APART;
}

function mayRace(later: Profile, earlier: Profile, turns: boolean): boolean {
  if (!wordsInConflict(later.sets, earlier.sets, turns)) return false;
  const { start, end } = needOf(later, earlier, turns);
  if (start === 0 && end === 0) return false;
  let place = 0;
  for (let at = 0; at < earlier.releases.length; at += 2) {
    if (!later.acquires.includes(earlier.releases[at] as number)) continue;
    place = Math.max(place, earlier.releases[at + 1] as number);
  }
  return end > place || start > (later.acquiresFirst ? place : 0);
}
