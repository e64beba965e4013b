/**
 * A trace as a chapter shows it: one line a step, a mark in the column of its thread, what the
 * thread stood before and in which line of the book, and what changed. Work that threads set off
 * shares one column. It is as wide as a chapter's prose, and has nothing in it that differs between
 * two recordings of one schedule.
 */
import { describeStep } from "./text.ts";
import { showOperation, type Trace, type TraceStep } from "./trace.ts";

/** As wide as the prose of a chapter. */
const WIDTH = 124;
/** The longest operation that is told with what it is on. */
const OPERATION = 27;

/** The trace as lines: a heading, the steps, and what they end in. `threads` get columns. */
export function compactTrace({ tasks, steps, fault }: Trace, threads: readonly string[]): string[] {
  const columns = threads.filter((name) => steps.some((step) => nameOf(step) === name));
  const isWork = (step: TraceStep): boolean => !columns.includes(nameOf(step));
  const hasWork = steps.some(isWork);
  function nameOf({ task }: TraceStep): string {
    return tasks.find(({ id }) => id === task)?.name ?? "";
  }
  const head = ["", ...columns, ...hasWork ? ["work set off"] : [], "before", "at", "changes"];
  const changes = withoutNumbers(steps.map(describeStep));
  const rows = steps.map((step, index) => [
    String(index + 1),
    ...columns.map((name) => nameOf(step) === name ? "x".padStart((name.length + 1) >> 1) : ""),
    ...hasWork ? [isWork(step) ? nameOf(step) : ""] : [],
    operationOf(step),
    placeOf(step),
    (changes[index] ?? "").replaceAll(/(?:\.refcount)?\.(?:refs|counter)\b(?=: )/g, ""),
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length))
  );
  const lines = [head, ...rows].map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padStart(widths[0] ?? 0) : cell.padEnd(widths[column] ?? 0)
    );
    return cut(cells.join("  ").trimEnd());
  });
  return [...lines, ...wrap(fault?.message ?? "ends well")];
}

/** The only object of its type needs no number. */
function withoutNumbers(changes: readonly string[]): string[] {
  const named = changes.flatMap((text) => [...text.matchAll(/(\w+)#(\d+)/g)]);
  const many = new Set(named.flatMap(([, type, number]) => number === "1" ? [] : [type]));
  return changes.map((text) =>
    text.replaceAll(/(\w+)#1\b/g, (name, type) => many.has(type) ? name : type)
  );
}

function operationOf(step: TraceStep): string {
  const whole = showOperation(step);
  return whole.length <= OPERATION ? whole : step.label;
}

/** The chapter's line where the thread stood; nothing before its first call of a chapter. */
function placeOf({ at }: TraceStep): string {
  if (at === null || at.file.startsWith("src/")) return "";
  return `${at.file.replace(/^.*\//, "")}:${at.line}`;
}

function cut(line: string): string {
  return line.length <= WIDTH ? line : `${line.slice(0, WIDTH - 1).trimEnd()}…`;
}

/** Cuts a text at its blanks into lines. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
