/** From a verdict to the trace that shows why. */
import { record } from "../record.ts";
import type { Scenario } from "../scenario.ts";
import { exploreStates } from "../search/states.ts";
import type { Finding, Verdict } from "../verdict.ts";
import { isSameFault } from "./run.ts";
import { shrink } from "./shrink.ts";
import type { Trace, TraceText } from "./trace.ts";

/** The finding that the scenario is known for, else the first one; undefined if nothing was found. */
function findingToShow({ findings, expected }: Verdict): Finding | undefined {
  const isExpected = (finding: Finding): boolean =>
    expected.verdict === "known bug" && finding.sanitizer === expected.sanitizer &&
    finding.kind === expected.fault;
  return findings.find(isExpected) ?? findings[0];
}

/** Most transitions of a search for a shorter schedule; what needs more is only shrunk. */
const TRANSITIONS_MAX = 10_000;

/** A shortest schedule to the fault, if the search over states gets to it before it is too long. */
function shortestTo<S>(
  scenario: Scenario<S>,
  fault: Finding,
  { granularity, memory, learned }: Verdict,
): readonly number[] | undefined {
  // States do not know clocks or stale values, and their steps are sections.
  if (granularity !== "sections" || memory !== "sequential") return undefined;
  if (fault.sanitizer === "KCSAN") return undefined;
  const options = { learned, untilFault: true, executions: TRANSITIONS_MAX };
  return exploreStates(scenario, options).findings.find((other) => isSameFault(other, fault))
    ?.schedule;
}

/**
 * The trace of the finding to show; null if nothing was found. It has no more steps than the search
 * over states needs, where that finds the fault within its bound; else, and in its switches, it
 * cannot be improved by one move of the shrinker.
 */
export function traceOfVerdict<S>(
  scenario: Scenario<S>,
  verdict: Verdict,
  text: TraceText,
): Trace | null {
  const fault = findingToShow(verdict);
  if (fault === undefined) return null;
  const { granularity, memory, learned } = verdict;
  const options = { fault, granularity, memory, learned };
  let schedule = shrink(scenario, fault.schedule, options);
  const shortest = shortestTo(scenario, fault, verdict);
  if (shortest !== undefined && shortest.length < schedule.length) {
    schedule = shrink(scenario, shortest, options);
  }
  return record(scenario, schedule, { text, ...options });
}
