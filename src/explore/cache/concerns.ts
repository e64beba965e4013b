/**
 * Which steps on a path can have anything to do with what was done from a known state on, as far as the
 * steps alone tell. Most have not, and are left alone for it.
 *
 * This is asked of some fifty steps each time a path comes to a known state, so it is turned round: for
 * each step that was done later the earlier ones are kept, and for the state these are joined once.
 */
import type { Node } from "./node.ts";
import type { Relations } from "./relations.ts";
import type { Step } from "./step.ts";
import { hasStep, NO_STEPS, type StepSet, withStep, withSteps } from "./step_set.ts";

/** What concerns what. */
export class Concerns {
  readonly #relations: Relations;
  /** By step: earlier ones with which it may race, data races included, or which a lock that it keeps held up. */
  readonly #earlier: StepSet[] = [];
  /** By step: how many steps there were when it was entered above as the earlier one. */
  readonly #entered: number[] = [];
  /** By task: what concerns its steps from the state on. */
  readonly #ofTask: StepSet[] = [];

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
    const relations = this.#relations, { size } = relations;
    for (let row = before >> 5; row << 5 < size; row++) {
      let bits = relations.concernedIn(row, step);
      if (row === before >> 5) bits &= -1 << (before & 31);
      for (; bits !== 0; bits &= bits - 1) {
        const later = (row << 5) + 31 - Math.clz32(bits & -bits);
        this.#earlier[later] = withStep(this.#earlier[later] ?? NO_STEPS, step.id);
      }
    }
    this.#entered[step.id] = size;
  }

  /** The path, whose steps were entered, has come to the state of `node`. */
  arrive({ rows, start, count, tasks }: Node): void {
    for (let rest = tasks; rest !== 0; rest &= rest - 1) {
      const task = 31 - Math.clz32(rest & -rest), own = this.#relations.ofTask(task);
      let all = (this.#ofTask[task] ?? NO_STEPS).fill(0);
      for (let at = 0; at < Math.min(own.length, count); at++) {
        let bits = (own[at] as number) & (rows[start + at] as number);
        for (; bits !== 0; bits &= bits - 1) {
          all = withSteps(
            all,
            this.#earlier[(at << 5) + 31 - Math.clz32(bits & -bits)] ?? NO_STEPS,
          );
        }
      }
      this.#ofTask[task] = all;
    }
  }

  /** Does the step concern what one of the `tasks`, which go on from there, does from there on? */
  has({ id }: Step, tasks: number): boolean {
    for (let rest = tasks; rest !== 0; rest &= rest - 1) {
      if (hasStep(this.#ofTask[31 - Math.clz32(rest & -rest)] as StepSet, id)) return true;
    }
    return false;
  }
}
