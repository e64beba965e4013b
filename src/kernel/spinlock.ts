/** Spinlocks, with the state of the interrupt flag (include/linux/spinlock.h). */
import { checkAlive, peek, poke } from "explore/objects.ts";
import { holder, struct } from "explore/struct.ts";
import { currentTask, done, point, type Step, type Task, type TaskState } from "explore/task.ts";
import { acquire, drop, indexOfHeld, lockFault, wordOf, yieldsBeforeRelease } from "./lock.ts";
import { define } from "./static.ts";

export { isHeld as spin_is_held, lockdep_assert_held } from "./lock.ts";

/** A spinlock. Who holds it may not sleep. */
export class spinlock_t extends struct("spinlock_t", { locked: holder }) {}

/** In the lock's word: this acquisition is the one that turned interrupts off. */
const TURNED_IRQS_OFF = 0x100;

const PLAIN = 0, IRQ = 1, RESTORE = 2;

/** Defines a static spinlock that reports call `name`. */
export function DEFINE_SPINLOCK(name: string): spinlock_t {
  return define(name, spinlock_t);
}

/** Initialises a spinlock to free. */
export function spin_lock_init(lock: spinlock_t): void {
  checkAlive(wordOf(lock));
  poke(wordOf(lock), 0);
}

/**
 * Takes a spinlock; interrupts stay as they are.
 * @throws {KernelFault} lockdep, "recursive locking", when the caller holds it
 */
export function spin_lock(lock: spinlock_t): Step {
  currentTask().atomic++;
  return acquire(lock, "spinlock", "spin_lock", 0, undefined);
}

/** Turns interrupts off and takes a spinlock. */
export function spin_lock_irq(lock: spinlock_t): Step {
  const task = currentTask();
  const flags = task.irqsOff ? 0 : TURNED_IRQS_OFF;
  task.irqsOff = true;
  task.atomic++;
  return acquire(lock, "spinlock", "spin_lock_irq", flags, undefined);
}

/** Turns interrupts off, takes a spinlock and answers whether they had been off before. */
export function spin_lock_irqsave(lock: spinlock_t): Step<boolean> {
  const task = currentTask();
  const before = task.irqsOff;
  task.irqsOff = true;
  task.atomic++;
  return acquire(lock, "spinlock", "spin_lock_irqsave", before ? 0 : TURNED_IRQS_OFF, before);
}

/**
 * Gives a spinlock back; interrupts stay as they are.
 * @throws {KernelFault} lockdep, "bad unlock balance", when the caller does not hold it
 */
export function spin_unlock(lock: spinlock_t): Step {
  if (yieldsBeforeRelease()) return unlockLater(lock, "spin_unlock", PLAIN, false);
  unlock(lock, PLAIN, false);
  return done(undefined);
}

/**
 * Gives a spinlock back and turns interrupts on, whatever they were before it was taken.
 * @throws {KernelFault} lockdep, "inconsistent IRQ state", when it was not this lock's taking that
 * turned them off: the caller of an outer section would go on with interrupts enabled
 */
export function spin_unlock_irq(lock: spinlock_t): Step {
  if (yieldsBeforeRelease()) return unlockLater(lock, "spin_unlock_irq", IRQ, false);
  unlock(lock, IRQ, false);
  return done(undefined);
}

/** Gives a spinlock back and puts interrupts as spin_lock_irqsave found them. */
export function spin_unlock_irqrestore(lock: spinlock_t, flags: boolean): Step {
  if (yieldsBeforeRelease()) {
    return unlockLater(lock, "spin_unlock_irqrestore", RESTORE, flags);
  }
  unlock(lock, RESTORE, flags);
  return done(undefined);
}

function* unlockLater(lock: spinlock_t, label: string, mode: number, flags: boolean): Task {
  yield* point(label, lock);
  unlock(lock, mode, flags);
}

function unlock(lock: spinlock_t, mode: number, flags: boolean): void {
  const task = currentTask();
  checkAlive(wordOf(lock));
  indexOfHeld(task, lock);
  const turnedOff = (peek(wordOf(lock)) & TURNED_IRQS_OFF) !== 0;
  drop(task, lock);
  task.atomic--;
  if (mode === IRQ) enableIrqs(task, lock, turnedOff);
  else if (mode === RESTORE) task.irqsOff = flags;
}

function enableIrqs(task: TaskState, lock: spinlock_t, turnedOff: boolean): void {
  if (!turnedOff) {
    throw lockFault(
      "inconsistent IRQ state",
      lock,
      task.irqsOff
        ? "spin_unlock_irq enables interrupts that an outer section had disabled"
        : "spin_unlock_irq, but interrupts were not disabled when the lock was taken",
    );
  }
  task.irqsOff = false;
}
