/**
 * Wait queues (include/linux/wait.h, kernel/sched/wait.c).
 *
 * The order of touches is the kernel's: whoever sleeps puts itself on the queue, and so touches the
 * queue's head, before it looks at the condition, and again after every wake-up.
 */
import { noteWait, noteWake } from "explore/lockorder.ts";
import { peek } from "explore/objects.ts";
import { create, destroy, int, struct } from "explore/struct.ts";
import { called, calling } from "explore/tape/call.ts";
import {
  currentTask,
  done,
  observePublished,
  publish,
  type Step,
  type Task,
  waitUntil,
} from "explore/task.ts";
import {
  INIT_LIST_HEAD,
  list_add,
  list_del_init,
  list_empty,
  list_for_each_entry_safe,
  list_head,
} from "./list.ts";
import { might_sleep, schedule_debug } from "./sched.ts";
import {
  spin_lock_init,
  spin_lock_irq,
  spin_lock_irqsave,
  spin_unlock_irq,
  spin_unlock_irqrestore,
  spinlock_t,
} from "./spinlock.ts";

/** Where threads wait for something to happen to the object that this is embedded in. */
export class wait_queue_head extends struct("wait_queue_head", {
  lock: spinlock_t,
  head: list_head,
}) {}

/** A waiting thread's entry; it lies on the thread's stack. `state` is that of the thread. */
export class wait_queue_entry extends struct("wait_queue_entry", {
  state: int,
  entry: list_head,
}) {}

const TASK_RUNNING = 0, TASK_UNINTERRUPTIBLE = 2;

/** Makes `wq` a queue in which nobody waits. */
export function init_waitqueue_head(wq: wait_queue_head): void {
  spin_lock_init(wq.lock);
  INIT_LIST_HEAD(wq.head);
}

function stateOf(wait: wait_queue_entry): number {
  return wait.address + 1;
}

/** A new entry for the current thread, which must `destroy` it. */
export function init_wait_entry(): wait_queue_entry {
  const wait = create(wait_queue_entry);
  INIT_LIST_HEAD(wait.entry);
  return wait;
}

/** Puts the entry at the front of the queue, if it is not in it, and declares the thread asleep. */
export function* prepare_to_wait_event(wq: wait_queue_head, wait: wait_queue_entry): Task {
  const flags = yield* spin_lock_irqsave(wq.lock);
  enqueue_wait(wq, wait);
  yield* spin_unlock_irqrestore(wq.lock, flags);
}

/** What prepare_to_wait_event does under the queue's lock. */
export function enqueue_wait(wq: wait_queue_head, wait: wait_queue_entry): void {
  if (list_empty(wait.entry)) list_add(wait.entry, wq.head);
  wait.state = TASK_UNINTERRUPTIBLE;
}

/** Takes the entry off the queue. */
export function* finish_wait(wq: wait_queue_head, wait: wait_queue_entry): Task {
  const flags = yield* spin_lock_irqsave(wq.lock);
  wait.state = TASK_RUNNING;
  if (!list_empty(wait.entry)) list_del_init(wait.entry);
  yield* spin_unlock_irqrestore(wq.lock, flags);
}

/** Sleeps until a wake-up comes; returns at once when it came since the entry was queued. */
export function* schedule_until_woken(
  wq: wait_queue_head,
  wait: wait_queue_entry,
  caller: string,
): Task {
  schedule_debug(caller);
  const state = stateOf(wait);
  // Nobody but this thread puts it to sleep again.
  yield* waitUntil(caller, wq, () => peek(state) === TASK_RUNNING, true);
  observePublished(state);
}

/**
 * Waits until `condition()` holds, which is asked with `lock` held. The caller holds `lock` by
 * spin_lock_irq, and holds it again on return; it is given up while asleep. A condition that holds
 * at entry costs nothing: neither the queue nor the lock is touched.
 * @throws {KernelFault} lockdep, "inconsistent IRQ state" when `lock` was taken by plain spin_lock,
 * "scheduling while atomic" when another spinlock is held
 */
export function wait_event_lock_irq(
  wq: wait_queue_head,
  condition: () => boolean,
  lock: spinlock_t,
): Step {
  noteWait(currentTask().held, wq.address, lock.address);
  return condition() ? done(undefined) : calling(waitLockIrq(wq, condition, lock));
}

function* waitLockIrq(wq: wait_queue_head, condition: () => boolean, lock: spinlock_t): Task {
  const wait = init_wait_entry();
  for (;;) {
    yield* prepare_to_wait_event(wq, wait);
    if (condition()) break;
    yield* spin_unlock_irq(lock);
    yield* schedule_until_woken(wq, wait, "wait_event_lock_irq");
    yield* spin_lock_irq(lock);
  }
  yield* finish_wait(wq, wait);
  destroy(wait);
}

/**
 * Waits until `condition()` holds, which is asked without any lock: it answers a step, such as
 * READ_ONCE or an atomic's.
 * @throws {KernelFault} lockdep, "sleeping function called from invalid context"
 */
export function* wait_event(wq: wait_queue_head, condition: () => Step<boolean>): Task {
  might_sleep("wait_event");
  noteWait(currentTask().held, wq.address);
  if (yield* condition()) return;
  const wait = init_wait_entry();
  for (;;) {
    yield* prepare_to_wait_event(wq, wait);
    if (yield* condition()) break;
    yield* schedule_until_woken(wq, wait, "wait_event");
  }
  yield* finish_wait(wq, wait);
  destroy(wait);
}

/** Wakes all who wait, in the order of the queue, and takes them off it. */
export function* wake_up_all(wq: wait_queue_head): Task {
  const flags = yield* spin_lock_irqsave(wq.lock);
  wake_up_all_locked(wq);
  yield* spin_unlock_irqrestore(wq.lock, flags);
}

/** As {@link wake_up_all}, for a caller that holds the queue's own lock. */
export function wake_up_all_locked(wq: wait_queue_head): void {
  noteWake(wq.address);
  called(() => {
    for (const wait of list_for_each_entry_safe(wq.head, wait_queue_entry, "entry")) {
      wait.state = TASK_RUNNING;
      publish(stateOf(wait));
      list_del_init(wait.entry);
    }
  });
}

/** Does anybody wait? For whoever holds a lock that orders it. */
export function waitqueue_active(wq: wait_queue_head): boolean {
  return !list_empty(wq.head);
}
