/** How a search moves along its path: forwards step by step, and back to where it turns. */
import type { Execution } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import type { Footprint } from "../footprint.ts";
import { copyFootprint, noteRead } from "../observe.ts";
import { NONE } from "./intervals.ts";
import { type Kind, WordNumbers } from "./kind.ts";
import { NOWHERE, type StoodBefore } from "./order.ts";
import { recordPeeks } from "../objects.ts";
import { LOCK, type TaskState, WAIT } from "../task.ts";
import type { Visit } from "../tape/guards.ts";
import type { Place } from "../tape/place.ts";
import type { Variant } from "../tape/uses.ts";
import type { Way } from "../tape/way.ts";

/** A hash of a state, in two lanes. */
export interface StateKey {
  readonly low: number;
  readonly high: number;
}

/** The first 53 bits of a key, to look it up; the rest of it has to agree. */
export function firstBits({ low, high }: StateKey): number {
  return (low >>> 0) * 0x20_0000 + (high >>> 11);
}

/** Hears of what steps do to memory, forwards and back. */
export interface Listener {
  /** The path is empty. */
  begin(): void;
  /** The next step of the path begins. */
  beginStep(): void;
  /** The path has no more than `depth` steps. */
  backTo(depth: number): void;
  /** A word that is alive changed. */
  change(address: number, before: number, after: number): void;
  /** An object came to be, with these words. */
  allocate(base: number, words: Int32Array): void;
  /** An object of `size` words at `base` is freed; they are in `words` as they were last. */
  free(base: number, words: Int32Array, size: number): void;
}

/** The steps of one execution, the last ones of which can be taken back. */
export interface Stepper {
  /** Takes back all steps but the first `depth`. */
  backTo(depth: number): void;
  /** The numbers of the words in the kinds that it answers. */
  readonly numbers: WordNumbers;
  /**
   * A search begins, on which what was learned before has no claim. With `leavesRaces` it sees to data races by
   * itself, and the sanitizers need not hear of what could be one.
   */
  begin(leavesRaces?: boolean): void;
  /** Runs a step of `task`, which stood before `stood`; answers the fault that it ended in, if it did. */
  step(task: number, stood: StoodBefore): KernelFault | undefined;
  /** What the step that has just run did to words that tasks share. */
  kind(): Kind;
  /** What it did to other words: reads and writes. */
  rest(): Footprint;
  /** How many different steps it keeps. */
  size(): number;
  /** Equal for tasks that stand in the same places; null where places are not known. */
  standing(): string | null;
  /** By task: where it stands; null where places are not known. */
  places(): readonly Place[] | null;
  /** How the step at `depth` went; null where steps are not told apart. */
  variantAt(depth: number): Variant | null;
  /** Visits the operations of `way`, which is that of a variant. */
  visit(way: Way, visit: Visit): void;
  /** Tells `listener` of all steps, as far as they are known by tapes; the path is empty. */
  tell(listener: Listener): void;
  /** Keeps what `state` answers, or no more; with `on` it takes back all steps. */
  keepState(on: boolean): void;
  /** A hash of all that what follows depends on; null where it is not kept. Read it at once. */
  state(): StateKey | null;
  /** Could there be a circle in the order of locks, as far as is known of the steps so far? */
  hasCircles(): boolean;
  /** Have the sanitizers had nothing to hear, as far as anybody can tell? */
  isQuiet(): boolean;
  /** Is all that `task` does from here on ordered after the step at `depth`, as far as the race check knows? */
  isOrdered(task: number, depth: number): boolean;
  /** Sees to it that the words count as shared. */
  share(words: readonly number[]): void;
  /** A number that grows when a word comes to be shared: then the present path is to be run again. */
  sharing(): number;
}

/** By word of a lock: what stands before it. */
const beforeLocks = new Map<number, StoodBefore>();

/** What `task` stands before. */
export function stoodBefore(task: TaskState): StoodBefore {
  if (task.pending === WAIT) {
    return { lockWord: NONE, waited: recordPeeks(task.ready).words, stays: task.stays };
  }
  if (task.pending !== LOCK) return NOWHERE;
  let stood = beforeLocks.get(task.word);
  if (stood === undefined) {
    stood = { lockWord: task.word, waited: undefined, stays: false };
    beforeLocks.set(task.word, stood);
  }
  return stood;
}

const NOTHING = new Int32Array(0);

/** Runs the kernel code of each step, and again all of them to come back to an earlier one. */
export class LiveStepper implements Stepper {
  readonly numbers: WordNumbers;
  readonly #execution: Execution;
  #kind: Kind | null = null;

  constructor(execution: Execution, numbers = new WordNumbers()) {
    this.#execution = execution;
    this.numbers = numbers;
  }

  begin(): void {}

  backTo(depth: number): void {
    const path = this.#execution.schedule();
    this.#execution.begin();
    // They went well the first time.
    for (let at = 0; at < depth; at++) this.#execution.step(path[at] as number);
  }

  step(task: number, { waited, stays }: StoodBefore): KernelFault | undefined {
    const fault = this.#execution.step(task);
    for (const word of waited ?? []) noteRead(word);
    this.#kind = this.numbers.kind(copyFootprint(), stays ? undefined : waited);
    return fault;
  }

  kind(): Kind {
    if (this.#kind === null) throw new Error("Cannot tell of a step: none has run");
    return this.#kind;
  }

  rest(): Footprint {
    return NOTHING;
  }

  size(): number {
    return 0;
  }

  standing(): null {
    return null;
  }

  places(): null {
    return null;
  }

  variantAt(): null {
    return null;
  }

  visit(): void {}

  tell(): void {}

  keepState(): void {}

  state(): null {
    return null;
  }

  hasCircles(): boolean {
    return true;
  }

  isQuiet(): boolean {
    return false;
  }

  isOrdered(): boolean {
    return false;
  }

  share(): void {}

  sharing(): number {
    return 0;
  }
}
