/** Completions: waits for something that happens once (kernel/sched/completion.c). */
import { noteWait } from "explore/lockorder.ts";
import { destroy, int, struct } from "explore/struct.ts";
import { currentTask, type Task } from "explore/task.ts";
import { might_sleep } from "./sched.ts";
import {
  spin_lock_irq,
  spin_lock_irqsave,
  spin_unlock_irq,
  spin_unlock_irqrestore,
} from "./spinlock.ts";
import {
  enqueue_wait,
  init_wait_entry,
  init_waitqueue_head,
  schedule_until_woken,
  wait_queue_head,
  wake_up_all_locked,
} from "./wait.ts";

/** `done` counts completions that nobody has waited for yet; COMPLETE_ALL means "from now on". */
export class completion extends struct("completion", { done: int, wait: wait_queue_head }) {}

const COMPLETE_ALL = 0x7fff_ffff;

/** Makes `x` not completed. */
export function init_completion(x: completion): void {
  x.done = 0;
  init_waitqueue_head(x.wait);
}

/**
 * Waits until `x` is completed and takes one completion.
 * @throws {KernelFault} lockdep, "sleeping function called from invalid context"
 */
export function* wait_for_completion(x: completion): Task {
  might_sleep("wait_for_completion");
  noteWait(currentTask().held, x.wait.address);
  yield* spin_lock_irq(x.wait.lock);
  if (x.done === 0) {
    const wait = init_wait_entry();
    while (x.done === 0) {
      enqueue_wait(x.wait, wait);
      yield* spin_unlock_irq(x.wait.lock);
      yield* schedule_until_woken(x.wait, wait, "wait_for_completion");
      yield* spin_lock_irq(x.wait.lock);
    }
    // Whoever completed it has taken the entry off the queue.
    destroy(wait);
  }
  if (x.done !== COMPLETE_ALL) x.done--;
  yield* spin_unlock_irq(x.wait.lock);
}

/**
 * Completes `x` once. All who wait are woken and one of them gets it; the kernel wakes that one
 * alone, which nobody can tell apart.
 */
export function* complete(x: completion): Task {
  const flags = yield* spin_lock_irqsave(x.wait.lock);
  if (x.done !== COMPLETE_ALL) x.done++;
  wake_up_all_locked(x.wait);
  yield* spin_unlock_irqrestore(x.wait.lock, flags);
}

/** Completes `x` for all who wait and will wait. */
export function* complete_all(x: completion): Task {
  const flags = yield* spin_lock_irqsave(x.wait.lock);
  x.done = COMPLETE_ALL;
  wake_up_all_locked(x.wait);
  yield* spin_unlock_irqrestore(x.wait.lock, flags);
}
