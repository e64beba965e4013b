/**
 * A schedule as a sequence diagram: a lane for each thread, a row for each step, and beside the
 * step only what it changed. The drawing is an image for the eye; `traceTable` says the same in
 * words and links each step to its line of the book.
 */
import { escape, type Html, markup, raw } from "./html.ts";
import type { Trace, TraceStep } from "./results.ts";

const ROW = 26;
const HEAD = 40;
const LANE = 34;
const MARGIN = 26;
/** Width of a character at the sizes below, in units of the drawing. */
const GLYPH = 7.3;
const SMALL_GLYPH = 6.3;

/** What a step changed, as one short line: `io_mm.refs 2 → 1, bond.mm_exit_active 0 → 1`. */
export function changesText(step: TraceStep): string {
  return step.changes.map(({ what, before, after }) => `${what} ${before} → ${after}`).join(", ");
}

/**
 * Draws a trace.
 *
 * @param trace the schedule
 * @param title names the drawing for readers who do not see it
 */
export function sequenceDiagram(trace: Trace, title: string): Html {
  const lanes = trace.threads.length;
  const text = MARGIN + lanes * LANE + 4;
  const labels = trace.steps.map((step) => step.label.length * GLYPH);
  const column = text + Math.max(80, ...labels) + 24;
  const notes = trace.steps.map((step) => changesText(step).length * SMALL_GLYPH);
  const report = MARGIN + trace.report.length * GLYPH + 24;
  const names = trace.threads.map((name, lane) => MARGIN + lane * LANE + name.length * GLYPH);
  const width = Math.ceil(Math.max(column + Math.max(0, ...notes) + 12, report, ...names));
  const top = HEAD + (lanes - 1) * 16;
  const bottom = top + trace.steps.length * ROW;
  const height = bottom + 46;
  return markup`
    <svg class="sequence" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"
      role="img" aria-label="${title}">
    ${trace.threads.map((name, lane) => raw(laneHead(name, lane, bottom)))}
    ${trace.steps.map((step, row) => raw(stepRow(step, row, trace, { text, column, top, width })))}
    <g class="report"><path d="M${MARGIN - 12} ${bottom + 12}h${width - MARGIN}"/>
    <text x="${MARGIN - 12}" y="${bottom + 33}">${trace.report}</text></g>
    </svg>
  `;
}

function laneHead(name: string, lane: number, bottom: number): string {
  const x = MARGIN + lane * LANE, y = 18 + lane * 16;
  return `<g class="lane c${lane % 6}"><text x="${x - 5}" y="${y}">${escape(name)}</text>` +
    `<path d="M${x} ${y + 6}V${bottom}"/></g>\n`;
}

interface Columns {
  readonly text: number;
  readonly column: number;
  readonly top: number;
  readonly width: number;
}

function stepRow(step: TraceStep, row: number, trace: Trace, columns: Columns): string {
  const lane = Math.max(0, trace.threads.indexOf(step.thread));
  const x = MARGIN + lane * LANE, y = columns.top + row * ROW + ROW / 2;
  const before = trace.steps[row - 1];
  const switched = before !== undefined && before.thread !== step.thread;
  const rule = switched ? `<path class="switch" d="M8 ${y - ROW / 2}H${columns.width - 8}"/>` : "";
  const changes = changesText(step);
  const note = changes === ""
    ? ""
    : `<text class="change" x="${columns.column}" y="${y + 4}">${escape(changes)}</text>`;
  const last = row === trace.steps.length - 1 ? " last" : "";
  return `${rule}<g class="step c${lane % 6}${last}"><circle cx="${x}" cy="${y}" r="5"/>` +
    `<text x="${columns.text}" y="${y + 4.5}">${escape(step.label)}</text></g>${note}\n`;
}

/**
 * The same schedule as a table.
 *
 * @param link answers where a line of the book stands on the site: `spec/05-attach.md:40`
 */
export function traceTable(trace: Trace, link: (at: string) => string | undefined): Html {
  const rows = trace.steps.map((step, index) => {
    const url = step.at === undefined ? undefined : link(step.at);
    const place = step.at === undefined
      ? ""
      : url === undefined
      ? step.at
      : markup`<a href="${url}">${step.at.replace(/^.*\//, "")}</a>`;
    return markup`
      <tr>
        <td>${index + 1}</td>
        <th scope="row">${step.thread}</th>
        <td><code>${step.label}</code></td>
        <td>${changesText(step)}</td>
        <td>${place}</td>
      </tr>
    `;
  });
  return markup`
    <div class="scroll" tabindex="0">
      <table class="trace">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Thread</th>
            <th scope="col">What it does</th>
            <th scope="col">What changes</th>
            <th scope="col">Line</th>
          </tr>
        </thead>
        <tbody>
    ${rows}</tbody>
      </table>
    </div>
  `;
}
