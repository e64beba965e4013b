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
import { ARENA_WORDS, demoteNamed, describe, isDemoted, place, TASK_LIMIT } from "./objects.ts";
import { beginSections, currentSections, joinConflicting, shareLock } from "./sections.ts";

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
/** By word: a mask of the tasks that changed it in a way that commutes, and whether marked. */
const changers = new Int32Array(ARENA_WORDS), changeMarked = new Uint8Array(ARENA_WORDS);
/** By word and task: epoch and sections of its last plain read, its last marked read, its last change. */
const lastUses = new Int32Array(ARENA_WORDS * TASK_LIMIT * 6);
const PLAIN = 0, MARKED = 2, CHANGED = 4;
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

function beginWord(address: number): void {
  stamp[address] = execution;
  writeEpoch[address] =
    plainReaders[address] =
    markedReaders[address] =
    changers[address] =
      0;
}

/** Takes an access of the running task into account, and reports those that it races with. */
export function checkOrder(address: number, isWrite: boolean, isMarked: boolean): void {
  if (stamp[address] !== execution) beginWord(address);
  const chain = currentSections();
  let users = changers[address] as number;
  if (isWrite) users |= (plainReaders[address] as number) | (markedReaders[address] as number);
  const isShared = (users & ~(1 << me)) !== 0 ||
    writeEpoch[address] !== 0 && writeTask[address] !== me;
  // Most words are touched by one task, or by nobody but readers.
  if (isShared) {
    if (chain !== 0) joinEarlier(address, isWrite, true);
    checkWriter(address, isWrite, isMarked);
    if (changers[address] !== 0) checkChangers(address, isWrite, isMarked);
    if (isWrite) {
      checkReaders(address, plainReaders, PLAIN, isMarked, true);
      checkReaders(address, markedReaders, MARKED, isMarked, true);
    }
  }
  if (isWrite) {
    writeTask[address] = me;
    writeEpoch[address] = clocks[me * TASK_LIMIT + me] as number;
    writeSections[address] = chain;
    writeMarked[address] = isMarked ? 1 : 0;
    return;
  }
  remember(address, isMarked ? MARKED : PLAIN, chain);
  const readers = isMarked ? markedReaders : plainReaders;
  readers[address] = (readers[address] as number) | 1 << me;
}

/**
 * As `checkOrder`, for a change that commutes with others of its kind. Those need a common lock, or
 * to be marked, but their turns at it order nothing: the search does not try both.
 */
export function checkChange(address: number, isMarked: boolean): void {
  if (stamp[address] !== execution) beginWord(address);
  const chain = currentSections(), others = (changers[address] as number) & ~(1 << me);
  if (chain !== 0) joinEarlier(address, true, false);
  checkWriter(address, true, isMarked);
  checkReaders(address, plainReaders, PLAIN, isMarked, false);
  checkReaders(address, markedReaders, MARKED, isMarked, false);
  for (let rest = others; rest !== 0; rest &= rest - 1) {
    const other = 31 - Math.clz32(rest & -rest);
    const at = (address * TASK_LIMIT + other) * 6 + CHANGED;
    if ((clocks[me * TASK_LIMIT + other] as number) >= (lastUses[at] as number)) continue;
    if (shareLock(lastUses[at + 1] as number)) continue;
    unordered(address, other, true, isMarked && changeMarked[address] === 1);
  }
  remember(address, CHANGED, chain);
  changers[address] = (changers[address] as number) | 1 << me;
  changeMarked[address] = isMarked ? 1 : 0;
}

function remember(address: number, how: number, chain: number): void {
  const at = (address * TASK_LIMIT + me) * 6 + how;
  lastUses[at] = clocks[me * TASK_LIMIT + me] as number;
  lastUses[at + 1] = chain;
}

/** Before an access under a lock: orders it after the conflicting ones that were made under it. */
function joinEarlier(address: number, isWrite: boolean, countsChanges: boolean): void {
  const others = ~(1 << me);
  if (writeEpoch[address] !== 0 && writeTask[address] !== me && writeSections[address] !== 0) {
    joinConflicting(writeSections[address] as number);
  }
  if (countsChanges) {
    for (let rest = (changers[address] as number) & others; rest !== 0; rest &= rest - 1) {
      joinUse(address, 31 - Math.clz32(rest & -rest), CHANGED);
    }
  }
  if (!isWrite) return;
  for (let rest = (plainReaders[address] as number) & others; rest !== 0; rest &= rest - 1) {
    joinUse(address, 31 - Math.clz32(rest & -rest), PLAIN);
  }
  for (let rest = (markedReaders[address] as number) & others; rest !== 0; rest &= rest - 1) {
    joinUse(address, 31 - Math.clz32(rest & -rest), MARKED);
  }
}

function joinUse(address: number, other: number, how: number): void {
  const sections = lastUses[(address * TASK_LIMIT + other) * 6 + how + 1] as number;
  if (sections !== 0) joinConflicting(sections);
}

/** Reports the last write if the running task's access is not ordered after it. */
function checkWriter(address: number, isWrite: boolean, isMarked: boolean): void {
  const writer = writeTask[address] as number, epoch = writeEpoch[address] as number;
  if (epoch === 0 || writer === me) return;
  if ((clocks[me * TASK_LIMIT + writer] as number) >= epoch) return;
  unordered(address, writer, isWrite, isMarked && writeMarked[address] === 1);
}

/** Reports the changes that the running task's access is not ordered after. */
function checkChangers(address: number, isWrite: boolean, isMarked: boolean): void {
  let areOrdered = true;
  for (let rest = (changers[address] as number) & ~(1 << me); rest !== 0; rest &= rest - 1) {
    const other = 31 - Math.clz32(rest & -rest);
    const epoch = lastUses[(address * TASK_LIMIT + other) * 6 + CHANGED] as number;
    if ((clocks[me * TASK_LIMIT + other] as number) >= epoch) continue;
    areOrdered = false;
    unordered(address, other, isWrite, isMarked && changeMarked[address] === 1);
  }
  if (areOrdered && isWrite && !isMarked) changers[address] = 0;
}

/**
 * Reports the readers that the running task's write is not ordered after. If there are none, a later
 * access that is not ordered after them races with this write as well, so they are forgotten; but
 * not for a change, which later ones need not be ordered after, and not plain readers for a marked
 * write, which counts for less.
 */
function checkReaders(
  address: number,
  readers: Int32Array,
  how: number,
  isMarked: boolean,
  forgets: boolean,
): void {
  if (readers[address] === 0) return;
  let areOrdered = true;
  for (let rest = (readers[address] as number) & ~(1 << me); rest !== 0; rest &= rest - 1) {
    const reader = 31 - Math.clz32(rest & -rest);
    const epoch = lastUses[(address * TASK_LIMIT + reader) * 6 + how] as number;
    if ((clocks[me * TASK_LIMIT + reader] as number) < epoch) {
      areOrdered = false;
      unordered(address, reader, true, isMarked && how === MARKED);
    }
  }
  if (areOrdered && forgets && (how === MARKED || !isMarked)) readers[address] = 0;
}

/** Two marked accesses may race, but then they are scheduling points; with a plain one it is a bug. */
function unordered(address: number, other: number, isWrite: boolean, bothMarked: boolean): void {
  if (!bothMarked) {
    onRace({ subject: describe(address), address, tasks: [other, me], isWrite });
    return;
  }
  if (!isDemoted(address)) demote(address);
}

/** Makes the word at `address`, in all objects of its type, a scheduling point and starts again. */
export function demote(address: number): never {
  const { shape, offset } = place(address);
  demoteNamed(shape, offset);
  throw new Demotion(describe(address));
}
