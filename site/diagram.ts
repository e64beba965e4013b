/**
 * A schedule as a sequence diagram: a lane for each thread, a row for each step, and beside the
 * step only what it changed. The drawing is an image for the eye; `traceTable` says the same in
 * words and links each step to its line of the book.
 */
import type { Frame } from "../src/explore/fault.ts";
import { showPlace } from "../src/explore/stack.ts";
import {
  showOperation,
  showValue,
  type Trace,
  type TraceStep,
  type TraceTask,
} from "../src/explore/trace/trace.ts";
import { escape, type Html, markup, raw } from "./html.ts";

/** Measures of the drawing, in its own units. */
const HEAD = 40;
const HEAD_STEP = 16;
const LANE = 34;
const LINE = 15;
const MARGIN = 26;
const ROW_MIN = 26;
/** Width of a character of the labels, and of the smaller notes. */
const GLYPH = 7.3;
const SMALL_GLYPH = 6.4;
/** A note is cut here in the drawing; the table has it whole. */
const NOTE_MAX = 96;

/** What a step changed, and what else happened in it, a line each. */
export function stepNotes({ changes, events }: TraceStep): string[] {
  const lines = changes.map(({ where, before, after }) =>
    `${where} ${showValue(before)} → ${showValue(after)}`
  );
  return [...lines, ...events];
}

/** The threads that take a step in the trace. */
function lanesOf({ tasks, steps }: Trace): readonly TraceTask[] {
  return tasks.filter(({ id }) => steps.some((step) => step.task === id));
}

/** What the execution ended in, as one line; the report has the details. */
export function endOf({ fault }: Trace): string {
  if (fault === null) return "The execution ends well.";
  return `${fault.sanitizer}: ${fault.kind} in ${fault.subject}`;
}

/** Where the parts of a drawing stand. */
interface Columns {
  /** Left edge of the labels. */
  readonly label: number;
  /** Left edge of the notes. */
  readonly note: number;
  readonly width: number;
}

/**
 * Draws a trace.
 *
 * @param trace the schedule
 * @param title names the drawing for readers who do not see it
 */
export function sequenceDiagram(trace: Trace, title: string): Html {
  const lanes = lanesOf(trace), { steps } = trace;
  const label = MARGIN + lanes.length * LANE + 4;
  const note = label + 24 + widest(steps.map(showOperation), GLYPH);
  const columns = { label, note, width: widthOf(trace, lanes, note) };
  const top = HEAD + Math.max(0, lanes.length - 1) * HEAD_STEP;
  const heights = steps.map(rowHeight);
  const tops = heights.map((_, row) => top + sum(heights.slice(0, row)));
  const bottom = top + sum(heights), height = bottom + 46, { width } = columns;
  const rows = steps.map((_, row) => raw(stepRow(trace, row, lanes, tops[row] ?? top, columns)));
  return markup`
    <svg class="sequence" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">
    ${lanes.map(({ name }, lane) => raw(laneHead(name, lane, bottom)))}
    ${rows}
    <g class="report"><path d="M${MARGIN - 12} ${bottom + 12}h${width - MARGIN}"/>
    <text x="${MARGIN - 12}" y="${bottom + 33}">${endOf(trace)}</text></g>
    </svg>`;
}

function widest(texts: readonly string[], glyph: number): number {
  return Math.max(80, ...texts.map((text) => Math.ceil(text.length * glyph)));
}

function widthOf(trace: Trace, lanes: readonly TraceTask[], note: number): number {
  const notes = widest(trace.steps.flatMap(stepNotes).map(cut), SMALL_GLYPH);
  const heads = lanes.map(({ name }, lane) => (lane * LANE) + name.length * GLYPH);
  return MARGIN + Math.ceil(Math.max(note + notes, endOf(trace).length * GLYPH, ...heads));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function cut(text: string): string {
  return text.length <= NOTE_MAX ? text : `${text.slice(0, NOTE_MAX - 1)}…`;
}

function rowHeight(step: TraceStep): number {
  return Math.max(ROW_MIN, stepNotes(step).length * LINE + ROW_MIN - LINE);
}

function laneHead(name: string, lane: number, bottom: number): string {
  const x = MARGIN + lane * LANE, y = 18 + lane * HEAD_STEP;
  return `<g class="lane c${lane % 6}"><text x="${x - 5}" y="${y}">${escape(name)}</text>` +
    `<path d="M${x} ${y + 6}V${bottom}"/></g>`;
}

/** A step: a rule above it if another thread goes on, its dot, its label and its notes. */
function stepRow(
  { steps }: Trace,
  row: number,
  lanes: readonly TraceTask[],
  top: number,
  columns: Columns,
): string {
  const step = steps[row] as TraceStep, before = steps[row - 1];
  const lane = lanes.findIndex(({ id }) => id === step.task);
  const x = MARGIN + lane * LANE, y = top + ROW_MIN / 2;
  const isSwitch = before !== undefined && before.task !== step.task;
  const rule = isSwitch ? `<path class="switch" d="M8 ${top}H${columns.width - 8}"/>` : "";
  const last = row === steps.length - 1 ? " last" : "";
  const label = escape(showOperation(step));
  const notes = stepNotes(step).map((line, index) => {
    const at = `x="${columns.note}" y="${y + 4 + index * LINE}"`;
    return `<text class="change" ${at}>${escape(cut(line))}</text>`;
  });
  return `${rule}<g class="step c${lane % 6}${last}"><circle cx="${x}" cy="${y}" r="5"/>` +
    `<text x="${columns.label}" y="${y + 4.5}">${label}</text></g>${notes.join("")}`;
}

/**
 * The same schedule as a table.
 *
 * @param link answers where a line of the book stands on the site
 */
export function traceTable(trace: Trace, link: (at: Frame) => string | undefined): Html {
  const rows = trace.steps.map((step, index) => {
    const name = trace.tasks.find(({ id }) => id === step.task)?.name ?? step.task;
    return markup`
      <tr><td>${index + 1}</td><th scope="row">${name}</th>
      <td><code>${showOperation(step)}</code></td>
      <td>${stepNotes(step).join("; ")}</td>
      <td>${step.at !== null && place(step.at, link)}</td></tr>`;
  });
  return markup`
    <div class="scroll" tabindex="0">
    <table class="trace">
    <thead><tr>
    <th scope="col">Step</th>
    <th scope="col">Thread</th>
    <th scope="col">What it does</th>
    <th scope="col">What changes</th>
    <th scope="col">Line</th>
    </tr></thead>
    <tbody>
    ${rows}
    </tbody>
    </table>
    </div>`;
}

function place(at: Frame, link: (at: Frame) => string | undefined): Html {
  const url = link(at), text = showPlace(at);
  return url === undefined ? markup`${text}` : markup`<a href="${url}">${text}</a>`;
}
