/**
 * The ways on from each place: what a step reads there, and for each way that this can come out,
 * what the step does.
 *
 * Numbers of all ways lie in a few long arrays, one behind the other: they are read in that order.
 */
import { grown } from "../journal.ts";
import { storageOf, words } from "../objects.ts";
import { machine } from "../task.ts";
import type { Place } from "./place.ts";
import { NO_PROFILE } from "./profile.ts";
import { STATE, type Tape, WORD } from "./tape.ts";
import { NO_USES } from "./uses.ts";
import type { Way } from "./way.ts";

/** No list: most ways have one that is empty. */
const NONE: readonly never[] = [];

/** A number in a branch: a kind of input and its subject. */
const KIND_BITS = 2, KIND_MASK = (1 << KIND_BITS) - 1;

/** All that is known of the ways of one scenario's tasks. */
export class Store {
  /** Operations, as in tape.ts. */
  ops = new Int32Array(1 << 14);
  #opsEnd = 0;
  /** What was read: kind, subject, value. */
  inputs = new Int32Array(1 << 13);
  #inputsEnd = 0;
  /** Words that are written, each with its value after the step. */
  outputs = new Int32Array(1 << 13);
  #outputsEnd = 0;
  /**
   * Branches of four numbers: what to read; a value; where to go on if it is read, negative for a
   * way; the branch for another value of the same.
   */
  #branches = new Int32Array(1 << 14);
  #branchesEnd = 4;
  readonly #ways: Way[] = [];

  /** How many ways there are. */
  get size(): number {
    return this.#ways.length;
  }

  /** The way on from `place` that fits memory as it is; null if none is known. */
  find({ root }: Place): Way | null {
    const branches = this.#branches;
    let at = root;
    while (at > 0) {
      const code = branches[at] as number;
      const value = (code & KIND_MASK) === WORD
        ? words[code >> KIND_BITS] as number
        : valueOf(code & KIND_MASK, code >> KIND_BITS);
      at = branches[value === branches[at + 1] ? at + 2 : at + 3] as number;
    }
    return at === 0 ? null : this.#ways[~at] as Way;
  }

  /** Makes what `tape` holds a way on from where the step started. */
  add(tape: Tape, rest: Pick<Way, NotOnTape>): Way {
    const ops = this.#opsEnd, inputs = this.#inputsEnd, outputs = this.#outputsEnd;
    this.#opsEnd += tape.ops.length;
    this.#inputsEnd += tape.inputs.length;
    this.#outputsEnd += 2 * tape.outputs.length;
    this.ops = roomFor(this.ops, this.#opsEnd);
    this.inputs = roomFor(this.inputs, this.#inputsEnd);
    this.outputs = roomFor(this.outputs, this.#outputsEnd);
    this.ops.set(tape.ops, ops);
    this.inputs.set(tape.inputs, inputs);
    for (let at = 0; at < tape.outputs.length; at++) {
      const address = tape.outputs[at] as number;
      this.outputs[outputs + 2 * at] = address;
      this.outputs[outputs + 2 * at + 1] = words[address] as number;
    }
    const way: Way = {
      ...rest,
      ops,
      opsEnd: this.#opsEnd,
      inputs,
      inputsEnd: this.#inputsEnd,
      outputs,
      outputsEnd: this.#outputsEnd,
      made: orNone(rest.made),
      freed: orNone(tape.freed),
      log: orNone(tape.log),
      spawned: orNone(rest.spawned),
      version: 0,
      uses: NO_USES,
      variants: [],
      profile: NO_PROFILE,
      checks: null,
    };
    this.#branch(way);
    return way;
  }

  /** Makes `way` known as one from its start on. */
  #branch(way: Way): void {
    const { inputs } = this, { start: place } = way, branches = this.#branches;
    const end = ~(this.#ways.push(way) - 1);
    let input = way.inputs, last = 0, at = place.root;
    while (at > 0 && input < way.inputsEnd) {
      if (branches[at] !== codeAt(inputs, input)) {
        throw new Error(`Cannot record ${place.state.name}: it reads something else than before`);
      }
      const isSame = branches[at + 1] === inputs[input + 2];
      if (isSame) input += 3;
      last = isSame ? at + 2 : at + 3;
      at = branches[last] as number;
    }
    const start = input === way.inputsEnd ? end : this.#branchesEnd;
    for (; input < way.inputsEnd; input += 3) this.#addBranch(input, end, way.inputsEnd);
    if (last === 0) place.root = start;
    else this.#branches[last] = start;
  }

  #addBranch(input: number, end: number, inputsEnd: number): void {
    const at = this.#branchesEnd, { inputs } = this;
    this.#branchesEnd += 4;
    const branches = this.#branches = roomFor(this.#branches, this.#branchesEnd);
    branches[at] = codeAt(inputs, input);
    branches[at + 1] = inputs[input + 2] as number;
    branches[at + 2] = input + 3 === inputsEnd ? end : at + 4;
    branches[at + 3] = 0;
  }
}

/** What a way is made of beside a tape. */
type NotOnTape =
  | "made"
  | "topBefore"
  | "topAfter"
  | "spawned"
  | "fault"
  | "start"
  | "end";

/** The list, or one that all empty ones share. */
function orNone<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NONE : list;
}

function codeAt(inputs: Int32Array, at: number): number {
  return (inputs[at + 1] as number) << KIND_BITS | (inputs[at] as number);
}

function roomFor(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  return length <= array.length ? array : grown(array, length);
}

function valueOf(kind: number, subject: number): number {
  return kind === STATE ? storageOf(subject) : tasksNow();
}

function tasksNow(): number {
  let mask = 0;
  for (const task of machine.tasks) if (task !== undefined) mask |= 1 << task.id;
  return mask;
}
