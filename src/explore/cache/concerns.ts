/**
 * Which steps on a path can have anything to do with what was done from a known state on, as far as the
 * steps alone tell. Most have not, and are left alone for it.
 *
 * This is asked of some fifty steps each time a path comes to a known state, so it is turned round: for
 * each step that was done later the earlier ones are kept, and for the state these are joined once.
 */
import { lowest } from "../search/bits.ts";
import type { Node } from "./node.ts";
import type { Relations } from "./relations.ts";
import type { Step } from "./step.ts";
import { hasStep, NO_STEPS, type StepSet, withStep, withSteps } from "./step_set.ts";

/** What concerns what. */
export class Concerns {
  readonly #relations: Relations;
  /** By step: earlier ones with which it may race, or which a lock that it keeps held up. */
  readonly #reversible: StepSet[] = [];
  /** By step: earlier ones with which it may be in a data race. */
  readonly #suspects: StepSet[] = [];
  /** By step: how many steps there were when it was entered above as the earlier one. */
  readonly #entered: number[] = [];
  /** By task: the two of all its steps from the state on. */
  readonly #reversibleOf: StepSet[] = [];
  readonly #suspectsOf: StepSet[] = [];

  constructor(relations: Relations) {
    this.#relations = relations;
  }

  /** The step is on a path that comes to a state from which steps with ids below `end` were taken. */
  enter(step: Step, end: number): void {
    const before = this.#entered[step.id] ?? 0;
    if (before < end) this.#enter(step, before);
  }

  /** Takes in the later steps from `before` on. */
  #enter(step: Step, before: number): void {
    const relations = this.#relations, { size } = relations, first = before >> 5;
    for (let row = first; row << 5 < size; row++) {
      const mask = row === first ? -1 << (before & 31) : -1;
      enterEach(this.#reversible, step.id, row, relations.reversibleIn(row, step) & mask);
      enterEach(this.#suspects, step.id, row, relations.suspectsIn(row, step) & mask);
    }
    this.#entered[step.id] = size;
  }

  /** The path, whose steps were entered, has come to the state of `node`. */
  arrive(node: Node): void {
    for (let rest = node.tasks; rest !== 0; rest &= rest - 1) {
      const task = lowest(rest);
      this.#reversibleOf[task] = this.#join(node, task, this.#reversible, this.#reversibleOf);
      this.#suspectsOf[task] = this.#join(node, task, this.#suspects, this.#suspectsOf);
    }
  }

  /** What concerns the steps of the task, in the set that is in `joined` for it or a longer one. */
  #join(
    { rows, start, count }: Node,
    task: number,
    earlier: readonly StepSet[],
    joined: readonly StepSet[],
  ): StepSet {
    const own = this.#relations.ofTask(task);
    let all = (joined[task] ?? NO_STEPS).fill(0);
    for (let row = 0; row < Math.min(own.length, count); row++) {
      let bits = (own[row] as number) & (rows[start + row] as number);
      for (; bits !== 0; bits &= bits - 1) {
        const more = earlier[(row << 5) + lowest(bits)];
        if (more !== undefined) all = withSteps(all, more);
      }
    }
    return all;
  }

  /** May one of the `tasks`, which go on from there, race with the step? */
  has(step: Step, tasks: number): boolean {
    return tasksWith(this.#reversibleOf, step, tasks) !== 0;
  }

  /** Those of the `tasks`, which go on from there, that may be in a data race with the step if nothing orders them. */
  suspects(step: Step, tasks: number): number {
    return tasksWith(this.#suspectsOf, step, tasks);
  }
}

/** Adds the earlier step to those of the later ones in `bits`, which are the 32 from `row` on. */
function enterEach(earlier: StepSet[], id: number, row: number, bits: number): void {
  for (let rest = bits; rest !== 0; rest &= rest - 1) {
    const later = (row << 5) + lowest(rest);
    earlier[later] = withStep(earlier[later] ?? NO_STEPS, id);
  }
}

function tasksWith(sets: readonly StepSet[], { id }: Step, tasks: number): number {
  let found = 0;
  for (let rest = tasks; rest !== 0; rest &= rest - 1) {
    const task = lowest(rest);
    if (hasStep(sets[task] as StepSet, id)) found |= 1 << task;
  }
  return found;
}
