/**
 * RCU for readers that do not sleep (include/linux/rcupdate.h, kernel/rcu/tree.c): one domain for
 * the whole kernel, built as those of SRCU are.
 */
import type { Step, Task } from "explore/task.ts";
import { might_sleep, preempt_disable, preempt_enable } from "./sched.ts";
import {
  call_srcu,
  DEFINE_SRCU,
  type rcu_head,
  type RcuCallback,
  srcu_read_lock,
  srcu_read_unlock,
  srcu_reader_depth,
  synchronize_srcu,
} from "./srcu.ts";

const rcu = DEFINE_SRCU("rcu");

/** Enters a read section, in which the thread may not sleep; sections nest. */
export function* rcu_read_lock(): Task {
  yield* srcu_read_lock(rcu);
  preempt_disable();
}

/**
 * Leaves the innermost read section.
 * @throws {KernelFault} SRCU, "unbalanced srcu_read_unlock", when there is none
 */
export function* rcu_read_unlock(): Task {
  yield* srcu_read_unlock(rcu, srcu_reader_depth(rcu) - 1);
  preempt_enable();
}

/** Queues `func` to be called with `head`, bottom halves off, once all present readers have left. */
export function call_rcu(head: rcu_head, func: RcuCallback): Step {
  return call_srcu(rcu, head, func);
}

/**
 * Waits until all present readers have left.
 * @throws {KernelFault} lockdep, in atomic context, which a read section of RCU is
 */
export function* synchronize_rcu(): Task {
  might_sleep("synchronize_rcu");
  yield* synchronize_srcu(rcu);
}
