/**
 * Data races: conflicting accesses of two tasks, at least one of them plain, that no synchronisation
 * orders (KCSAN's question, answered with vector clocks in the manner of FastTrack).
 *
 * Locks order what sections.ts says, so the answer is the same for all schedules that differ only
 * in turns that can be swapped. Accesses under a common lock are always ordered. The same question
 * tells which marked accesses must be scheduling points: those that race with each other.
 *
 * `checkOrder` runs on almost every access: no allocation, and no clearing between executions.
 */
import { beginClocks, clocks, me } from "./clocks.ts";
import { Demotion } from "./fault.ts";
import { ARENA_WORDS, describe, FOUND, isDemoted, place, TASK_LIMIT } from "./objects.ts";
import { beginSections, currentSections, joinConflicting } from "./sections.ts";

/** A pair of conflicting accesses that no synchronisation orders, at least one of them plain. */
export interface DataRace {
  readonly subject: string;
  readonly address: number;
  readonly tasks: readonly [number, number];
  readonly isWrite: boolean;
  /** Found after the fact, by a memory model and not by clocks. */
  readonly isModelled?: boolean;
}

/** By word: the execution for which the fields below hold. */
const stamp = new Int32Array(ARENA_WORDS);
/** By word, of the last write: its task, the entry of that task's clock (0: none), its sections. */
const writeTask = new Int32Array(ARENA_WORDS), writeEpoch = new Int32Array(ARENA_WORDS);
const writeSections = new Int32Array(ARENA_WORDS), writeMarked = new Uint8Array(ARENA_WORDS);
/** By word: masks of the tasks that read it since the execution began, plainly or marked. */
const plainReaders = new Int32Array(ARENA_WORDS), markedReaders = new Int32Array(ARENA_WORDS);
/** By word and task, of its last plain and its last marked read: epoch, sections, epoch, sections. */
const lastReads = new Int32Array(ARENA_WORDS * TASK_LIMIT * 4);
const PLAIN = 0, MARKED = 2;
let execution = 0;

/** Is the check on? */
export let isChecking = true;

/** Called for each data race; the default drops it. */
let onRace: (race: DataRace) => void = () => {};

/** Who is told of data races. */
export function reportRacesTo(listener: (race: DataRace) => void): void {
  onRace = listener;
}

/** Reports a race that a memory model found in what has run. */
export function reportRace(
  address: number,
  tasks: readonly [number, number],
  isWrite: boolean,
): void {
  onRace({ subject: describe(address), address, tasks, isWrite, isModelled: true });
}

/** Switches the check off or on, for a run that measures what it costs. */
export function checkRaces(on: boolean): void {
  isChecking = on;
}

/** Starts an execution in which nothing has been accessed; `on` is false during a setup. */
export function beginRaces(on: boolean): void {
  execution++;
  beginClocks(on && isChecking);
  beginSections();
}

/** Takes an access of the running task into account, and reports those that it races with. */
export function checkOrder(address: number, isWrite: boolean, isMarked: boolean): void {
  if (stamp[address] !== execution) {
    stamp[address] = execution;
    writeEpoch[address] = plainReaders[address] = markedReaders[address] = 0;
  }
  const chain = currentSections(), mine = me * TASK_LIMIT, bit = 1 << me;
  const writer = writeTask[address] as number, epoch = writeEpoch[address] as number;
  const isOthers = epoch !== 0 && writer !== me;
  if (chain !== 0) joinEarlier(address, isWrite, isOthers ? writeSections[address] as number : 0);
  if (isOthers && (clocks[mine + writer] as number) < epoch) {
    unordered(address, writer, isWrite, isMarked && writeMarked[address] === 1);
  }
  if (isWrite) {
    checkReaders(address, plainReaders, PLAIN, isMarked);
    checkReaders(address, markedReaders, MARKED, isMarked);
    writeTask[address] = me;
    writeEpoch[address] = clocks[mine + me] as number;
    writeSections[address] = chain;
    writeMarked[address] = isMarked ? 1 : 0;
    return;
  }
  const at = (address * TASK_LIMIT + me) * 4 + (isMarked ? MARKED : PLAIN);
  lastReads[at] = clocks[mine + me] as number;
  lastReads[at + 1] = chain;
  if (isMarked) markedReaders[address] = (markedReaders[address] as number) | bit;
  else plainReaders[address] = (plainReaders[address] as number) | bit;
}

/** Before an access under a lock: orders it after the conflicting ones that were made under it. */
function joinEarlier(address: number, isWrite: boolean, written: number): void {
  if (written !== 0) joinConflicting(written);
  if (!isWrite) return;
  const others = ~(1 << me);
  for (let rest = (plainReaders[address] as number) & others; rest !== 0; rest &= rest - 1) {
    joinReader(address, 31 - Math.clz32(rest & -rest), PLAIN);
  }
  for (let rest = (markedReaders[address] as number) & others; rest !== 0; rest &= rest - 1) {
    joinReader(address, 31 - Math.clz32(rest & -rest), MARKED);
  }
}

function joinReader(address: number, reader: number, how: number): void {
  const read = lastReads[(address * TASK_LIMIT + reader) * 4 + how + 1] as number;
  if (read !== 0) joinConflicting(read);
}

/**
 * Reports the readers that the running task's write is not ordered after. If there are none, a later
 * access that is not ordered after them races with this write as well, so they are forgotten; but
 * not plain readers for a marked write, which counts for less.
 */
function checkReaders(
  address: number,
  readers: Int32Array,
  how: number,
  isMarked: boolean,
): void {
  if (readers[address] === 0) return;
  let areOrdered = true;
  for (let rest = (readers[address] as number) & ~(1 << me); rest !== 0; rest &= rest - 1) {
    const reader = 31 - Math.clz32(rest & -rest);
    const epoch = lastReads[(address * TASK_LIMIT + reader) * 4 + how] as number;
    if ((clocks[me * TASK_LIMIT + reader] as number) < epoch) {
      areOrdered = false;
      unordered(address, reader, true, isMarked && how === MARKED);
    }
  }
  if (areOrdered && (how === MARKED || !isMarked)) readers[address] = 0;
}

/** Two marked accesses may race, but then they are scheduling points; with a plain one it is a bug. */
function unordered(address: number, other: number, isWrite: boolean, bothMarked: boolean): void {
  if (!bothMarked) {
    onRace({ subject: describe(address), address, tasks: [other, me], isWrite });
    return;
  }
  if (isDemoted(address)) return;
  const { shape, offset } = place(address);
  shape.demoted[offset] = FOUND;
  throw new Demotion(describe(address));
}
