/** How a search moves along its path: forwards step by step, and back to where it turns. */
import type { Execution } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import type { Footprint } from "../footprint.ts";
import { copyFootprint } from "../observe.ts";

/** The steps of one execution, the last ones of which can be taken back. */
export interface Stepper {
  /** Takes back all steps but the first `depth`. */
  backTo(depth: number): void;
  /** Runs a step of `task`, and answers the fault that it ended in, if it did. */
  step(task: number): KernelFault | undefined;
  /** What the step that has just run touched of the words that tasks share, to keep. */
  footprint(): Footprint;
  /** What it touched of other words. */
  rest(): Footprint;
  /** Sees to it that the words count as shared. */
  share(words: readonly number[]): void;
  /** A number that grows when a word comes to be shared: then the present path is to be run again. */
  sharing(): number;
}

const NOTHING = new Int32Array(0);

/** Runs the kernel code of each step, and again all of them to come back to an earlier one. */
export class LiveStepper implements Stepper {
  readonly #execution: Execution;

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  backTo(depth: number): void {
    const path = this.#execution.schedule();
    this.#execution.begin();
    // They went well the first time.
    for (let at = 0; at < depth; at++) this.#execution.step(path[at] as number);
  }

  step(task: number): KernelFault | undefined {
    return this.#execution.step(task);
  }

  footprint(): Footprint {
    return copyFootprint();
  }

  rest(): Footprint {
    return NOTHING;
  }

  share(): void {}

  sharing(): number {
    return 0;
  }
}
