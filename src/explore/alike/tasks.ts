/** What tasks of the execution under way are at. */
import { recordPeeks } from "../objects.ts";
import { LOCK, machine } from "../task.ts";

/** A mask of those that have not ended. */
export function runningTasks(): number {
  const { tasks } = machine;
  let mask = 0;
  for (let id = 0; id < tasks.length; id++) {
    if (tasks[id]?.finished === false) mask |= 1 << id;
  }
  return mask;
}

/** The words for whose sake those wait that have not ended and cannot go on. */
export function awaitedWords(): number[] {
  return machine.tasks.flatMap((task) => {
    if (task === undefined || task.finished) return [];
    return task.pending === LOCK ? [task.word] : [...recordPeeks(task.ready).words];
  });
}
