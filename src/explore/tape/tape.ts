/**
 * A tape: what one step of a task did, so that it can be done again without running its code.
 *
 * A task is a deterministic function of what it reads (its threads keep no state outside the
 * kernel's memory). So while a step runs, the tape notes what it read from elsewhere, what it wrote,
 * and what there is to tell the sanitizers and the search, in order; neither hears of it while the
 * tape runs. See `store.ts` for what is made of it, `uses.ts` for the search, and `doubts.ts` and
 * `play.ts` for the sanitizers.
 *
 * Without a tape each of the places that speak to it costs a comparison.
 */
import type { History } from "./history.ts";

/** What a step told the sanitizers and the search: operations on a word or an object. */
export const TOUCH = 0, ALLOCATE = 1, FREE = 2, TAKE = 3, GIVE = 4, CHANGE = 5, HAND_ON = 6;
export const SYNC = 7, READS = 8, USES = 9, HARDWARE = 10, ACQUISITION = 11;

/** Operations that order tasks. */
export const RELEASE = 12, ACQUIRE = 13, KEEP = 14, OBSERVE = 15, SPAWN = 16, ENTER = 17;
export const LEAVE = 18, TAKEN = 19, PERIOD = 20, WAITS = 21, WAKES = 22;

/** What the sanitizers hear of ALLOCATE and FREE: an object came to be; a word of one was freed. */
export const START = 23, STORED = 24;

/** Does a list follow the operation, with its length for the last number? */
export function hasList(code: number): boolean {
  return code === KEEP || code === TAKEN || code === WAITS;
}

/** What a step read: a word, how an object's storage stands, or which tasks there are. */
export const WORD = 0, STATE = 1, TASKS = 2;

/** The step cannot be done again from a tape; the search has to do without. */
export class Unrecordable extends Error {
  override readonly name = "Unrecordable";
}

/** The tape that runs, if one does. */
export let tape: Tape | null = null;

/** Starts or stops a tape. */
export function recordTape(next: Tape | null): void {
  tape = next;
}

/** Does a copy of a task run, that must do nothing to others? */
export let isRepeating = false;

/** Switches off what a task does to others, while a copy of it is brought to where the task was. */
export function repeatAlone(on: boolean): void {
  isRepeating = on;
}

/** By word or base address: the number of the step that read it, wrote it, asked for its storage. */
let readIn = new Int32Array(0), writtenIn = new Int32Array(0), askedIn = new Int32Array(0);
let step = 0;

/** The notes of one step. */
export class Tape {
  /** Operations: a code, its subject, and a number or a list with its length before it. */
  readonly ops: number[] = [];
  /** What was read and is not of this step's making, in order: kind, subject, value. */
  readonly inputs: number[] = [];
  /** The words that were written, and what was in them before. */
  readonly outputs: number[] = [];
  readonly before: number[] = [];
  /** Base addresses of the storage that was got, and that was given back. */
  readonly allocated: number[] = [];
  readonly freed: number[] = [];
  /** Ids of the tasks that were made. */
  readonly spawned: number[] = [];
  /** Lines for the kernel log. */
  readonly log: string[] = [];
  readonly history: History;
  readonly #words: Int32Array;
  #hasAskedTasks = false;

  /** A tape for a step in `words` of a task with `history`, which the tape goes on with. */
  constructor(words: Int32Array, history: History) {
    if (readIn.length < words.length) {
      [readIn, writtenIn, askedIn] = [readIn, writtenIn, askedIn].map(() =>
        new Int32Array(words.length)
      ) as [Int32Array<ArrayBuffer>, Int32Array<ArrayBuffer>, Int32Array<ArrayBuffer>];
    }
    step++;
    this.#words = words;
    this.history = history;
    // Where its code stands is part of what a task knows, also when it reads nothing on its way.
    history.mix(1);
  }

  /** Notes an operation. */
  op(code: number, subject: number, more = 0): void {
    this.ops.push(code, subject, more);
  }

  /** Notes an operation that comes with a list. */
  opWith(code: number, subject: number, list: readonly number[]): void {
    this.ops.push(code, subject, list.length, ...list);
  }

  /** The step is about to read the word. */
  reads(address: number): void {
    this.looksAt(address);
    this.history.mixWord(address, this.#words[address] as number);
  }

  /** The step is about to read the word, of which its task will know no more than it says by `knows`. */
  looksAt(address: number): void {
    if (readIn[address] === step || writtenIn[address] === step) return;
    readIn[address] = step;
    this.inputs.push(WORD, address, this.#words[address] as number);
  }

  /** The task knows `value` from now on. */
  knows(value: number): void {
    this.history.mix(value);
  }

  /** The step is about to write the word. */
  writes(address: number): void {
    if (writtenIn[address] === step) return;
    writtenIn[address] = step;
    this.outputs.push(address);
    this.before.push(this.#words[address] as number);
  }

  /** The step asks how the storage of the object at `base` stands. */
  asks(base: number, state: number): void {
    if (askedIn[base] === step) return;
    askedIn[base] = step;
    this.history.nameless?.uses(base);
    this.inputs.push(STATE, base, state);
  }

  /** The step asks which tasks there are: those in `mask`. */
  asksTasks(mask: number): void {
    let others = mask;
    for (const mine of this.spawned) others &= ~(1 << mine);
    this.history.mixTasks(others);
    if (this.#hasAskedTasks) return;
    this.#hasAskedTasks = true;
    this.inputs.push(TASKS, 0, others);
  }

  /** The step got the storage of `size` words at `base`. */
  allocates(base: number, size: number): void {
    this.op(ALLOCATE, base, size);
    this.allocated.push(base);
    askedIn[base] = step;
    for (let address = base; address < base + size; address++) {
      readIn[address] = writtenIn[address] = step;
    }
  }
}
