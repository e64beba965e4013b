/** Running a given schedule, which is all that replay, recording and shrinking have in common. */
import type { Execution } from "../execution.ts";
import { KernelFault, type Sanitizer } from "../fault.ts";
import { reportCirclesTo } from "../lockorder.ts";
import { type DataRace, reportRacesTo } from "../races.ts";
import { Forbidden } from "../relaxed/choices.ts";
import { taskOf } from "../relaxed/steps.ts";
import { isEnabled, machine } from "../task.ts";

/** What makes two faults the same. */
export interface FaultKey {
  readonly sanitizer: Sanitizer;
  readonly kind: string;
  readonly subject: string;
}

/** Do the two speak of the same fault? */
export function isSameFault(a: FaultKey, b: FaultKey): boolean {
  return a.sanitizer === b.sanitizer && a.kind === b.kind && a.subject === b.subject;
}

/** What came of a schedule. */
export interface Outcome {
  readonly fault: KernelFault | null;
  /** How many steps of the schedule ran; fewer than it has when a fault came first. */
  readonly ran: number;
  /** Has the execution come to its end, so that the fault is one of the end, such as a leak? */
  readonly atEnd: boolean;
}

/** Thrown when a schedule asks for a step that cannot be taken. */
export class ReplayError extends Error {
  override readonly name = "ReplayError";
}

/** Told of each step: its place in the schedule, from 0, and the id of its task. */
export interface StepListener {
  before?(index: number, task: number): void;
  after?(index: number, task: number): void;
  race?(race: DataRace): void;
}

/**
 * Runs `schedule` on a fresh execution. A data race or a circle of locks counts as a fault only when
 * it is the one that is `wanted`: an execution goes on after others.
 * @throws {ReplayError} at a step whose task is blocked, has ended or never came to be
 */
export function runSchedule(
  execution: Execution,
  schedule: readonly number[],
  wanted: FaultKey | null,
  listener: StepListener = {},
): Outcome {
  let aside: KernelFault | null = null;
  reportRacesTo((found) => {
    if ((execution.memory !== null) !== (found.isModelled ?? false)) return;
    const key = { sanitizer: "KCSAN", kind: "data-race", subject: found.subject } as const;
    if (aside !== null || wanted === null || !isSameFault(key, wanted)) return;
    aside = new KernelFault(key.sanitizer, key.kind, key.subject, "", found.address);
    listener.race?.(found);
  });
  reportCirclesTo((circle) => {
    if (wanted !== null && isSameFault(circle, wanted)) aside ??= circle;
  });
  execution.begin();
  for (const [index, step] of schedule.entries()) {
    const id = taskOf(step);
    checkCanRun(id, index);
    listener.before?.(index, id);
    const fault = take(execution, step, index) ?? aside;
    listener.after?.(index, id);
    if (fault === null) continue;
    checkAllowed(execution, index);
    return { fault, ran: index + 1, atEnd: false };
  }
  const atEnd = execution.enabled() === 0;
  checkAllowed(execution, schedule.length - 1);
  if (!atEnd) return { fault: aside, ran: schedule.length, atEnd };
  return { fault: execution.end() ?? aside, ran: schedule.length, atEnd };
}

function take(execution: Execution, step: number, index: number): KernelFault | undefined {
  try {
    return execution.step(step);
  } catch (error) {
    if (!(error instanceof Forbidden)) throw error;
    throw new ReplayError(`Cannot replay step ${index + 1}: ${error.message}`, { cause: error });
  }
}

/** @throws {ReplayError} when the memory model does not allow what has run, up to step `index` */
function checkAllowed(execution: Execution, index: number): void {
  if (execution.isAllowed()) return;
  throw new ReplayError(`Cannot replay up to step ${index + 1}: the memory model forbids it`);
}

function checkCanRun(id: number, index: number): void {
  const task = machine.tasks[id];
  const at = `Cannot replay step ${index + 1}`;
  if (task === undefined) throw new ReplayError(`${at}: there is no task ${id} yet`);
  if (task.finished) throw new ReplayError(`${at}: ${task.name} has ended`);
  if (!isEnabled(task)) throw new ReplayError(`${at}: ${task.name} is blocked in ${task.label}`);
}
