/** Where a thread may sleep, and work that runs in threads of its own. */
import { KernelFault } from "explore/fault.ts";
import { host, int, struct } from "explore/struct.ts";
import {
  currentTask,
  indivisible,
  point,
  spawn,
  type Step,
  type Task,
  type TaskState,
} from "explore/task.ts";
import { loadMarked, storeMarked } from "explore/memory.ts";

/** Is `task` inside a section in which it may not sleep? */
function inAtomic(task: TaskState): boolean {
  return task.atomic > 0 || task.irqsOff;
}

/**
 * Says that `caller` may sleep (include/linux/kernel.h, might_sleep).
 * @throws {KernelFault} lockdep, when the thread holds a spinlock, is in a read section of RCU, has
 * preemption or bottom halves disabled, or runs with interrupts off
 */
export function might_sleep(caller: string): void {
  const task = currentTask();
  if (!inAtomic(task)) return;
  const why = task.held.filter((held) => held.kind === "spinlock").map((held) => held.name);
  throw new KernelFault(
    "lockdep",
    "sleeping function called from invalid context",
    caller,
    why.length > 0 ? `holding ${why.join(", ")}` : task.irqsOff ? "interrupts are off" : "atomic",
  );
}

/**
 * What schedule() checks first (kernel/sched/core.c, __schedule_bug).
 * @throws {KernelFault} lockdep, "scheduling while atomic"
 */
export function schedule_debug(caller: string): void {
  if (inAtomic(currentTask())) throw new KernelFault("lockdep", "scheduling while atomic", caller);
}

/** Sleeps for a moment in which all others may run. */
export function* schedule(caller = "schedule"): Task {
  schedule_debug(caller);
  yield* point(caller, null);
}

/** Preemption off (include/linux/preempt.h). The same count serves bottom halves. */
export function preempt_disable(): void {
  currentTask().atomic++;
}

/** Preemption on again. */
export function preempt_enable(): void {
  currentTask().atomic--;
}

/** Bottom halves off (include/linux/bottom_half.h); a thread may not sleep until they are on. */
export const local_bh_disable = preempt_disable;
/** Bottom halves on again. */
export const local_bh_enable = preempt_enable;

/** A function to be run by a kernel worker (include/linux/workqueue.h). */
export class work_struct extends struct("work_struct", {
  func: host<(work: work_struct) => Task>(),
  pending: int,
}) {}

/** Sets the function of a work item. */
export function INIT_WORK(work: work_struct, func: (work: work_struct) => Task): void {
  work.func = func;
  work.pending = 0;
}

/**
 * Queues `work` to run in a thread of its own; answers false when it was queued already
 * (kernel/workqueue.c). It counts as queued until it starts.
 */
export function schedule_work(work: work_struct): Step<boolean> {
  return indivisible("schedule_work", work, () => {
    const pending = work.address + 2;
    if (loadMarked(pending) !== 0) return false;
    storeMarked(pending, 1);
    spawn("kworker", function* () {
      yield* indivisible("process_one_work", work, () => storeMarked(pending, 0));
      yield* work.func(work);
    });
    return true;
  });
}
