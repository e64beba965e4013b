/**
 * A trace in the Trace Event format that Perfetto and chrome://tracing open. A step lasts one
 * millisecond, so that the order of steps is the order of time.
 */
import { showPlace } from "../stack.ts";
import { showChange } from "./text.ts";
import { showOperation, type Trace } from "./trace.ts";

/** One step, in microseconds. */
const STEP = 1000;

/** The trace as a JSON text. */
export function traceAsEvents(trace: Trace): string {
  const { tasks, steps, fault } = trace;
  const events: Record<string, unknown>[] = [
    { ph: "M", pid: 1, tid: 0, name: "process_name", args: { name: trace.scenario } },
  ];
  for (const { id, name } of tasks) {
    events.push({ ph: "M", pid: 1, tid: id + 1, name: "thread_name", args: { name } });
  }
  for (const [index, step] of steps.entries()) {
    events.push({
      ph: "X",
      pid: 1,
      tid: step.task + 1,
      ts: index * STEP,
      dur: STEP,
      name: showOperation(step),
      args: {
        step: index + 1,
        ...(step.at === null ? {} : { at: showPlace(step.at) }),
        changes: step.changes.map(showChange),
        events: step.events,
      },
    });
  }
  const last = steps.at(-1);
  if (fault !== null && last !== undefined) {
    const at = { pid: 1, tid: last.task + 1, ts: steps.length * STEP };
    events.push({ ph: "i", s: "p", ...at, name: fault.message, args: { kind: fault.kind } });
  }
  const otherData = { trace: trace.id, edition: trace.text.edition };
  return `${JSON.stringify({ displayTimeUnit: "ms", otherData, traceEvents: events }, null, 1)}\n`;
}
