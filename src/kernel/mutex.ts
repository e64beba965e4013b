/** Mutexes: locks whose holder may sleep (kernel/locking/mutex.c). */
import { checkAlive, poke } from "explore/objects.ts";
import { holder, struct } from "explore/struct.ts";
import { currentTask, done, point, type Step, type Task } from "explore/task.ts";
import { acquire, drop, wordOf, yieldsBeforeRelease } from "./lock.ts";
import { might_sleep } from "./sched.ts";
import { define } from "./static.ts";

/** A mutex. */
export class mutex extends struct("mutex", { owner: holder }) {}

/** Defines a static mutex that reports call `name`. */
export function DEFINE_MUTEX(name: string): mutex {
  return define(name, mutex);
}

/** Initialises a mutex to free. */
export function mutex_init(lock: mutex): void {
  checkAlive(wordOf(lock));
  poke(wordOf(lock), 0);
}

/**
 * Takes a mutex, sleeping until it is free.
 * @throws {KernelFault} lockdep: "sleeping function called from invalid context" in atomic context,
 * "recursive locking" when the caller holds it
 */
export function mutex_lock(lock: mutex): Step {
  might_sleep("mutex_lock");
  return acquire(lock, "mutex", "mutex_lock", 0, undefined);
}

/**
 * Gives a mutex back.
 * @throws {KernelFault} lockdep, "bad unlock balance", when the caller does not hold it
 */
export function mutex_unlock(lock: mutex): Step {
  if (yieldsBeforeRelease()) return unlockLater(lock);
  drop(currentTask(), lock);
  return done(undefined);
}

function* unlockLater(lock: mutex): Task {
  yield* point("mutex_unlock", lock);
  drop(currentTask(), lock);
}
