/** What executions end in: each state is judged once, however many executions lead to it. */
import type { Execution } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import { hashNumber, hashState } from "../state_hash.ts";
import { machine } from "../task.ts";

/** How an execution ended: in a fault, or well in a state with a hash. */
export type Ending = { readonly fault: KernelFault } | {
  readonly fault?: never;
  readonly state: string;
};

/** The endings of one search. */
export class Endings {
  readonly #execution: Execution;
  /** By hash of the live memory; only of executions that left nobody waiting and nothing in the log. */
  readonly #known = new Map<number, Ending>();

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  /** Judges the execution under way, in which no task can go on. */
  judge(): Ending {
    if (!isPlain()) return this.#judge();
    const key = hashNumber();
    let ending = this.#known.get(key);
    if (ending === undefined) this.#known.set(key, ending = this.#judge());
    return ending;
  }

  #judge(): Ending {
    const fault = this.#execution.end();
    return fault === undefined ? { state: hashState() } : { fault };
  }
}

/** Does what a scenario can ask at the end depend on memory alone? */
function isPlain(): boolean {
  if (machine.log.length > 0) return false;
  for (const task of machine.tasks) if (task !== undefined && !task.finished) return false;
  return true;
}
