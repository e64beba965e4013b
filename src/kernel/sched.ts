/** Where a thread may sleep (kernel/sched/core.c). */
import { KernelFault } from "explore/fault.ts";
import { currentTask, point, type Task, type TaskState } from "explore/task.ts";

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
