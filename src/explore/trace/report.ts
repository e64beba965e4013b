/**
 * The fault of a trace as a report in the shape that the kernel's own tools give it: a line that
 * names the fault, the stacks, the object with its allocation and its free, and the locks.
 */
import { callSite, showPlace } from "../stack.ts";
import { showFrames } from "./text.ts";
import {
  showOperation,
  taskName,
  type Trace,
  type TraceEnding,
  type TraceFault,
  type TraceSite,
} from "./trace.ts";

const RULE = "=".repeat(66);

/** The report of a trace that has a fault. It ends with a newline. */
export function showReport(trace: Trace): string {
  const { fault } = trace;
  if (fault === null) return "";
  const parts = [
    headline(fault),
    what(fault, trace.steps.length),
    fault.stack.length > 0 ? `${callTrace(fault)}:\n${showFrames(fault.stack)}` : "",
    fault.sanitizer === "KCSAN" ? site("The other access, by", fault.other) : "",
    fault.sanitizer === "KASAN" || fault.sanitizer === "kmemleak"
      ? site("Allocated by", fault.allocated) + site("Freed by", fault.freed)
      : "",
    ...trace.endings.map((ending) => showEnding(trace, ending)),
  ];
  return `${RULE}\n${parts.filter((part) => part !== "").join("\n")}${RULE}\n`;
}

function headline(fault: TraceFault): string {
  const { sanitizer, kind, subject } = fault;
  const at = callSite(fault.stack)?.name;
  const where = at === undefined ? "" : ` in ${at}`;
  switch (sanitizer) {
    case "KASAN":
      return `BUG: KASAN: ${kind}${where}\n`;
    case "KCSAN": {
      const other = fault.other === null ? undefined : callSite(fault.other.stack)?.name;
      return `BUG: KCSAN: ${kind}${where}${other === undefined ? "" : ` / ${other}`}\n`;
    }
    case "lockdep":
      return `WARNING: ${kind}${where}\n`;
    case "refcount":
      return `WARNING: refcount_t: ${kind}${where}\n`;
    case "hung task":
      return "INFO: task blocked for ever\n";
    case "soft lockup":
      return `BUG: soft lockup: ${kind}${where}\n`;
    case "kmemleak":
      return `kmemleak: ${kind} ${fault.object ?? subject}\n`;
    case "oops":
      return `BUG: ${kind}${where}\n`;
    case "list debug":
    case "SRCU":
    case "TLB":
      return `WARNING: ${sanitizer}: ${kind}${where}\n`;
    case "law":
      return `LAW: "${subject}" ${kind}\n`;
  }
}

function what({ task, object, message, subject }: TraceFault, steps: number): string {
  const by = task === null ? "At the end of the execution" : `By task ${task} in step ${steps}`;
  const about = object === null ? subject : object;
  return `${by}, on ${about}\n${message}\n`;
}

function callTrace({ task }: TraceFault): string {
  return task === null ? "Call trace" : `Call trace of ${task}`;
}

function site(title: string, at: TraceSite | null): string {
  if (at === null) return "";
  const when = at.step === 0 ? "" : ` in step ${at.step}`;
  return `${title} ${at.task}${when}:\n${showFrames(at.stack)}`;
}

/** Where one task stands and what it holds; nothing for a task that ended without a lock. */
function showEnding(trace: Trace, ending: TraceEnding): string {
  const { state, holds, stack } = ending;
  if (state === "ended" && holds.length === 0) return "";
  const isFirstStep = ending.label === "start";
  const at = isFirstStep && state !== "at fault" ? " before its first step" : "";
  const before = state === "ended" || state === "at fault" || isFirstStep
    ? ""
    : ` before ${showOperation(ending)}`;
  const locks = holds.map(({ name, kind, taken }, index) => {
    const place = taken === null ? null : callSite(taken.stack);
    const since = place === null ? "" : `, taken at ${showPlace(place)}`;
    return `  #${index} ${name} (${kind})${since}\n`;
  });
  const held = locks.length === 0 ? "" : `  holds ${locks.length}:\n${locks.join("")}`;
  const frames = state === "blocked" || state === "waiting" ? showFrames(stack) : "";
  return `Task ${taskName(trace, ending.task)} is ${state}${at}${before}.\n${frames}${held}`;
}
