import type { Expectation, LitmusTest } from "./ast.ts";
import { type FinalState, holds, showObservable } from "./condition.ts";
import { ADDRESS, type Value } from "./trace.ts";

/** A final state as shown: `[name, value]` of every observed register and location; addresses by name. */
export type ShownState = readonly (readonly [name: string, value: string])[];

/**
 * What the model says of a test. `positive` and `negative` count the executions that the model allows (and the filter
 * keeps) by whether the proposition holds at their end; `states` are their distinct final states, sorted.
 * `candidates` counts the executions that were judged. `ok`: exists has a witness, forall no counterexample, ~exists
 * no witness. `matched` is null where the file promises nothing.
 */
export interface LitmusResult {
  readonly test: LitmusTest;
  readonly states: readonly ShownState[];
  readonly positive: number;
  readonly negative: number;
  readonly candidates: number;
  readonly ok: boolean;
  readonly observation: "Never" | "Sometimes" | "Always";
  readonly matched: boolean | null;
}

function show(value: Value, test: LitmusTest): string {
  return value >= ADDRESS ? test.locations[value - ADDRESS]?.name ?? "?" : String(value);
}

/** Orders states by their values from left to right: integers by size, then addresses. */
function compareStates(a: readonly Value[], b: readonly Value[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Collects the final states of allowed executions. */
export class Tally {
  positive = 0;
  negative = 0;
  private readonly states = new Map<string, readonly Value[]>();
  private readonly test: LitmusTest;

  constructor(test: LitmusTest) {
    this.test = test;
  }

  add(state: FinalState): void {
    const { condition, observed } = this.test;
    if (holds(condition, state)) this.positive++;
    else this.negative++;
    const values = observed.map((each) => state.get(each));
    this.states.set(values.join(" "), values);
  }

  result(judged: number): LitmusResult {
    const { test, positive, negative } = this;
    const names = test.observed.map(showObservable);
    const states = [...this.states.values()].sort(compareStates)
      .map((values) => values.map((value, i) => [names[i] ?? "", show(value, test)] as const));
    const observation = positive === 0 ? "Never" : negative === 0 ? "Always" : "Sometimes";
    const ok = { exists: positive > 0, forall: negative === 0, "~exists": positive === 0 };
    const expected: Expectation | null = test.expectation;
    const seen: Expectation = positive + negative === 0 && expected === "Deadlock"
      ? "Deadlock"
      : observation;
    return {
      test,
      states,
      positive,
      negative,
      candidates: judged,
      ok: ok[test.quantifier],
      observation,
      matched: expected === null ? null : seen === expected,
    };
  }
}
