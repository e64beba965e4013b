/** From a verdict to the trace that shows why. */
import { record } from "../record.ts";
import type { Scenario } from "../scenario.ts";
import type { Finding, Verdict } from "../verdict.ts";
import { shrink } from "./shrink.ts";
import type { Trace, TraceText } from "./trace.ts";

/** The finding that the scenario is known for, else the first one; undefined if nothing was found. */
function findingToShow({ findings, expected }: Verdict): Finding | undefined {
  const isExpected = (finding: Finding): boolean =>
    expected.verdict === "known bug" && finding.sanitizer === expected.sanitizer &&
    finding.kind === expected.fault;
  return findings.find(isExpected) ?? findings[0];
}

/** The trace of the finding to show, shrunk; null if nothing was found. */
export function traceOfVerdict<S>(
  scenario: Scenario<S>,
  verdict: Verdict,
  text: TraceText,
): Trace | null {
  const fault = findingToShow(verdict);
  if (fault === undefined) return null;
  const { granularity, memory, learned } = verdict;
  const schedule = shrink(scenario, fault.schedule, { fault, granularity, memory, learned });
  return record(scenario, schedule, { text, fault, granularity, memory, learned });
}
