/**
 * Who watches the accesses of a step.
 *
 * Two things are learned from each access and never declared: the step's footprint (which words it
 * read and wrote, for the search to tell which steps depend on each other), and whether the access
 * is ordered by synchronisation after every conflicting one of other tasks (races.ts).
 *
 * All state is kept in typed arrays and reset by stamps, since `note` is the hottest function of
 * the explorer: no allocation, no clearing between executions.
 */
import { runTask } from "./clocks.ts";
import { ARENA_WORDS } from "./objects.ts";
import { beginRaces, checkOrder, isChecking } from "./races.ts";

const FOOTPRINT_LIMIT = 1 << 13;

/** The words that the current step read and did not write before. */
export const reads = new Int32Array(FOOTPRINT_LIMIT);
/** The words that the current step wrote. */
export const writes = new Int32Array(FOOTPRINT_LIMIT);
/** How much of `reads` and `writes` is valid. */
export const footprint = { reads: 0, writes: 0 };

const readStep = new Int32Array(ARENA_WORDS), writeStep = new Int32Array(ARENA_WORDS);
let step = 0;

/** By word: 1 where it is the word of a lock. */
export const isLockWord = new Uint8Array(ARENA_WORDS);

/** Did the current step read or write the word? */
export function touchedNow(address: number): boolean {
  return readStep[address] === step || writeStep[address] === step;
}

/** Did the current step write the word? */
export function wroteNow(address: number): boolean {
  return writeStep[address] === step;
}

let watching = false;

/** Starts an execution with all clocks at their beginning; `on` is false during a setup. */
export function beginExecution(on: boolean): void {
  watching = on;
  beginRaces(on);
}

/** By word: 1 where the answer to a question about the state depended on it. */
const isVisible = new Uint8Array(ARENA_WORDS);
let asking = false;
let moreVisible = false;

/**
 * Answers a question about the state. The words that it reads become visible: a step that writes
 * one depends on every other such step, so that a reduced search asks in every order that counts.
 */
export function askState(question: () => void): void {
  const before = watching;
  asking = true;
  watching = false;
  try {
    question();
  } finally {
    asking = false;
    watching = before;
  }
}

/** Did a question read a word that earlier ones had not? Then what was reduced before is void. */
export function visibleWordsGrew(): boolean {
  const grew = moreVisible;
  moreVisible = false;
  return grew;
}

/** Forgets which words questions read. */
export function forgetVisibleWords(): void {
  isVisible.fill(0);
  moreVisible = false;
}

/** The words that questions read so far. */
export function visibleWords(): number[] {
  const found: number[] = [];
  for (let word = isVisible.indexOf(1); word >= 0; word = isVisible.indexOf(1, word + 1)) {
    found.push(word);
  }
  return found;
}

/** Makes words visible before a question reads them, as an earlier process learned them to be. */
export function presetVisibleWords(known: readonly number[]): void {
  for (const word of known) isVisible[word] = 1;
}

/** The word that stands for the order of visible steps; no object lies at address 0. */
const VISIBLE_ORDER = 0;

/** Starts a step of `task` with an empty footprint. */
export function beginStep(task: number): void {
  runTask(task);
  step++;
  footprint.reads = 0;
  footprint.writes = 0;
}

/** Takes note of an access; see the head of this file. */
export function note(address: number, isWrite: boolean, isMarked: boolean): void {
  if (!watching) {
    if (asking && isVisible[address] === 0) {
      isVisible[address] = 1;
      moreVisible = true;
    }
    return;
  }
  if (isChecking) checkOrder(address, isWrite, isMarked);
  noteFootprint(address, isWrite);
}

/**
 * Takes note that the step used the word of a lock: for the footprint alone, since a lock orders
 * accesses and is itself never a race.
 */
export function noteSync(address: number, isWrite: boolean): void {
  isLockWord[address] = 1;
  noteFootprint(address, isWrite);
}

/**
 * Takes note of an access by hardware: for the footprint alone. What orders a device with the CPUs
 * is no part of the memory model that the race check knows.
 */
export function noteHardware(address: number, isWrite: boolean): void {
  noteFootprint(address, isWrite);
}

/** The step depended on the word: its task waited for a condition that reads it. */
export function noteRead(address: number): void {
  noteFootprint(address, false);
}

function noteFootprint(address: number, isWrite: boolean): void {
  if (!watching) return;
  if (isWrite) {
    if (writeStep[address] !== step) {
      writeStep[address] = step;
      writes[footprint.writes++] = address;
      if (isVisible[address] === 1) noteFootprint(VISIBLE_ORDER, true);
    }
  } else if (readStep[address] !== step && writeStep[address] !== step) {
    readStep[address] = step;
    reads[footprint.reads++] = address;
  }
}
