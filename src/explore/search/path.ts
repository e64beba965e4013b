/** A path whose steps are taken and taken back one at a time, with who sleeps at each depth of it. */
import type { Execution } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import type { Footprint } from "../footprint.ts";
import { stepperFor } from "../tape/choice.ts";
import { machine, type TaskState } from "../task.ts";
import type { Kind } from "./kind.ts";
import { Sleepers } from "./sleepers.ts";
import { type Stepper, stoodBefore } from "./stepper.ts";

/** A step: whose it was, what it did, and what it did with words that were not shared by then. */
interface Taken {
  readonly task: number;
  readonly kind: Kind;
  readonly rest: Footprint;
  readonly sharing: number;
}

/** A path from the beginning of an execution on. */
export class Path {
  readonly stepper: Stepper;
  readonly sleepers: Sleepers;
  readonly #taken: Taken[] = [];

  /** An empty path, which will have at most `maxDepth` steps; `leavesRaces` as for {@link Stepper.begin}. */
  constructor(execution: Execution, maxDepth: number, leavesRaces: boolean) {
    this.stepper = stepperFor(execution);
    this.sleepers = new Sleepers(maxDepth);
    this.stepper.begin(leavesRaces);
    this.stepper.backTo(0);
  }

  /** How many steps it has. */
  get length(): number {
    return this.#taken.length;
  }

  /** The tasks of its steps. */
  schedule(): number[] {
    return this.#taken.map(({ task }) => task);
  }

  /** Takes a step of `task`; answers the fault that it ended in, if it did. */
  take(task: number): KernelFault | undefined {
    const { stepper } = this, depth = this.length, before = stepper.sharing();
    stepper.backTo(depth);
    let fault = this.#step(task);
    if (before !== stepper.sharing()) fault = this.#takeAgain(task);
    const kind = stepper.kind(), sharing = stepper.sharing();
    this.#taken.push({ task, kind, rest: stepper.rest(), sharing });
    this.sleepers.carry(depth, task, kind, sharing, stepper.numbers);
    return fault;
  }

  /** Takes the last step back, with all explored that begins with it. */
  leave(): void {
    const taken = this.#taken.pop();
    if (taken === undefined) return;
    this.sleepers.put(this.length, taken.task, taken.kind, taken.rest, taken.sharing);
  }

  /** More words are shared than were: runs the path again, so that its steps tell of them, and then `task`. */
  #takeAgain(task: number): KernelFault | undefined {
    const { stepper } = this;
    stepper.backTo(0);
    for (const [depth, taken] of this.#taken.entries()) {
      this.#step(taken.task);
      const kind = stepper.kind(), sharing = stepper.sharing();
      this.#taken[depth] = { task: taken.task, kind, rest: stepper.rest(), sharing };
    }
    return this.#step(task);
  }

  #step(task: number): KernelFault | undefined {
    const stood = stoodBefore(machine.tasks[task] as TaskState);
    if (stood.waited !== undefined) this.stepper.share(stood.waited);
    return this.stepper.step(task, stood);
  }
}
