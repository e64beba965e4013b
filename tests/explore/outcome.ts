/** What a search of a scenario found, to hold it against that of another search. */
import { explore, type ExploreOptions } from "explore/explore.ts";
import type { Scenario } from "explore/scenario.ts";
import type { Verdict } from "explore/verdict.ts";

/** Searches with more executions are cut off. */
const LIMIT = 6_000;

export interface Outcome {
  readonly verdict: Verdict;
  readonly faults: readonly string[];
  /** The states in which executions ended well. */
  readonly states: readonly string[];
}

/** Explores `scenario`, whose final states are told apart by what `describe` says of them. */
export function outcomeOf<S>(
  scenario: Scenario<S>,
  describe: (state: S) => string,
  options: ExploreOptions,
): Outcome {
  const states = new Set<string>();
  const verdict = explore(
    { ...scenario, finally: (s) => void states.add(describe(s)) },
    { bounds: { executions: LIMIT }, ...options },
  );
  const faults = verdict.findings.map((found) =>
    `${found.sanitizer} ${found.kind} ${found.subject}`
  );
  return { verdict, faults: faults.sort(), states: [...states].sort() };
}
