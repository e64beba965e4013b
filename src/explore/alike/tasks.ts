/** What tasks of the execution under way are at. */
import { recordPeeks } from "../objects.ts";
import { LOCK, machine } from "../task.ts";
import type { Waiting } from "./futures.ts";

/** A mask of those that have not ended. */
export function runningTasks(): number {
  const { tasks } = machine;
  let mask = 0;
  for (let id = 0; id < tasks.length; id++) {
    if (tasks[id]?.finished === false) mask |= 1 << id;
  }
  return mask;
}

/** Those that have not ended and cannot go on. */
export function waitingTasks(): Waiting[] {
  return machine.tasks.flatMap((task) => {
    if (task === undefined || task.finished) return [];
    const words = task.pending === LOCK ? [task.word] : [...recordPeeks(task.ready).words];
    return [{ task: task.id, words }];
  });
}
