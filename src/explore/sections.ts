/**
 * What locks order, told apart from what they happened to order.
 *
 * A lock that is given back by one task and then taken by another orders the two, but mostly by
 * chance: had the other come first, nothing but their turns would be different. Counting every such
 * edge hides data races from a search that does not try both turns of sections that touch different
 * data. So two sections of one lock are ordered here only when their turns cannot be swapped, as in
 * the weak-causally-precedes relation (Kini, Mathur, Viswanathan, PLDI 2017):
 *
 * - an access is ordered after an earlier section of a lock that its task holds, if that section
 *   made a conflicting access; what the task did before that access is not;
 * - a section is ordered after an earlier one of its lock if its task knows, by way of other
 *   synchronisation, of something that was done in there.
 *
 * Weak causality composes with all edges of locks; this order composes with its own edges alone, so
 * that it comes out the same for all schedules that differ only in turns that can be swapped. Two
 * sections of a semaphore held for reading are no turns at all.
 */
import { advanceClock, clocks, isOrdering, joinClock, joins, me, taskEnd } from "./clocks.ts";
import { ARENA_WORDS, TASK_LIMIT } from "./objects.ts";

/** Sections of this execution, from 1: the lock, the task, the entries of its clock at both ends. */
let lockOf = new Int32Array(1 << 8), taskOf = new Int32Array(1 << 8);
let takenAt = new Int32Array(1 << 8), releasedAt = new Int32Array(1 << 8);
/** By section: whether the lock is held for reading, and the section of the same lock before it. */
let isShared = new Uint8Array(1 << 8), before = new Int32Array(1 << 8);
/** By section: the clock of its task at the release, and how many of its entries count. */
let released = new Int32Array(TASK_LIMIT << 8), entries = new Int32Array(1 << 8);
/** By section: `joins` of its task when it had begun. */
let joinsAt = new Int32Array(1 << 8);
let sections = 0;

/** Links of the chains of sections that a task is in at one moment, from 1: section, next outer link. */
let sectionOf = new Int32Array(1 << 8), outer = new Int32Array(1 << 8);
let links = 0;
/** By task: the chain of the sections that it is in, innermost first; 0 when it holds no lock. */
const chainOf = new Int32Array(TASK_LIMIT);

/** By word of a lock: its latest section, valid if the stamp is of this execution. */
const latest = new Int32Array(ARENA_WORDS), stamp = new Int32Array(ARENA_WORDS);
let execution = 0;
let everyTurn = false;

/** Makes every turn at a lock count, as a check for one given schedule would: the test's yardstick. */
export function countEveryTurn(on: boolean): void {
  everyTurn = on;
}

/** Starts an execution in which no lock has been taken. */
export function beginSections(): void {
  execution++;
  sections = links = 0;
  chainOf.fill(0);
}

/** The sections that the running task is in, 0 if none. It stays valid until the execution ends. */
export function currentSections(): number {
  return chainOf[me] as number;
}

/** How many sections were begun in this execution. */
export function sectionsSoFar(): number {
  return sections;
}

/**
 * Visits those of the first `count` sections of this execution that `task` was in: the word of the
 * lock, and the entry of the task's clock when it took it.
 */
export function eachSection(
  task: number,
  count: number,
  visit: (word: number, takenAt: number) => void,
): void {
  for (let at = 1; at <= count; at++) {
    if (taskOf[at] === task) visit(lockOf[at] as number, takenAt[at] as number);
  }
}

/** The running task has taken the lock whose word is at `word`; `shared` when only for reading. */
export function enterSection(word: number, shared: boolean): void {
  if (!isOrdering()) return;
  if (stamp[word] !== execution) {
    stamp[word] = execution;
    latest[word] = 0;
  }
  if (++sections === lockOf.length) growSections();
  lockOf[sections] = word;
  taskOf[sections] = me;
  takenAt[sections] = clocks[me * TASK_LIMIT + me] as number;
  releasedAt[sections] = 0;
  isShared[sections] = shared ? 1 : 0;
  before[sections] = latest[word] as number;
  latest[word] = sections;
  link(sections);
  joinKnown(sections);
  joinsAt[sections] = joins[me] as number;
}

/** The running task is about to have given back the lock whose word is at `word`. */
export function leaveSection(word: number): void {
  if (!isOrdering()) return;
  const section = unlink(word);
  if (section === 0) return;
  if (joinsAt[section] !== joins[me]) joinKnown(section);
  const mine = me * TASK_LIMIT, its = section * TASK_LIMIT;
  releasedAt[section] = clocks[mine + me] as number;
  entries[section] = taskEnd;
  for (let task = 0; task < taskEnd; task++) released[its + task] = clocks[mine + task] as number;
  advanceClock();
}

/** Orders the running task after the earlier sections of the lock of which it knows something. */
function joinKnown(section: number): void {
  const mine = me * TASK_LIMIT, shared = isShared[section] === 1;
  let left = (1 << taskEnd) - 1 & ~(1 << me);
  for (let at = before[section] as number; at !== 0 && left !== 0; at = before[at] as number) {
    const task = taskOf[at] as number, end = releasedAt[at] as number;
    if ((left >> task & 1) === 0 || end === 0 || (shared && isShared[at] === 1)) continue;
    const known = clocks[mine + task] as number;
    if (known < end) {
      if (known < (takenAt[at] as number) && !everyTurn) continue;
      joinReleased(at);
    }
    // Whatever that task released earlier, it had released by then.
    left &= ~(1 << task);
  }
}

/**
 * Orders the running task after those of the sections in chain `theirs` that are of a lock that it
 * holds now: its next access conflicts with one that was made in there.
 */
export function joinConflicting(theirs: number): void {
  for (let mine = chainOf[me] as number; mine !== 0; mine = outer[mine] as number) {
    const section = sectionOf[mine] as number, lock = lockOf[section];
    for (let link = theirs; link !== 0; link = outer[link] as number) {
      const other = sectionOf[link] as number;
      if (lockOf[other] !== lock || (isShared[section] === 1 && isShared[other] === 1)) continue;
      const known = clocks[me * TASK_LIMIT + (taskOf[other] as number)] as number;
      if (known < (releasedAt[other] as number)) joinReleased(other);
    }
  }
}

/** Does the running task hold a lock that the sections in chain `theirs` were of? */
export function shareLock(theirs: number): boolean {
  for (let mine = chainOf[me] as number; mine !== 0; mine = outer[mine] as number) {
    const section = sectionOf[mine] as number;
    for (let link = theirs; link !== 0; link = outer[link] as number) {
      const other = sectionOf[link] as number;
      if (lockOf[other] !== lockOf[section]) continue;
      if (isShared[section] !== 1 || isShared[other] !== 1) return true;
    }
  }
  return false;
}

function joinReleased(section: number): void {
  joinClock(released, section * TASK_LIMIT, entries[section] as number);
}

function link(section: number): void {
  if (++links === sectionOf.length) {
    sectionOf = grown(sectionOf);
    outer = grown(outer);
  }
  sectionOf[links] = section;
  outer[links] = chainOf[me] as number;
  chainOf[me] = links;
}

/** Takes the innermost section of the lock out of the running task's chain and answers it. */
function unlink(word: number): number {
  const innermost = chainOf[me] as number, last = sectionOf[innermost] as number;
  if (innermost !== 0 && lockOf[last] === word) {
    chainOf[me] = outer[innermost] as number;
    return last;
  }
  const inside: number[] = [];
  for (let at = chainOf[me] as number; at !== 0; at = outer[at] as number) {
    const section = sectionOf[at] as number;
    if (lockOf[section] !== word) {
      inside.push(section);
      continue;
    }
    chainOf[me] = outer[at] as number;
    // Locks need not be given back in the order in which they were taken.
    while (inside.length > 0) link(inside.pop() as number);
    return section;
  }
  return 0;
}

function growSections(): void {
  lockOf = grown(lockOf);
  taskOf = grown(taskOf);
  takenAt = grown(takenAt);
  releasedAt = grown(releasedAt);
  before = grown(before);
  entries = grown(entries);
  joinsAt = grown(joinsAt);
  released = grown(released);
  const flags = new Uint8Array(isShared.length * 2);
  flags.set(isShared);
  isShared = flags;
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(array.length * 2);
  twice.set(array);
  return twice;
}
