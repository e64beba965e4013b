/** How the result of exploring a scenario looks: verdict, numbers, and the counterexample. */
import type { Frame } from "../src/explore/fault.ts";
import { showReport } from "../src/explore/trace/report.ts";
import type { Trace } from "../src/explore/trace/trace.ts";
import type { Book } from "./book.ts";
import { endOf, sequenceDiagram, traceTable } from "./diagram.ts";
import { type Html, inlineCode, markup } from "./html.ts";
import { relative } from "./paths.ts";
import type { FoundFault, Results, ScenarioResult } from "./results.ts";
import { count, duration } from "./tests.ts";

/** The id of a scenario's result on a page. */
export function scenarioId(name: string): string {
  return `scenario-${name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")}`;
}

/**
 * The results of one scenario, in every edition in which it was explored.
 *
 * @param page address of the page that shows it
 */
export function scenarioCards(name: string, results: Results, page: string, book: Book): Html {
  const known = results.known?.find(({ scenario }) => scenario === name);
  const found = (results.scenarios ?? []).filter(({ scenario }) => scenario === name);
  const breaks = known?.breaks ?? [];
  return markup`
    <section class="scenario" id="${scenarioId(name)}" aria-label="Scenario ${name}">
    <p class="scenario-head"><span class="label">Scenario</span> <code>${name}</code>
    ${known !== undefined && markup`<span class="title">${inlineCode(known.title)}</span>`}</p>
    ${known !== undefined && markup`<p class="about">${inlineCode(known.about)}</p>`}
    ${breaks.length > 0 && markup`<p>Breaks the rule: ${breaks.map(inlineCode)}</p>`}
    ${found.length === 0 && markup`<p><span class="chip unknown">not run</span></p>`}
    ${found.map((result) => card(result, page, book))}</section>
  `;
}

/** The edition that the book is. */
const AS_POSTED = "as-posted";

/** Is the result not what the scenario expects in its edition? */
export function isUnexpected({ asExpected }: ScenarioResult): boolean {
  return !asExpected;
}

/** What was found, in a word or two: a fault that is expected is a known bug. */
export function verdictText(result: ScenarioResult): string {
  if (result.found !== "bug") return result.found;
  return result.asExpected ? "known bug" : "bug";
}

/** What was found as posted, in short, with the way to the whole; nothing for an unknown name. */
export function scenarioChip(name: string, results: Results, page: string): Html | undefined {
  const result = results.scenarios?.find(({ scenario, edition }) =>
    scenario === name && edition === AS_POSTED
  );
  if (result === undefined) return undefined;
  const { executions, seconds } = result;
  const runs = executions === 1 ? "1 execution" : `${count(executions)} executions`;
  return markup`
    <span class="result"><span class="chip ${chipKind(result)}">${verdictText(result)}</span>
    <a class="time" href="${relative(page, `/scenarios/#${scenarioId(name)}`)}">${name}: ${runs}, ${
    duration(seconds)
  }</a></span>`;
}

function chipKind(result: ScenarioResult): string {
  if (result.found === "bounded") return "unknown";
  if (isUnexpected(result)) return "bad";
  return result.found === "holds" ? "good" : "known";
}

function card(result: ScenarioResult, page: string, book: Book): Html {
  const { expected, findings, unreached, edition, trace } = result;
  const wrong = isUnexpected(result);
  return markup`
    <div class="card">
    <p><span class="chip ${chipKind(result)}">${verdictText(result)}</span>
    ${wrong && markup`<span class="chip bad">expected: ${expected}</span>`}
    <span class="edition">edition ${edition}</span></p>
    ${findings.length > 0 && markup`<ul class="findings">${findings.map(finding)}</ul>`}
    ${unreached.length > 0 && markup`<p>Never seen: ${unreached.join(", ")}.</p>`}
    ${numbers(result)}
    ${trace !== null && counterexample(trace, page, book)}</div>`;
}

function finding({ sanitizer, kind, subject, executions }: FoundFault): Html {
  const times = executions === 1 ? "one execution" : `${count(executions)} executions`;
  return markup`<li>${sanitizer}: ${kind} in <code>${subject}</code>, in ${times}</li>`;
}

function numbers({ executions, steps, seconds, exhaustive, scope }: ScenarioResult): Html {
  return markup`
    <dl class="numbers">
    <div><dt>Executions</dt><dd>${count(executions)}</dd></div>
    <div><dt>Steps</dt><dd>${count(steps)}</dd></div>
    <div><dt>Time</dt><dd>${duration(seconds)}</dd></div>
    <div><dt>Search</dt><dd>${exhaustive ? "exhaustive" : "bounded"}</dd></div>
    <div class="wide"><dt>What that covers</dt><dd>${scope}</dd></div>
    </dl>`;
}

function counterexample(trace: Trace, page: string, book: Book): Html {
  const title = `Sequence diagram of the ${trace.steps.length} steps by which ${trace.scenario} ` +
    `ends with: ${endOf(trace)}. The table below says the same.`;
  const report = trace.fault === null ? undefined : showReport(trace);
  return markup`
    <figure class="counterexample">
    <div class="scroll" tabindex="0">${sequenceDiagram(trace, title)}</div>
    <figcaption>A schedule that leads there, as short as it could be made; its id is
    <code>${trace.id}</code>.</figcaption>
    <details><summary>The same schedule as a table</summary>
    ${traceTable(trace, (at) => lineUrl(at, page, book))}</details>
    ${
    report !== undefined && markup`
      <details><summary>The sanitizer's report</summary>
      <pre tabindex="0">${report}</pre></details>`
  }
    </figure>`;
}

/** Where a line of a chapter stands on the site, as a link from `page`. */
export function lineUrl({ file, line }: Frame, page: string, book: Book): string | undefined {
  const chapter = file.startsWith("spec/") ? book.chapter(file) : undefined;
  if (chapter === undefined) return undefined;
  const isCode = chapter.fences.some(({ kind, open, close }) =>
    kind !== "shown" && open < line && line < close
  );
  return relative(page, isCode ? `${chapter.url}#L${line}` : chapter.url);
}
