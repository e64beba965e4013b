/** How the tasks stand when a trace ends: who waits for what, who holds which lock since where. */
import { isEnabled, LOCK, machine, type TaskState, WAIT } from "../task.ts";
import type { Recording } from "./recording.ts";
import type { TraceEnding } from "./trace.ts";

/** The endings of all tasks; `faulty` is the id of the one that tripped the fault, if one did. */
export function endingsOf(recording: Recording, faulty: number | null): TraceEnding[] {
  return machine.tasks.filter((task) => task !== undefined).map((task) => ({
    task: task.id,
    state: stateOf(task, faulty),
    label: task.label,
    subject: task.subject === null ? null : recording.names.object(task.subject.address),
    stack: task.finished ? [] : recording.standsAt(task)?.frames ?? [],
    holds: task.held.map(({ lock, kind }) => ({
      name: recording.names.object(lock.address),
      kind,
      taken: recording.tookAt(task, lock.address),
    })),
  }));
}

function stateOf(task: TaskState, faulty: number | null): TraceEnding["state"] {
  if (task.id === faulty) return "at fault";
  if (task.finished) return "ended";
  if (isEnabled(task)) return "runnable";
  return task.pending === LOCK ? "blocked" : task.pending === WAIT ? "waiting" : "runnable";
}
