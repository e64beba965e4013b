/**
 * What all locks share: taking, giving back and the books about it.
 *
 * A lock is a struct whose first field is its word: 0 while free, else the holder's id plus one,
 * with flags above. Taking a lock moves right in Lipton's sense and giving it back moves left
 * (explore/task.ts). The word itself is touched behind the sanitizers' back, for it orders accesses
 * and is not ordered by any; the footprint shows it as read by a step that takes the lock and gives
 * it back, and as written by a step that ends with the lock in hand or gives back what an earlier
 * step took. Two whole sections of one lock therefore depend on each other by their data alone.
 */
import { KernelFault } from "explore/fault.ts";
import { noteTaken } from "explore/lockorder.ts";
import { checkAlive, describe, peek, poke } from "explore/objects.ts";
import { noteSync } from "explore/observe.ts";
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
class HeldLock implements Held {
  readonly lock: Struct;
  readonly kind: Held["kind"];
  readonly since = machine.step;

  constructor(lock: Struct, kind: Held["kind"]) {
    this.lock = lock;
    this.kind = kind;
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
  const state = peek(word);
  if (state !== 0 && (state & OWNER) === task.id + 1) {
    throw lockFault("recursive locking", lock);
  }
  // Finding a lock taken ends the step: what the step did depends on who held the lock.
  if (state !== 0) noteSync(word, false);
  if (state !== 0 || mustYield(task)) return acquireLater(lock, kind, label, flags, value);
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
  poke(word, (task.id + 1) | flags);
  noteTaken(task.held, lock.address);
  task.held.push(new HeldLock(lock, kind));
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

/** Gives `lock` back at once. */
export function drop(task: TaskState, lock: Struct): void {
  const word = wordOf(lock);
  checkAlive(word);
  const index = indexOfHeld(task, lock);
  noteSync(word, (task.held[index] as Held).since !== machine.step);
  task.held.splice(index, 1);
  poke(word, 0);
  lockReleased(word);
  task.committed = true;
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
