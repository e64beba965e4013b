/** What `deno task check` prints. */
import type { Expectation, Scenario } from "explore/scenario.ts";
import { count, traceAsText } from "explore/trace/text.ts";
import type { Trace } from "explore/trace/trace.ts";
import { unexpected, type Verdict } from "explore/verdict.ts";

/** What is printed of a scenario. */
export type Shown = Pick<Scenario, "name" | "title" | "expect">;

/** What became of one scenario. */
export interface Result {
  readonly scenario: Shown;
  readonly verdict: Verdict;
  readonly trace: Trace | null;
  /** The hash of the text that was explored, for reports that are to be merged. */
  readonly text?: string;
}

/** One line a scenario, or one JSON array. */
export function listing(scenarios: readonly Scenario[], isJson: boolean): string {
  if (isJson) {
    const rows = scenarios.map(({ name, title, about, breaks = [], expect }) => ({
      scenario: name,
      title,
      about,
      breaks,
      expected: expect,
    }));
    return JSON.stringify(rows, null, 1);
  }
  const width = Math.max(0, ...scenarios.map(({ name }) => name.length));
  return scenarios.map(({ name, title, expect }) =>
    `${name.padEnd(width)}  ${title} (${describeExpectation(expect)})`
  ).join("\n");
}

/** `holds`, or `known bug, KASAN: use-after-free in iommu_bond`. */
function describeExpectation(expect: Expectation): string {
  if (expect.verdict === "holds") return "holds";
  const { sanitizer, fault, subject } = expect;
  return `known bug, ${sanitizer}: ${fault}${subject === undefined ? "" : ` in ${subject}`}`;
}

/** What was found, in the words in which it is expected. */
function found({ outcome, findings }: Verdict): string {
  if (outcome !== "bug") return outcome;
  return findings.map(({ sanitizer, kind, subject }) => `${sanitizer}: ${kind} in ${subject}`)
    .join("; ");
}

/** The lines on one scenario: the verdict and what it covers. */
export function verdictLines(scenario: Shown, verdict: Verdict): string {
  const { executions, known, states, steps, seconds, asExpected, scope, unreached } = verdict;
  const mark = asExpected ? "ok" : "NOT AS EXPECTED";
  const cached = known === 0 ? "" : ` (the rest of ${known} known)`;
  const numbers = `${count(executions, "execution")}${cached}, ${count(steps, "step")}, ` +
    (states === undefined ? "" : `${count(states, "state")}, `) +
    `${seconds.toFixed(3)} s`;
  const lines = [
    `${scenario.name}: ${mark}, ${found(verdict)}`,
    `  ${numbers}; ${scope}`,
  ];
  if (!asExpected) lines.push(...expectationLines(verdict));
  if (unreached.length > 0) lines.push(`  never seen: ${unreached.join(", ")}`);
  return lines.join("\n");
}

/** What was expected, and what of the findings beside a known bug was not. */
function expectationLines({ expected, findings }: Verdict): string[] {
  const others = expected.verdict === "holds" ? [] : unexpected(expected, findings);
  return [
    `  expected: ${describeExpectation(expected)}`,
    ...others.map(({ sanitizer, kind, subject }) =>
      `  not expected: ${sanitizer}: ${kind} in ${subject}`
    ),
  ];
}

/** Where the trace was kept, and the whole of it if it is the only one. */
export function traceLines(trace: Trace, kept: string | null, isWhole: boolean): string {
  const lines = kept === null ? [] : [`  to see it again: deno task replay ${kept}`];
  if (isWhole) lines.push("", traceAsText(trace).trimEnd(), "");
  return lines.join("\n");
}

/** The last line of a run. */
export function summary(results: readonly Result[], left: number): string {
  const bad = results.filter(({ verdict }) => !verdict.asExpected).length;
  const good = results.length - bad;
  const rest = left === 0 ? "" : `, ${left} not run`;
  return `${count(results.length, "scenario")}: ${good} as expected, ${bad} not${rest}`;
}

/** The results as one JSON array. */
export function asJson(results: readonly Result[]): string {
  const rows = results.map(({ scenario, verdict, trace, text }) => ({
    scenario: scenario.name,
    title: scenario.title,
    edition: verdict.edition,
    expected: verdict.expected.verdict,
    found: verdict.outcome === "bug" ? "bug" : verdict.outcome,
    asExpected: verdict.asExpected,
    sanitizer: trace?.fault?.sanitizer ?? verdict.findings[0]?.sanitizer ?? null,
    findings: verdict.findings.map(({ sanitizer, kind, subject, message, count }) => ({
      sanitizer,
      kind,
      subject,
      message,
      executions: count,
    })),
    unreached: verdict.unreached,
    mode: verdict.mode,
    granularity: verdict.granularity,
    memory: verdict.memory,
    executions: verdict.executions,
    known: verdict.known,
    steps: verdict.steps,
    ...verdict.states === undefined ? {} : { states: verdict.states },
    finalStates: verdict.finalStates,
    seconds: verdict.seconds,
    exhaustive: verdict.exhaustive,
    scope: verdict.scope,
    trace,
    ...verdict.share === undefined ? {} : { text, verdict },
  }));
  return JSON.stringify(rows, null, 1);
}
