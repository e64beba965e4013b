/**
 * Who watches the accesses of a step.
 *
 * Two things are learned from each access and never declared: the step's footprint (which words it
 * read and wrote, for the search to tell which steps depend on each other), and whether the access
 * is ordered by synchronisation after every conflicting one of other tasks (KCSAN's question,
 * answered exactly with vector clocks in the manner of FastTrack).
 *
 * All state is kept in typed arrays and reset by stamps, since `note` is the hottest function of
 * the explorer: no allocation, no clearing between executions.
 */
import { Demotion } from "./fault.ts";
import { ARENA_WORDS, describe, isDemoted, place, TASK_LIMIT } from "./objects.ts";

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

/** By word: the execution for which the fields below hold. */
const stamp = new Int32Array(ARENA_WORDS);
const writeEpoch = new Int32Array(ARENA_WORDS), writeTask = new Int32Array(ARENA_WORDS);
const writeMarked = new Uint8Array(ARENA_WORDS);
/** By word: masks of the tasks that read it since the execution began, plainly or marked. */
const plainReaders = new Int32Array(ARENA_WORDS), markedReaders = new Int32Array(ARENA_WORDS);
const readEpoch = new Int32Array(ARENA_WORDS * TASK_LIMIT);
let execution = 0;

/** clocks[t * TASK_LIMIT + u]: how much of task u task t is ordered after. */
const clocks = new Int32Array(TASK_LIMIT * TASK_LIMIT);
let me = 0;
let watching = false;
let raceCheck = true;

/** A pair of conflicting accesses that no synchronisation orders, at least one of them plain. */
export interface DataRace {
  readonly subject: string;
  readonly address: number;
  readonly tasks: readonly [number, number];
  readonly isWrite: boolean;
}

/** Called for each data race; the default drops it. */
let onRace: (race: DataRace) => void = () => {};

/** Who is told of data races. */
export function reportRacesTo(listener: (race: DataRace) => void): void {
  onRace = listener;
}

/** Switches the race check off or on, for a run that measures what it costs. */
export function checkRaces(on: boolean): void {
  raceCheck = on;
}

/** Starts an execution with all clocks at their beginning; `on` is false during a setup. */
export function beginExecution(on: boolean): void {
  execution++;
  watching = on;
  clocks.fill(0);
  for (let task = 0; task < TASK_LIMIT; task++) clocks[task * TASK_LIMIT + task] = 1;
  syncExecution++;
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

/** The word that stands for the order of visible steps; no object lies at address 0. */
const VISIBLE_ORDER = 0;

/** Starts a step of `task` with an empty footprint. */
export function beginStep(task: number): void {
  me = task;
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
  if (raceCheck) checkOrder(address, isWrite, isMarked);
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

function checkOrder(address: number, isWrite: boolean, isMarked: boolean): void {
  if (stamp[address] !== execution) {
    stamp[address] = execution;
    writeEpoch[address] = plainReaders[address] = markedReaders[address] = 0;
  }
  const mine = me * TASK_LIMIT;
  const writer = writeTask[address] as number;
  const epoch = writeEpoch[address] as number;
  if (epoch !== 0 && writer !== me && (clocks[mine + writer] as number) < epoch) {
    unordered(address, writer, isWrite, isMarked && writeMarked[address] === 1);
  }
  const bit = 1 << me;
  if (!isWrite) {
    if (isMarked) markedReaders[address] = (markedReaders[address] as number) | bit;
    else plainReaders[address] = (plainReaders[address] as number) | bit;
    readEpoch[address * TASK_LIMIT + me] = clocks[mine + me] as number;
    return;
  }
  let others = ((plainReaders[address] as number) | (markedReaders[address] as number)) & ~bit;
  while (others !== 0) {
    const reader = 31 - Math.clz32(others);
    others &= ~(1 << reader);
    if ((clocks[mine + reader] as number) < (readEpoch[address * TASK_LIMIT + reader] as number)) {
      const plain = ((plainReaders[address] as number) >> reader & 1) === 1;
      unordered(address, reader, isWrite, isMarked && !plain);
    }
  }
  writeTask[address] = me;
  writeEpoch[address] = clocks[mine + me] as number;
  writeMarked[address] = isMarked ? 1 : 0;
}

/** Two marked accesses may race, but then they are scheduling points; with a plain one it is a bug. */
function unordered(address: number, other: number, isWrite: boolean, bothMarked: boolean): void {
  if (!bothMarked) {
    onRace({ subject: describe(address), address, tasks: [other, me], isWrite });
    return;
  }
  if (isDemoted(address)) return;
  const { shape, offset } = place(address);
  shape.demoted[offset] = 1;
  throw new Demotion(describe(address));
}

/** By sync object: its slot in `syncClocks`, handed out at first use and kept for good. */
const slotOf = new Int32Array(ARENA_WORDS);
const syncClocks: Int32Array[] = [];
const syncStamp: number[] = [];
let syncExecution = 0;

function syncClock(address: number): Int32Array {
  let slot = slotOf[address] as number;
  if (slot === 0) {
    syncClocks.push(new Int32Array(TASK_LIMIT));
    slot = slotOf[address] = syncClocks.length;
  }
  const clock = syncClocks[slot - 1] as Int32Array;
  if (syncStamp[slot] !== syncExecution) {
    syncStamp[slot] = syncExecution;
    clock.fill(0);
  }
  return clock;
}

/** What the current task did until now is ordered before whoever acquires `address` later. */
export function syncRelease(address: number): void {
  if (!watching || !raceCheck) return;
  const clock = syncClock(address), mine = me * TASK_LIMIT;
  for (let task = 0; task < TASK_LIMIT; task++) {
    const time = clocks[mine + task] as number;
    if (time > (clock[task] as number)) clock[task] = time;
  }
  clocks[mine + me] = (clocks[mine + me] as number) + 1;
}

/** What was released to `address` is ordered before what the current task does from now on. */
export function syncAcquire(address: number): void {
  if (!watching || !raceCheck) return;
  const clock = syncClock(address), mine = me * TASK_LIMIT;
  for (let task = 0; task < TASK_LIMIT; task++) {
    const time = clock[task] as number;
    if (time > (clocks[mine + task] as number)) clocks[mine + task] = time;
  }
}

/** All that the current task did is ordered before all that `child` will do. */
export function syncSpawn(child: number): void {
  const mine = me * TASK_LIMIT, its = child * TASK_LIMIT;
  for (let task = 0; task < TASK_LIMIT; task++) {
    if (task !== child) clocks[its + task] = clocks[mine + task] as number;
  }
  clocks[mine + me] = (clocks[mine + me] as number) + 1;
}
