/** A trace as a Mermaid sequence diagram, for pages and issues that draw one from text. */
import { showPlace } from "../stack.ts";
import { showChange } from "./text.ts";
import { showOperation, type Trace, type TraceStep } from "./trace.ts";

const CHANGES_SHOWN = 4;

/** The diagram's source. */
export function traceAsMermaid(trace: Trace): string {
  const { tasks, steps, fault } = trace;
  const lines = ["sequenceDiagram", `  accTitle: ${escape(trace.scenario)}`];
  for (const { id, name } of tasks) {
    if (steps.some(({ task }) => task === id)) {
      lines.push(`  participant t${id} as ${escape(name)}`);
    }
  }
  for (const [index, step] of steps.entries()) {
    const from = index === 0 ? undefined : steps[index - 1]?.task;
    if (from !== undefined && from !== step.task) lines.push(`  t${from}-->>t${step.task}: switch`);
    lines.push(`  Note over t${step.task}: ${index + 1} ${noteOf(step)}`);
  }
  const last = steps.at(-1);
  if (fault !== null && last !== undefined) {
    lines.push(`  Note over t${last.task}: ${escape(fault.message)}`);
  }
  return `${lines.join("\n")}\n`;
}

function noteOf(step: TraceStep): string {
  const changes = [...step.changes.map(showChange), ...step.events];
  const more = changes.length - CHANGES_SHOWN;
  const shown = changes.slice(0, CHANGES_SHOWN);
  const place = step.at === null ? [] : [showPlace(step.at)];
  return [showOperation(step), ...place, ...shown, ...(more > 0 ? [`and ${more} more`] : [])]
    .map(escape).join("<br/>");
}

/** Characters that end a statement or start markup become entity codes. */
function escape(text: string): string {
  return text.replace(/[#;<>"]/g, (character) => `#${character.charCodeAt(0)};`);
}
