/**
 * Goal: the reduced search finds what the naive one finds. Method: generate small programs, run
 * both, compare the sets of final states and of faults.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Execution, isDemotion } from "explore/execution.ts";
import { searchNaively } from "explore/search/naive.ts";
import { searchReduced } from "explore/search/reduced.ts";
import type { Search, SearchResult } from "explore/search/search.ts";
import type { Granularity } from "explore/task.ts";
import type { Scenario } from "explore/scenario.ts";
import { type Act, asObjectScenario, counted, sleeping } from "./object_programs.ts";
import { asScenario, counting, type Op, program, turning, unordered } from "./programs.ts";

const LIMIT = 3_000;

interface Outcome {
  readonly result: SearchResult;
  readonly said: { readonly states: string[]; readonly faults: string[] };
}

function outcome(
  given: unknown,
  search: (execution: Execution, bounds: { executions: number }) => Search,
  granularity: Granularity,
): Outcome {
  const execution = new Execution(given as Scenario, granularity);
  try {
    return searchFrom(execution, search);
  } finally {
    execution.close();
  }
}

function searchFrom(
  execution: Execution,
  search: (execution: Execution, bounds: { executions: number }) => Search,
): Outcome {
  for (;;) {
    try {
      const run = search(execution, { executions: LIMIT });
      let next = run.next();
      while (next.done !== true) next = run.next();
      const result = next.value;
      const faults = result.findings.list().map((f) => `${f.sanitizer} ${f.kind} ${f.subject}`);
      return {
        result,
        said: {
          states: [...result.finalStates].sort(),
          faults: faults.sort(),
        },
      };
    } catch (error) {
      if (!isDemotion(error)) throw error;
    }
  }
}

function compare(granularity: Granularity, runs: number, programs = program): void {
  compareAll(granularity, runs, programs.map(asScenario));
}

function compareAll(granularity: Granularity, runs: number, programs: fc.Arbitrary<unknown>): void {
  let compared = 0, naiveRuns = 0, reducedRuns = 0, redundant = 0, withFaults = 0;
  fc.assert(
    fc.property(programs, (given) => {
      const naive = outcome(given, searchNaively, granularity);
      if (!naive.result.exhaustive) return;
      const reduced = outcome(given, searchReduced, granularity);
      assertEquals(reduced.said, naive.said);
      assert(reduced.result.exhaustive);
      compared++;
      naiveRuns += naive.result.executions;
      reducedRuns += reduced.result.executions;
      redundant += reduced.result.redundant;
      if (naive.said.faults.length > 0) withFaults++;
    }),
    { numRuns: runs, seed: 20180511 },
  );
  console.log(
    `${granularity}: ${compared} programs compared, ${withFaults} of them with faults; ` +
      `${naiveRuns} executions naive, ${reducedRuns} reduced and ${redundant} redundant`,
  );
  assert(compared >= Math.min(300, runs * 0.6), `only ${compared} programs could be compared`);
}

Deno.test("searchReduced finds the states and faults that searchNaively finds, by sections", () => {
  compare("sections", 600);
});

Deno.test("searchReduced finds the states and faults that searchNaively finds, by operations", () => {
  compare("operations", 120);
});

Deno.test("searchReduced agrees with searchNaively on uses that commute, by sections", () => {
  compare("sections", 600, counting);
});

Deno.test("searchReduced agrees with searchNaively on uses that commute, by operations", () => {
  compare("operations", 120, counting);
});

Deno.test("searchReduced agrees with searchNaively where several give back and one takes", () => {
  // By operations nearly all of them are too large for the naive search.
  compare("sections", 600, unordered);
});

Deno.test("searchReduced agrees with searchNaively where a step does one thing or another, by sections", () => {
  compare("sections", 400, turning);
});

Deno.test("searchReduced agrees with searchNaively on an object that is freed, by sections", () => {
  compareAll("sections", 500, counted.map((threads) => asObjectScenario(threads)));
});

Deno.test("searchReduced agrees with searchNaively on an object that is freed, by operations", () => {
  compareAll("operations", 300, counted.map((threads) => asObjectScenario(threads)));
});

Deno.test("searchReduced agrees with searchNaively where threads sleep in sections", () => {
  // By operations many of them are too large for the naive search.
  compareAll("sections", 400, sleeping.map((threads) => asObjectScenario(threads)));
});

Deno.test("searchReduced sees what comes of a use before the free that makes it a fault", () => {
  const put: Act = { kind: "put" };
  const program = asObjectScenario([[put, put], [{ kind: "use" }]]);
  const naive = outcome(program, searchNaively, "sections").said;
  assertEquals(outcome(program, searchReduced, "sections").said, naive);
  assertEquals(naive.states.length, 1);
});

Deno.test("searchReduced tries what must come before a step that another, tried first, makes a different one", () => {
  const locked = (...body: readonly Op[]): Op => ({ kind: "section", lock: "a", body });
  const count: Op = { kind: "section", lock: "b", body: [{ kind: "grab" }] };
  const set = (field: "x" | "y", value: number): Op => ({ kind: "set", field, value });
  const when = (field: "x" | "y", value: number, then: Op): Op => ({
    kind: "if",
    field,
    value,
    then,
  });
  const program: Op[][] = [
    [locked(when("y", 0, set("x", 0)))],
    [count, locked(set("y", 1))],
    [count, locked(when("x", 1, set("y", 0))), locked(set("x", 2))],
  ];
  const naive = outcome(asScenario(program), searchNaively, "sections").said;
  assertEquals(outcome(asScenario(program), searchReduced, "sections").said, naive);
  assertEquals(naive.states.length, 2);
});

Deno.test("searchReduced sees who gives the last one back, though a give sleeps while others take", () => {
  const drop: Op = { kind: "drop" }, dec: Op = { kind: "dec" };
  const program: Op[][] = [
    [drop],
    [{ kind: "grab" }],
    [{ kind: "section", lock: "a", body: [drop, dec] }, {
      kind: "section",
      lock: "a",
      body: [dec],
    }],
  ];
  const naive = outcome(asScenario(program), searchNaively, "operations").said;
  assertEquals(outcome(asScenario(program), searchReduced, "operations").said, naive);
  assertEquals(naive.states.length, 2);
});

Deno.test("searchReduced tries what was done while a lock was held by another after its next holder too", () => {
  const program: Op[][] = [
    [{ kind: "drop" }, { kind: "section", lock: "b", body: [{ kind: "dec" }, { kind: "grab" }] }],
    [{ kind: "section", lock: "b", body: [{ kind: "dec" }, { kind: "dec" }] }],
    [{ kind: "inc" }, { kind: "drop" }],
  ];
  const naive = outcome(asScenario(program), searchNaively, "sections").said;
  assertEquals(outcome(asScenario(program), searchReduced, "sections").said, naive);
  assertEquals(naive.states.length, 2);
});
