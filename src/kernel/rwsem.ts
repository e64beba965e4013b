/** Reader-writer semaphores (kernel/locking/rwsem.c). */
import { noteTaken } from "explore/lockorder.ts";
import { checkAlive, peek, poke } from "explore/objects.ts";
import { recorder } from "explore/recorder.ts";
import { int, struct } from "explore/struct.ts";
import {
  currentTask,
  done,
  type Held,
  lockReleased,
  lockTaken,
  mustYield,
  point,
  type Step,
  type Task,
  waitUntil,
} from "explore/task.ts";
import {
  acquire,
  drop,
  HeldLock,
  indexOfHeld,
  isHeld,
  lockFault,
  noteGivenBack,
  wordOf,
  yieldsBeforeRelease,
} from "./lock.ts";
import { might_sleep } from "./sched.ts";

/** `count` is 0, a writer's id plus one, or READER for each reader. */
export class rw_semaphore extends struct("rw_semaphore", { count: int }) {}

const READER = 0x100;

/** Initialises a semaphore to free. */
export function init_rwsem(sem: rw_semaphore): void {
  checkAlive(wordOf(sem));
  poke(wordOf(sem), 0);
}

function entering(sem: rw_semaphore, caller: string): void {
  might_sleep(caller);
  checkAlive(wordOf(sem));
  if (isHeld(sem)) throw lockFault("recursive locking", sem);
}

/** Takes the semaphore for writing, sleeping until nobody has it. Faults as mutex_lock. */
export function* down_write(sem: rw_semaphore): Task {
  entering(sem, "down_write");
  yield* acquire(sem, "rwsem", "down_write", 0, undefined);
}

/** Gives the semaphore back after down_write. */
export function up_write(sem: rw_semaphore): Step {
  if (yieldsBeforeRelease()) return upWriteLater(sem);
  drop(currentTask(), sem);
  return done(undefined);
}

function* upWriteLater(sem: rw_semaphore): Task {
  yield* point("up_write", sem);
  drop(currentTask(), sem);
}

function hasWriter(word: number): boolean {
  return (peek(word) & (READER - 1)) !== 0;
}

/** Takes the semaphore for reading, sleeping until no writer has it. Faults as mutex_lock. */
export function* down_read(sem: rw_semaphore): Task {
  entering(sem, "down_read");
  const task = currentTask(), word = wordOf(sem);
  if (mustYield(task) || hasWriter(word)) {
    yield* waitUntil("down_read", sem, () => !hasWriter(word));
  }
  checkAlive(word);
  poke(word, peek(word) + READER);
  noteTaken(task.held, sem.address);
  task.held.push(new HeldLock(sem, "rwsem"));
  recorder?.acquires(sem.address);
  lockTaken(word, true);
}

/** Gives the semaphore back after down_read. */
export function* up_read(sem: rw_semaphore): Task {
  if (yieldsBeforeRelease()) yield* point("up_read", sem);
  const task = currentTask(), word = wordOf(sem);
  checkAlive(word);
  const index = indexOfHeld(task, sem);
  noteGivenBack(task.held[index] as Held);
  task.held.splice(index, 1);
  poke(word, peek(word) - READER);
  lockReleased(word);
  task.committed = true;
}
