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

/** Of an earlier profile: the steps that may race with it, by task how many were looked at. */
interface Suspects {
  set: StepSet;
  readonly counts: number[];
}

/** Answers to questions about two small numbers, each asked once. */
class Answers {
  /** By the one and the other: 0 if it was not asked, 1 for no, 2 for yes. */
  readonly #rows: Uint8Array[] = [];

  of(one: number, other: number, ask: () => boolean): boolean {
    let row = this.#rows[one];
    if (row === undefined || other >= row.length) {
      const longer = new Uint8Array(Math.max(128, 2 * other));
      longer.set(row ?? []);
      row = this.#rows[one] = longer;
    }
    if (row[other] === 0) row[other] = ask() ? 2 : 1;
    return row[other] === 2;
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
  /** By the earlier kind and the later one: does the later one depend on it? */
  readonly #depends = new Answers();
  /** The same of groups of profiles: may there be a race? */
  readonly #races = new Answers();
  readonly #waiters: Row[] = [];
  /** By task: its steps. By word of a lock: those that stood before it; kept it; took it and gave it back. */
  readonly #ofTask: StepSet[] = [];
  readonly #own: Step[][] = [];
  readonly #standing = new Map<number, StepSet>();
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
    if (row.count < this.#steps.length) {
      this.#extend(
        row,
        ({ kind: later }) => this.#depends.of(kind.id, later.id, () => depends(later, kind)),
      );
    }
    return row.set;
  }

  /** Steps that depend on an earlier `step` and did not stand before a lock that was held then. */
  reversible(step: Step): StepSet {
    const all = this.dependents(step.kind), { heldBefore } = step;
    if (heldBefore.length === 0) return all;
    const row = this.#reversible[step.id] ??= emptyRow();
    if (row.count === this.#steps.length) return row.set;
    row.count = this.#steps.length;
    row.set = roomFor(row.set, all.length);
    row.set.set(all);
    for (const lock of heldBefore) removeFrom(row.set, this.standing(lock));
    return row.set;
  }

  /**
   * Steps of the tasks that may be in a data race with an earlier one, if nothing orders them but what they
   * do themselves.
   */
  suspects({ profile: earlier }: Step, tasks: number): StepSet {
    const row = this.#suspects[earlier.group] ??= { set: NO_STEPS, counts: [] }, { counts } = row;
    for (let rest = tasks; rest !== 0; rest &= rest - 1) {
      const task = 31 - Math.clz32(rest & -rest), own = this.#own[task] ?? [];
      for (let at = counts[task] ?? 0; at < own.length; at++) {
        const { id, profile, kind: { hasNear } } = own[at] as Step;
        const pair = profile.group << 1 | (hasNear ? 1 : 0);
        if (this.#races.of(earlier.group, pair, () => mayRace(profile, earlier, hasNear))) {
          row.set = withStep(row.set, id);
        }
      }
      counts[task] = own.length;
    }
    return row.set;
  }

  /** Steps that waited for a condition that may cease to hold, and that an earlier one of the kind may change. */
  waiters(kind: Kind): StepSet {
    const row = this.#waiters[kind.id] ??= emptyRow();
    if (row.count < this.#steps.length) {
      this.#extend(
        row,
        ({ kind: { waited } }) => this.isAltered(kind, waited),
      );
    }
    return row.set;
  }

  /** Steps of the task. */
  ofTask(task: number): StepSet {
    return this.#ofTask[task] ?? NO_STEPS;
  }

  /** Steps whose task stood before the lock. */
  standing(lock: number): StepSet {
    return this.#standing.get(lock) ?? NO_STEPS;
  }

  /** Steps that ended with the lock in hand. */
  keeping(lock: number): StepSet {
    return this.#keeping.get(lock) ?? NO_STEPS;
  }

  /** Steps that took the lock and gave it back. */
  entering(lock: number): StepSet {
    return this.#entering.get(lock) ?? NO_STEPS;
  }

  #extend(row: Row, holds: (later: Step) => boolean): void {
    for (; row.count < this.#steps.length; row.count++) {
      const later = this.#steps[row.count] as Step;
      if (holds(later)) row.set = withStep(row.set, later.id);
    }
  }

  #add(step: Step): Step {
    const { id, task, lockWord, heldAfter, kind } = step;
    this.#steps.push(step);
    (this.#own[task] ??= []).push(step);
    this.#ofTask[task] = withStep(this.ofTask(task), id);
    this.#standing.set(lockWord, withStep(this.standing(lockWord), id));
    for (const lock of heldAfter) this.#keeping.set(lock, withStep(this.keeping(lock), id));
    for (const lock of kind.sections) this.#entering.set(lock, withStep(this.entering(lock), id));
    return step;
  }
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
