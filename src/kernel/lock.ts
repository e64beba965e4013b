/**
 * What all locks share: taking, giving back and the books about it.
 *
 * A lock is a struct whose first field is its word: 0 while free, else the holder's id plus one,
 * with flags above. Taking a lock moves right in Lipton's sense and giving it back moves left
 * (explore/task.ts). The word itself is touched behind the sanitizers' back, for it orders accesses
 * and is not ordered by any; the footprint shows it as read by a step that takes the lock and gives
 * it back, and as written by a step that ends with the lock in hand or gives back what an earlier
 * step took. Two whole sections of one lock therefore depend on each other by their data alone.
 *
 * A lock that is taken under another one each time is never contended: to take it and to give it
 * back moves both ways. That is taken for granted of each lock that is taken under another one,
 * until two acquisitions are seen that nothing orders; then the lock is demoted, as an atomic is
 * (atomic.ts), and the search starts again.
 */
import { KernelFault } from "explore/fault.ts";
import { noteTaken } from "explore/lockorder.ts";
import { checkAlive, describe, isDemoted, peekHolder, poke } from "explore/objects.ts";
import { demote } from "explore/races.ts";
import { HOLD, LOOK, READ, SECTION, WRITE } from "explore/footprint.ts";
import { noteAcquisition, noteRead, noteSync } from "explore/observe.ts";
import { recorder } from "explore/recorder.ts";
import type { Struct } from "explore/struct.ts";
import {
  currentTask,
  done,
  type Held,
  LOCK,
  lockReleased,
  lockTaken,
  machine,
  mustYield,
  point,
  type Step,
  type Task,
  type TaskState,
} from "explore/task.ts";

const OWNER = 0xff;

/** An entry of a task's lock list. The name is worked out when somebody asks for it. */
export class HeldLock implements Held {
  readonly lock: Struct;
  readonly kind: Held["kind"];
  readonly since = machine.step;
  readonly isLocal: boolean;
  readonly isInner: boolean;

  constructor(lock: Struct, kind: Held["kind"], isLocal = false, isInner = false) {
    this.lock = lock;
    this.kind = kind;
    this.isLocal = isLocal;
    this.isInner = isInner;
  }

  get name(): string {
    return describe(this.lock.address);
  }
}

/** What lockdep says about `lock`. */
export function lockFault(kind: string, lock: Struct, detail = ""): KernelFault {
  return new KernelFault("lockdep", kind, describe(lock.address), detail, lock.address);
}

/** The address of a lock's word. */
export function wordOf(lock: Struct): number {
  return lock.address + 1;
}

/** Does the task hold a lock? A read section of SRCU keeps nobody out. */
function holdsAny({ held }: TaskState): boolean {
  return held.some(({ kind }) => kind !== "srcu");
}

/** Is the lock at `word` one of which nobody will stand in the way, as the task holds another? */
function isLocal(task: TaskState, word: number): boolean {
  return machine.granularity === "sections" && !isDemoted(word) && holdsAny(task);
}

/**
 * Does the task take the lock at `word` under a lock that another task wants? Had it found this one
 * taken, it would have left the outer one in hand. Whether an outer lock is wanted is learned as
 * whether a lock is local is.
 */
function isInner(task: TaskState, word: number): boolean {
  if (isLocal(task, word)) return false;
  let found = false;
  for (const { lock, kind } of task.held) {
    if (kind === "srcu") continue;
    const outer = wordOf(lock);
    if (kind === "rwsem" || isDemoted(outer)) found = true;
    else noteAcquisition(outer, true);
  }
  return found;
}

/** Takes `lock` and answers `value`; `flags` are kept in the lock's word. */
export function acquire<T>(
  lock: Struct,
  kind: Held["kind"],
  label: string,
  flags: number,
  value: T,
): Step<T> {
  const task = currentTask();
  const word = wordOf(lock);
  checkAlive(word);
  const state = peekHolder(word);
  if (state !== 0 && (state & OWNER) === task.id + 1) {
    throw lockFault("recursive locking", lock);
  }
  const isNested = isLocal(task, word);
  // The race check holds the acquisitions that are taken for local against all others.
  if (!isDemoted(word)) noteAcquisition(word, isNested);
  if (isNested) {
    if (state !== 0) demote(word);
    hold(task, lock, kind, flags);
    return done(value);
  }
  if (mustYield(task)) return acquireLater(lock, kind, label, flags, value);
  if (state !== 0) {
    // It ends the step: what the step did depends on who held the lock.
    noteRead(word);
    return acquireLater(lock, kind, label, flags, value);
  }
  hold(task, lock, kind, flags);
  return done(value);
}

function* acquireLater<T>(
  lock: Struct,
  kind: Held["kind"],
  label: string,
  flags: number,
  value: T,
): Task<T> {
  const task = currentTask();
  task.pending = LOCK;
  task.word = wordOf(lock);
  yield* point(label, lock);
  hold(task, lock, kind, flags);
  return value;
}

function hold(task: TaskState, lock: Struct, kind: Held["kind"], flags: number): void {
  const word = wordOf(lock);
  checkAlive(word);
  // What the footprint shows before the lock's word the step did before it took the lock.
  noteSync(word, 0);
  poke(word, (task.id + 1) | flags);
  noteTaken(task.held, lock.address);
  task.held.push(new HeldLock(lock, kind, isLocal(task, word), isInner(task, word)));
  recorder?.acquires(lock.address);
  lockTaken(word);
}

/**
 * Where `lock` stands in the list of locks that `task` holds.
 * @throws {KernelFault} lockdep, when it is not held
 */
export function indexOfHeld(task: TaskState, lock: Struct): number {
  const { held } = task;
  for (let index = held.length - 1; index >= 0; index--) {
    if ((held[index] as Held).lock.address === lock.address) return index;
  }
  throw lockFault("bad unlock balance", lock);
}

/** The footprint of giving a lock back: a whole section, or the end of one that an earlier step began. */
export function noteGivenBack({ lock, kind, since, isInner, isLocal }: Held): void {
  const isWhole = since === machine.step;
  // The word of a semaphore counts its readers, so sections of one are not alike.
  if (kind === "rwsem") noteSync(wordOf(lock), isWhole ? READ : WRITE | HOLD);
  else if (!isWhole) noteSync(wordOf(lock), HOLD);
  // The lock's memory must be there; nobody stands in the way.
  else if (isLocal) noteSync(wordOf(lock), LOOK);
  // A section inside another one, had it found its lock taken, would have left the other's in hand.
  else noteSync(wordOf(lock), isInner ? READ : SECTION);
}

/** Gives `lock` back at once. */
export function drop(task: TaskState, lock: Struct): void {
  const word = wordOf(lock);
  checkAlive(word);
  const index = indexOfHeld(task, lock);
  noteGivenBack(task.held[index] as Held);
  task.held.splice(index, 1);
  poke(word, 0);
  lockReleased(word);
  if (!isLocal(task, word)) task.committed = true;
}

/** Does a step end before a lock is given back? Only when every operation is a step of its own. */
export function yieldsBeforeRelease(): boolean {
  return machine.granularity === "operations";
}

/** Does the current task hold `lock`? For lockdep_assert_held. */
export function isHeld(lock: Struct): boolean {
  return currentTask().held.some((held) => held.lock.address === lock.address);
}

/**
 * Asserts that the caller holds `lock` (include/linux/lockdep.h).
 * @throws {KernelFault} lockdep
 */
export function lockdep_assert_held(lock: Struct): void {
  if (!isHeld(lock)) throw lockFault("lock not held", lock);
}
