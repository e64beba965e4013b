/** A trace as text: one line a step, one column a thread, and only what changed. */
import type { Frame } from "../fault.ts";
import { showPlace } from "../stack.ts";
import { showReport } from "./report.ts";
import {
  countSwitches,
  scheduleOf,
  showOperation,
  showValue,
  type Trace,
  type TraceChange,
  type TraceStep,
} from "./trace.ts";

const COLUMN_MAX = 34;

/** The trace as text that ends with a newline. */
export function traceAsText(trace: Trace): string {
  const report = trace.fault === null ? "The execution ends well.\n" : showReport(trace);
  return `${heading(trace)}\n\n${stepTable(trace)}\n${report}`;
}

function heading(trace: Trace): string {
  const { scenario, text, memory, steps, fault } = trace;
  const switches = countSwitches(scheduleOf(trace));
  return `${scenario}: ${fault?.message ?? "ends well"}\n` +
    `trace ${trace.id}, edition ${text.edition}, ${count(steps.length, "step")}, ` +
    count(switches, "context switch") + (memory === "relaxed" ? ", relaxed memory" : "");
}

/** `1 step`, `2 steps`, `0 context switches`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : noun.endsWith("ch") ? "es" : "s"}`;
}

/** The table of the steps, without the report. */
export function stepTable({ tasks, steps }: Trace): string {
  const columns = tasks.filter(({ id }) => steps.some((step) => step.task === id));
  const head = ["#", ...columns.map(({ name }) => name), "where", "what changes"];
  const rows = steps.map((step, index) => [
    String(index + 1),
    ...columns.map(({ id }) => id === step.task ? shorten(showOperation(step)) : ""),
    step.at === null ? "" : showPlace(step.at),
    describeChanges(step),
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length))
  );
  const last = head.length - 1;
  return [head, ...rows].map((row) =>
    row.map((cell, column) => {
      if (column === 0) return cell.padStart(widths[0] ?? 0);
      return column === last ? cell : cell.padEnd(widths[column] ?? 0);
    }).join("  ").trimEnd() + "\n"
  ).join("");
}

function shorten(text: string): string {
  return text.length <= COLUMN_MAX ? text : `${text.slice(0, COLUMN_MAX - 1)}…`;
}

/** Most changes that a line tells; JSON has all of them. */
const CHANGES_SHOWN = 6;

/** What a step changed, on one line: events first, then fields, then the links of lists and rows. */
export function describeChanges(step: TraceStep): string {
  return describe(step, [isLink], CHANGES_SHOWN);
}

/** As {@link describeChanges}, all of it, with the holders of locks last. */
export function describeStep(step: TraceStep): string {
  return describe(step, [isLink, isHolder], Infinity);
}

type Kind = (change: TraceChange) => boolean;

const isLink: Kind = ({ where }) => /\.(?:next|prev|pprev|first)$|\]$/.test(where);
const isHolder: Kind = ({ where }) => /\.(?:locked|owner)$/.test(where);

/** The changes of no kind in `later` first, then kind by kind. */
function describe({ changes, events }: TraceStep, later: readonly Kind[], most: number): string {
  const sorted = [
    ...changes.filter((change) => !later.some((isOne) => isOne(change))),
    ...later.flatMap((isOne) => changes.filter(isOne)),
  ];
  const shown = sorted.slice(0, most).map(showChange), more = sorted.length - shown.length;
  return [...events, ...shown, ...(more > 0 ? [`and ${count(more, "word")} more`] : [])].join("; ");
}

/** `iommu_bond#1.refs.refs: 2 -> 1` */
export function showChange({ where, before, after }: TraceChange): string {
  return `${where}: ${showValue(before)} -> ${showValue(after)}`;
}

/** Frames as a block of lines, two spaces in. */
export function showFrames(stack: readonly Frame[]): string {
  if (stack.length === 0) return "  (nowhere in the book)\n";
  const width = Math.max(...stack.map(({ name }) => name.length));
  return stack.map((frame) => `  ${frame.name.padEnd(width)}  ${showPlace(frame)}\n`).join("");
}
