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
import {
  advanceClock,
  copyClockTo,
  isOrdering,
  joinClock,
  joinsSoFar,
  knownOf,
  me,
  taskEnd,
  turn,
} from "./clocks.ts";
import { allot, cells, grown, put } from "./journal.ts";
import { ARENA_WORDS, TASK_LIMIT } from "./objects.ts";
import { ENTER, LEAVE, tape } from "./tape/tape.ts";

/** Sections of this execution, from 1: the lock, the task, the entries of its clock at both ends. */
let lockOf = new Int32Array(1 << 8), taskOf = new Int32Array(1 << 8);
let takenAt = new Int32Array(1 << 8);
/** Most sections of one execution; by section: where it stands when it ended, 0 if it has not. */
const SECTION_LIMIT = 1 << 16, RELEASED_AT = allot(SECTION_LIMIT);
/** By section: whether the lock is held for reading, and the section of the same lock before it. */
let isShared = new Uint8Array(1 << 8), before = new Int32Array(1 << 8);
/** By section: the clock of its task at the release, and how many of its entries count. */
let released = new Int32Array(TASK_LIMIT << 8), entries = new Int32Array(1 << 8);
/** By section: `joins` of its task when it had begun. */
let joinsAt = new Int32Array(1 << 8);

/** Links of the chains of sections that a task is in at one moment, from 1: section, next outer link. */
let sectionOf = new Int32Array(1 << 8), outer = new Int32Array(1 << 8);
/** By link: the step, and the chain in it, that came after what the link's chain had in common with it. */
let joinedIn = new Int32Array(1 << 8), joinedBy = new Int32Array(1 << 8);
/** Most links of one execution. */
const LINK_LIMIT = 1 << 18;
/** How many sections and links there are. */
const SECTIONS = allot(1), LINKS = allot(1);
/** By task: the chain of the sections that it is in, innermost first; 0 when it holds no lock. */
const CHAIN_OF = allot(TASK_LIMIT);

/** By word of a lock: its latest section. */
const LATEST = allot(ARENA_WORDS);
let everyTurn = false;

/** Makes every turn at a lock count, as a check for one given schedule would: the test's yardstick. */
export function countEveryTurn(on: boolean): void {
  everyTurn = on;
}

/** The sections that the running task is in, 0 if none. It stays valid until the execution ends. */
export function currentSections(): number {
  return cells[CHAIN_OF + me] as number;
}

/** How many sections were begun in this execution. */
export function sectionsSoFar(): number {
  return cells[SECTIONS] as number;
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
  if (tape !== null) return tape.op(ENTER, word, shared ? 1 : 0);
  const section = sectionsSoFar() + 1;
  if (section === lockOf.length) growSections();
  put(SECTIONS, section);
  lockOf[section] = word;
  taskOf[section] = me;
  takenAt[section] = knownOf(me);
  put(RELEASED_AT + section, 0);
  isShared[section] = shared ? 1 : 0;
  before[section] = cells[LATEST + word] as number;
  put(LATEST + word, section);
  link(section);
  joinKnown(section);
  joinsAt[section] = joinsSoFar();
}

/** The running task is about to have given back the lock whose word is at `word`. */
export function leaveSection(word: number): void {
  if (!isOrdering()) return;
  if (tape !== null) return tape.op(LEAVE, word);
  const section = unlink(word);
  if (section === 0) return;
  if (joinsAt[section] !== joinsSoFar()) joinKnown(section);
  put(RELEASED_AT + section, knownOf(me));
  entries[section] = taskEnd();
  copyClockTo(released, section * TASK_LIMIT);
  advanceClock();
}

/** Orders the running task after the earlier sections of the lock of which it knows something. */
function joinKnown(section: number): void {
  const shared = isShared[section] === 1;
  let left = (1 << taskEnd()) - 1 & ~(1 << me);
  for (let at = before[section] as number; at !== 0 && left !== 0; at = before[at] as number) {
    const task = taskOf[at] as number, end = cells[RELEASED_AT + at] as number;
    if ((left >> task & 1) === 0 || end === 0 || (shared && isShared[at] === 1)) continue;
    const known = knownOf(task);
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
  const chain = cells[CHAIN_OF + me] as number;
  // A step that touches many words mostly meets the same few sections again.
  if (joinedIn[theirs] === turn && joinedBy[theirs] === chain) return;
  joinedIn[theirs] = turn;
  joinedBy[theirs] = chain;
  for (let mine = chain; mine !== 0; mine = outer[mine] as number) {
    const section = sectionOf[mine] as number, lock = lockOf[section];
    for (let link = theirs; link !== 0; link = outer[link] as number) {
      const other = sectionOf[link] as number;
      if (lockOf[other] !== lock || (isShared[section] === 1 && isShared[other] === 1)) continue;
      const known = knownOf(taskOf[other] as number);
      if (known < (cells[RELEASED_AT + other] as number)) joinReleased(other);
    }
  }
}

/** Does the running task hold a lock that the sections in chain `theirs` were of? */
export function shareLock(theirs: number): boolean {
  for (let mine = cells[CHAIN_OF + me] as number; mine !== 0; mine = outer[mine] as number) {
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
  const links = (cells[LINKS] as number) + 1;
  if (links === LINK_LIMIT) throw new RangeError(`Cannot keep more than ${LINK_LIMIT} sections`);
  put(LINKS, links);
  if (links === sectionOf.length) {
    sectionOf = grown(sectionOf);
    outer = grown(outer);
    joinedIn = grown(joinedIn);
    joinedBy = grown(joinedBy);
  }
  sectionOf[links] = section;
  outer[links] = cells[CHAIN_OF + me] as number;
  put(CHAIN_OF + me, links);
}

/** Takes the innermost section of the lock out of the running task's chain and answers it. */
function unlink(word: number): number {
  const innermost = cells[CHAIN_OF + me] as number, last = sectionOf[innermost] as number;
  if (innermost !== 0 && lockOf[last] === word) {
    put(CHAIN_OF + me, outer[innermost] as number);
    return last;
  }
  const inside: number[] = [];
  for (let at = cells[CHAIN_OF + me] as number; at !== 0; at = outer[at] as number) {
    const section = sectionOf[at] as number;
    if (lockOf[section] !== word) {
      inside.push(section);
      continue;
    }
    put(CHAIN_OF + me, outer[at] as number);
    // Locks need not be given back in the order in which they were taken.
    while (inside.length > 0) link(inside.pop() as number);
    return section;
  }
  return 0;
}

function growSections(): void {
  if (lockOf.length === SECTION_LIMIT) {
    throw new RangeError(
      `Cannot order more than ${SECTION_LIMIT} critical sections in an execution`,
    );
  }
  lockOf = grown(lockOf);
  taskOf = grown(taskOf);
  takenAt = grown(takenAt);
  before = grown(before);
  entries = grown(entries);
  joinsAt = grown(joinsAt);
  released = grown(released);
  const flags = new Uint8Array(isShared.length * 2);
  flags.set(isShared);
  isShared = flags;
}
