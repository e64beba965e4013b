/**
 * How a search over states goes from one to the next, and tells them apart.
 *
 * By tapes a task knows what the place where it stands says (tape/place.ts). Where there are none it
 * knows what it was told when it was started and the labels and values of its steps so far: those of
 * the words in a step's footprint before the step, since a word that a step wrote first is its own.
 */
import type { Execution } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import { LOOK, READ } from "../footprint.ts";
import { takeSnapshot } from "../memory.ts";
import { hashState } from "../state_hash.ts";
import { ownerOf, REGION_WORDS, STATIC_WORDS, TASK_LIMIT, words } from "../objects.ts";
import { touched, touchedCount, usedNow } from "../observe.ts";
import { stepperFor } from "../tape/choice.ts";
import { machine, type TaskState } from "../task.ts";
import { type Stepper, stoodBefore } from "./stepper.ts";

/** A walk from state to state, which has to know `K` of each. */
export interface Walk<K> {
  /** What it knows at the beginning. */
  start(): K;
  /** Goes where `path` leads, and answers how many steps it had to run. */
  goTo(path: readonly number[]): number;
  /** Runs a step of `task` from a state of which it knows `known`. */
  step(task: number, known: K): { readonly fault: KernelFault | undefined; readonly known: K };
  /** Equal for equal states: the one where it stands, of which it knows `known`. */
  key(known: K): string;
}

/** The tasks of the scenario cannot be followed by tapes. */
export class NoPlaces extends Error {
  override readonly name = "NoPlaces";
}

/** A walk by tapes: what two paths have in common at their beginnings is not run again. */
export class TapedWalk implements Walk<null> {
  readonly #stepper: Stepper;
  readonly #path: number[] = [];

  constructor(execution: Execution) {
    this.#stepper = stepperFor(execution);
    this.#stepper.begin();
    this.#stepper.backTo(0);
  }

  /** How many different steps it has on tapes. */
  get size(): number {
    return this.#stepper.size();
  }

  start(): null {
    return null;
  }

  goTo(path: readonly number[]): number {
    let common = 0;
    while (common < path.length && path[common] === this.#path[common]) common++;
    this.#stepper.backTo(common);
    this.#path.length = common;
    for (let at = common; at < path.length; at++) this.#run(path[at] as number);
    return path.length - common;
  }

  step(task: number): { readonly fault: KernelFault | undefined; readonly known: null } {
    return { fault: this.#run(task), known: null };
  }

  key(): string {
    const places = this.#stepper.standing();
    if (places === null) throw new NoPlaces("Cannot tell states apart: there are no tapes");
    return `${hashState()} ${places}`;
  }

  #run(task: number): KernelFault | undefined {
    const sharing = this.#stepper.sharing(), fault = this.#step(task);
    this.#path.push(task);
    if (sharing === this.#stepper.sharing()) return fault;
    // The sanitizers did not hear of the words that are shared now, which may be scheduling points.
    this.#stepper.backTo(0);
    let again: KernelFault | undefined;
    for (const earlier of this.#path) again = this.#step(earlier);
    return again;
  }

  #step(task: number): KernelFault | undefined {
    const stood = stoodBefore(machine.tasks[task] as TaskState);
    if (stood.waited !== undefined) this.#stepper.share(stood.waited);
    return this.#stepper.step(task, stood);
  }
}

/** By task: a hash of what it was told and saw, 0 before it exists. */
type Knowledge = Int32Array;

/** A walk by the code of the tasks, from the beginning to each state. */
export class LiveWalk implements Walk<Knowledge> {
  readonly #execution: Execution;

  constructor(execution: Execution) {
    this.#execution = execution;
    staticEnd = takeSnapshot().words.length;
  }

  start(): Knowledge {
    const threads = Object.keys(this.#execution.scenario.threads).length;
    return new Int32Array(TASK_LIMIT).map((_, task) => task < threads ? task + 1 : 0);
  }

  goTo(path: readonly number[]): number {
    this.#execution.begin();
    for (const task of path) this.#execution.step(task);
    return path.length;
  }

  step(
    task: number,
    known: Knowledge,
  ): { readonly fault: KernelFault | undefined; readonly known: Knowledge } {
    const knowledge = known.slice();
    return { fault: stepKnowing(this.#execution, task, knowledge), known: knowledge };
  }

  key(known: Knowledge): string {
    return keyOf(known);
  }
}

const before = new Int32Array(words.length);

/** Where the static region ends; tasks allocate in regions of their own. */
let staticEnd = 0;

/** Keeps what memory holds before a step. */
function copyMemory(): void {
  before.set(words.subarray(0, staticEnd));
  for (let task = 0; task < machine.tasks.length; task++) {
    const base = STATIC_WORDS + task * REGION_WORDS;
    if (ownerOf[base] !== 0) before.set(words.subarray(base, base + REGION_WORDS), base);
  }
}

/** Runs a step of `task` and adds to its knowledge what it read, and to its children's where they come from. */
function stepKnowing(
  execution: Execution,
  task: number,
  knowledge: Knowledge,
): KernelFault | undefined {
  copyMemory();
  let known = mix(
    knowledge[task] as number,
    hashText(machine.tasks[task]?.label ?? ""),
  );
  const fault = execution.step(task);
  for (let index = 0; index < touchedCount; index++) {
    const address = touched[index] as number;
    if ((usedNow(address) & (READ | LOOK)) === 0) continue;
    known = mix(mix(known, address), before[address] as number);
  }
  knowledge[task] = known;
  for (const child of machine.tasks) {
    if (child !== undefined && knowledge[child.id] === 0) {
      knowledge[child.id] = mix(known, child.id + 1);
    }
  }
  return fault;
}

function keyOf(knowledge: Knowledge): string {
  let low = 1, high = 2;
  for (const task of machine.tasks) {
    if (task === undefined) continue;
    const known = task.finished ? -1 : knowledge[task.id] as number;
    low = mix(low, known);
    high = mix(high, known + task.id);
  }
  return `${hashState()}${low}${high}`;
}

function mix(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0x01000193) ^ value >>> 15;
  mixed = Math.imul(mixed ^ mixed >>> 13, 0x85ebca6b);
  return mixed ^ mixed >>> 16 | 1;
}

const textHashes = new Map<string, number>();

function hashText(text: string): number {
  let hash = textHashes.get(text);
  if (hash === undefined) {
    hash = 1;
    for (let index = 0; index < text.length; index++) {
      hash = mix(hash, text.charCodeAt(index));
    }
    textHashes.set(text, hash);
  }
  return hash;
}
