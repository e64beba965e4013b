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
import { keepClocks, knownOf, me } from "./clocks.ts";
import { Demotion } from "./fault.ts";
import { allot, cells, put } from "./journal.ts";
import {
  ARENA_WORDS,
  demoteNamed,
  describe,
  isDemoted,
  ownerOf,
  place,
  TASK_LIMIT,
} from "./objects.ts";
import { currentSections, joinConflicting, shareLock } from "./sections.ts";

/** A pair of conflicting accesses that no synchronisation orders, at least one of them plain. */
export interface DataRace {
  readonly subject: string;
  readonly address: number;
  readonly tasks: readonly [number, number];
  readonly isWrite: boolean;
  /** Found after the fact, by a memory model and not by clocks. */
  readonly isModelled?: boolean;
}

/** By word, a record: who wrote it last, and how; who read it; who changed it. */
const RECORDS = allot(ARENA_WORDS << 3);
/** In a record: the last write's moment (0: none), its task and whether it was marked, as one number. */
const WRITE_TIME = 0, WRITER = 1;
/** In a record: masks of the tasks that read it since the last write, plainly or marked. */
const PLAIN_READERS = 2, MARKED_READERS = 3;
/** In a record: a mask of the tasks that changed it in a way that commutes, and whether marked. */
const CHANGERS = 4, CHANGE_MARKED = 5;

/** By word and task, a record: when it last read it plainly, marked, changed it. */
const USES = allot(ARENA_WORDS * TASK_LIMIT << 2);
const PLAIN = 0, MARKED = 1, CHANGED = 2;

/** A moment: the entry of the task's clock, above the chain of sections that it is in. */
const CHAIN_BITS = 18, CHAIN_MASK = (1 << CHAIN_BITS) - 1;

function recordOf(address: number): number {
  return RECORDS + (address << 3);
}

function useOf(address: number, task: number): number {
  return USES + (address * TASK_LIMIT + task << 2);
}

function now(): number {
  return knownOf(me) << CHAIN_BITS | currentSections();
}

/** Does the running task come after the moment of `task`? */
function isAfter(task: number, moment: number): boolean {
  return knownOf(task) >= moment >>> CHAIN_BITS;
}

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

/** Switches the check on for an execution, or off during a setup and between executions. */
export function watchRaces(on: boolean): void {
  keepClocks(on && isChecking);
}

/** Takes an access of the running task into account, and reports those that it races with. */
export function checkOrder(address: number, isWrite: boolean, isMarked: boolean): void {
  const record = recordOf(address), task = me;
  checkAccess(address, record, isWrite, isMarked);
  const moment = now();
  if (isWrite) {
    put(record + WRITE_TIME, moment);
    put(record + WRITER, task << 1 | (isMarked ? 1 : 0));
    return;
  }
  const readers = record + (isMarked ? MARKED_READERS : PLAIN_READERS);
  put(useOf(address, task) + (isMarked ? MARKED : PLAIN), moment);
  put(readers, (cells[readers] as number) | 1 << task);
}

/** The object at `base` came to be: a write of all its words, which is kept for it as a whole. */
export function checkStart(base: number): void {
  const record = recordOf(base);
  put(record + WRITE_TIME, now());
  put(record + WRITER, me << 1);
}

/** The object that the word lies in is freed: a write of the word, after which nobody uses it. */
export function checkEnd(address: number): void {
  checkAccess(address, recordOf(address), true, false);
}

/** Reports those that an access of the running task races with, and forgets those it comes after. */
function checkAccess(address: number, record: number, isWrite: boolean, isMarked: boolean): void {
  let users = cells[record + CHANGERS] as number;
  if (isWrite) {
    users |= (cells[record + PLAIN_READERS] as number) | (cells[record + MARKED_READERS] as number);
  }
  const written = lastWrite(address, record), time = cells[written + WRITE_TIME] as number;
  const isOthers = time !== 0 && writerIn(written) !== me;
  // Most words are touched by one task, or by nobody but readers.
  if (!isOthers && (users & ~(1 << me)) === 0) return;
  if (currentSections() !== 0) {
    if (isOthers) joinMoment(time);
    joinOthers(address, record, isWrite, true);
  }
  if (isOthers && !isAfter(writerIn(written), time)) {
    unordered(address, writerIn(written), isWrite, isMarked && wasMarked(written));
  }
  if (cells[record + CHANGERS] !== 0) checkChangers(address, record, isWrite, isMarked);
  if (isWrite) {
    checkReaders(address, record + PLAIN_READERS, PLAIN, isMarked, true);
    checkReaders(address, record + MARKED_READERS, MARKED, isMarked, true);
  }
}

/** The record that has the last write: the word's own, or that of its object, which came to be by one. */
function lastWrite(address: number, record: number): number {
  return cells[record + WRITE_TIME] === 0 ? recordOf(ownerOf[address] as number) : record;
}

function writerIn(record: number): number {
  return (cells[record + WRITER] as number) >> 1;
}

function wasMarked(record: number): boolean {
  return ((cells[record + WRITER] as number) & 1) === 1;
}

/**
 * As `checkOrder`, for a change that commutes with others of its kind. Those need a common lock, or
 * to be marked, but their turns at it order nothing: the search does not try both. So an atomic that
 * is only changed in this way is no scheduling point, unless `turnsCount`.
 */
export function checkChange(address: number, isMarked: boolean, turnsCount: boolean): void {
  const record = recordOf(address), others = (cells[record + CHANGERS] as number) & ~(1 << me);
  const written = lastWrite(address, record), time = cells[written + WRITE_TIME] as number;
  const isWritten = time !== 0 && writerIn(written) !== me;
  if (currentSections() !== 0) {
    if (isWritten) joinMoment(time);
    joinOthers(address, record, true, false);
  }
  if (isWritten && !isAfter(writerIn(written), time)) {
    unordered(address, writerIn(written), true, isMarked && wasMarked(written));
  }
  checkReaders(address, record + PLAIN_READERS, PLAIN, isMarked, false);
  checkReaders(address, record + MARKED_READERS, MARKED, isMarked, false);
  for (let rest = others; rest !== 0; rest &= rest - 1) {
    const other = 31 - Math.clz32(rest & -rest);
    const moment = cells[useOf(address, other) + CHANGED] as number;
    if (isAfter(other, moment) || shareLock(moment & CHAIN_MASK)) continue;
    const areMarked = isMarked && cells[record + CHANGE_MARKED] === 1;
    // Two that are marked need no turns of their own where nobody can tell these.
    if (!areMarked || turnsCount) unordered(address, other, true, areMarked);
  }
  put(useOf(address, me) + CHANGED, now());
  put(record + CHANGERS, (cells[record + CHANGERS] as number) | 1 << me);
  put(record + CHANGE_MARKED, isMarked ? 1 : 0);
}

/** Before an access under a lock: orders it after the conflicting uses but the last write under it. */
function joinOthers(
  address: number,
  record: number,
  isWrite: boolean,
  countsChanges: boolean,
): void {
  const others = ~(1 << me);
  if (countsChanges) joinUses(address, (cells[record + CHANGERS] as number) & others, CHANGED);
  if (!isWrite) return;
  joinUses(address, (cells[record + PLAIN_READERS] as number) & others, PLAIN);
  joinUses(address, (cells[record + MARKED_READERS] as number) & others, MARKED);
}

function joinUses(address: number, tasks: number, how: number): void {
  for (let rest = tasks; rest !== 0; rest &= rest - 1) {
    joinMoment(cells[useOf(address, 31 - Math.clz32(rest & -rest)) + how] as number);
  }
}

function joinMoment(moment: number): void {
  const sections = moment & CHAIN_MASK;
  if (sections !== 0) joinConflicting(sections);
}

/** Reports the changes that the running task's access is not ordered after. */
function checkChangers(address: number, record: number, isWrite: boolean, isMarked: boolean): void {
  let areOrdered = true;
  const others = (cells[record + CHANGERS] as number) & ~(1 << me);
  for (let rest = others; rest !== 0; rest &= rest - 1) {
    const other = 31 - Math.clz32(rest & -rest);
    if (isAfter(other, cells[useOf(address, other) + CHANGED] as number)) continue;
    areOrdered = false;
    unordered(address, other, isWrite, isMarked && cells[record + CHANGE_MARKED] === 1);
  }
  if (areOrdered && isWrite && !isMarked) put(record + CHANGERS, 0);
}

/**
 * Reports the readers that the running task's write is not ordered after. If there are none, a later
 * access that is not ordered after them races with this write as well, so they are forgotten; but
 * not for a change, which later ones need not be ordered after, and not plain readers for a marked
 * write, which counts for less.
 */
function checkReaders(
  address: number,
  readers: number,
  how: number,
  isMarked: boolean,
  forgets: boolean,
): void {
  const mask = cells[readers] as number;
  if (mask === 0) return;
  let areOrdered = true;
  for (let rest = mask & ~(1 << me); rest !== 0; rest &= rest - 1) {
    const reader = 31 - Math.clz32(rest & -rest);
    if (isAfter(reader, cells[useOf(address, reader) + how] as number)) continue;
    areOrdered = false;
    unordered(address, reader, true, isMarked && how === MARKED);
  }
  if (areOrdered && forgets && (how === MARKED || !isMarked)) put(readers, 0);
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
