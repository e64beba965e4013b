import { showProposition } from "./condition.ts";
import type { LitmusResult } from "./run.ts";

const KIND = { exists: "Allowed", forall: "Required", "~exists": "Forbidden" } as const;

/**
 * The result in the shape that herd7 prints: Test, States, the states, Ok or No, Witnesses, Condition, Observation and,
 * where `seconds` is given, Time. As in herd7, Witnesses counts the executions for and against the whole condition,
 * Observation those for and against its proposition; they differ for `~exists`.
 */
export function print(result: LitmusResult, seconds?: number): string {
  const { test, states, positive, negative } = result;
  const [supporting, opposing] = test.quantifier === "~exists"
    ? [negative, positive]
    : [positive, negative];
  const lines = [
    `Test ${test.name} ${KIND[test.quantifier]}`,
    `States ${states.length}`,
    ...states.map((state) => state.map(([name, value]) => `${name}=${value};`).join(" ")),
    result.ok ? "Ok" : "No",
    "Witnesses",
    `Positive: ${supporting} Negative: ${opposing}`,
    `Condition ${test.quantifier} (${showProposition(test.condition)})`,
    `Observation ${test.name} ${result.observation} ${positive} ${negative}`,
  ];
  if (seconds !== undefined) lines.push(`Time ${test.name} ${seconds.toFixed(2)}`);
  return lines.join("\n") + "\n";
}

/** The result as plain data for `--json`. */
export function toJson(result: LitmusResult, seconds?: number) {
  const { test, states, positive, negative, candidates, ok, observation, matched } = result;
  return {
    file: test.file,
    name: test.name,
    quantifier: test.quantifier,
    condition: showProposition(test.condition),
    states: states.map((state) => Object.fromEntries(state)),
    positive,
    negative,
    candidates,
    ok,
    observation,
    expected: test.expectation,
    matched,
    ...(seconds === undefined ? {} : { seconds }),
  };
}
