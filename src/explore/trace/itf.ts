/**
 * A trace in the Informal Trace Format, which trace viewers and model-based testing tools read:
 * https://apalache-mc.org/docs/adr/015adr-trace.html
 */
import { showOperation, showValue, taskName, type Trace } from "./trace.ts";

/** The variables: what ran, and the memory as a map from place to value. */
const VARIABLES = ["task", "operation", "memory"];

/** The trace as a JSON text. State 0 is the prepared one, state n the one after step n. */
export function traceAsItf(trace: Trace): string {
  const memory = new Map<string, string>();
  for (const { changes } of trace.steps) {
    for (const { where, before } of changes) {
      if (!memory.has(where)) memory.set(where, showValue(before));
    }
  }
  const states = [state(0, "setup", "setup", memory)];
  for (const [index, step] of trace.steps.entries()) {
    for (const { where, after } of step.changes) memory.set(where, showValue(after));
    states.push(state(index + 1, taskName(trace, step.task), showOperation(step), memory));
  }
  const itf = {
    "#meta": {
      format: "ITF",
      "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
      source: trace.scenario,
      description: trace.fault?.message ?? "ends well",
      trace: trace.id,
    },
    params: [],
    vars: VARIABLES,
    states,
  };
  return `${JSON.stringify(itf, null, 1)}\n`;
}

function state(
  index: number,
  task: string,
  operation: string,
  memory: ReadonlyMap<string, string>,
): Record<string, unknown> {
  return { "#meta": { index }, task, operation, memory: { "#map": [...memory] } };
}
