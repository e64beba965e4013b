/**
 * A step in a schedule: who takes it and, where memory is relaxed, how far back its accesses reach.
 * One number says both, and it is the task's id alone where every access is of the latest write.
 */
import { TASK_LIMIT } from "../objects.ts";

const TASKS = 32, CHOICES = 16, CHOICES_MAX = 12;

if (TASK_LIMIT > TASKS) throw new RangeError(`Cannot number ${TASK_LIMIT} tasks in a schedule`);

/** The task of a step. */
export function taskOf(step: number): number {
  return step & (TASKS - 1);
}

/**
 * The step in which `task` chooses as in `choices`, one for each access that had a choice; those
 * that are left out are 0, which is the latest write.
 * @throws {RangeError} when the choices do not fit in a number
 */
export function stepOf(task: number, choices: readonly number[]): number {
  let last = choices.length;
  while (last > 0 && choices[last - 1] === 0) last--;
  if (last > CHOICES_MAX || choices.some((choice) => choice >= CHOICES)) {
    throw new RangeError(
      `Cannot write down a step with the choices ${choices.join(", ")}: ` +
        `wanted at most ${CHOICES_MAX}, each below ${CHOICES}`,
    );
  }
  let code = 0;
  for (let at = last - 1; at >= 0; at--) code = code * CHOICES + (choices[at] as number);
  return code * TASKS + task;
}

/** The choices of a step; further ones are 0. */
export function choicesOf(step: number): number[] {
  const choices: number[] = [];
  for (let code = Math.floor(step / TASKS); code > 0; code = Math.floor(code / CHOICES)) {
    choices.push(code % CHOICES);
  }
  return choices;
}
