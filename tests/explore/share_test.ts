/**
 * Goal: the shares of a search are together the search, whatever their number. Method: the programs
 * of the oracle test and scenarios of the book, each explored whole and in shares that are merged.
 */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { explore, type ExploreOptions } from "explore/explore.ts";
import { joinPremises, MergeError, mergeVerdicts } from "explore/merge.ts";
import type { Scenario } from "explore/scenario.ts";
import type { Verdict } from "explore/verdict.ts";
import { openEdition } from "../../src/cli/sources.ts";
import { asScenario, program } from "./programs.ts";

type Options = Omit<ExploreOptions, "share">;

function inShares<S>(
  scenario: Scenario<S>,
  of: number,
  options: Options,
  leastParts = 256,
): Verdict[] {
  const run = (more: Options) =>
    Array.from(
      { length: of },
      (_, index) =>
        explore(scenario, { ...options, ...more, share: { index: index + 1, of, leastParts } }),
    );
  let verdicts = run({});
  // Shares that learned different things are run again with all of it.
  const told = ({ learned, share }: Verdict) => JSON.stringify([learned, share?.visible]);
  for (let round = 0; new Set(verdicts.map(told)).size > 1; round++) {
    assert(round < 5, "what the shares learn does not settle");
    verdicts = run(joinPremises(verdicts));
  }
  return verdicts;
}

function found(verdict: Verdict) {
  const { outcome, finalStates, exhaustive, unreached } = verdict;
  const faults = verdict.findings.map((f) => `${f.sanitizer} ${f.kind} ${f.subject}`).sort();
  return { outcome, finalStates, exhaustive, unreached, faults };
}

function numbers({ executions, redundant, steps, tasks, findings }: Verdict) {
  return { executions, redundant, steps, tasks, findings };
}

function compare(mode: "naive" | "reduced", runs: number): void {
  let compared = 0, parts = 0, withFaults = 0, extra = 0;
  fc.assert(
    fc.property(program, (threads) => {
      const scenario = asScenario(threads);
      // Only one that ends by itself tells what the whole is.
      const limit = mode === "naive" ? 3_000 : 1_500;
      const progress = ({ executions }: { executions: number }) => executions < limit;
      const whole = explore(scenario, { mode, progress });
      if (!whole.exhaustive) return;
      const one = mergeVerdicts(inShares(scenario, 1, { mode }, 5));
      const shares = inShares(scenario, 3, { mode }, 5), three = mergeVerdicts(shares);
      assertEquals(found(one), found(whole));
      assertEquals(found(three), found(whole));
      assertEquals(numbers(three), numbers(one));
      if (mode === "naive") assertEquals(three.executions, whole.executions);
      assert(three.executions >= whole.executions || whole.findings.length > 0);
      compared++;
      parts += shares[0]?.share?.parts ?? 0;
      extra += three.executions - whole.executions;
      if (whole.outcome === "bug") withFaults++;
    }),
    { numRuns: runs, seed: 20180511 },
  );
  console.log(
    `${mode}: ${compared} programs compared, ${withFaults} with faults; ${parts} parts, ` +
      `${extra} executions more than unsplit`,
  );
  assert(compared >= runs / 2, `only ${compared} programs could be compared`);
  assert(parts > compared && withFaults > 0, "the programs had too little to split");
}

Deno.test("shares: together they are the reduced search of small programs", () => {
  compare("reduced", 300);
});

Deno.test("shares: together they are the naive search of small programs", () => {
  compare("naive", 30);
});

Deno.test("shares: together they are the whole for scenarios of the book", async () => {
  const { scenarios } = await openEdition("as-posted");
  for (const name of ["exit-unbinds-2", "unbind-exit-pages"]) {
    const scenario = scenarios.find((one) => one.name === name) as Scenario;
    const whole = explore(scenario, { mode: "reduced" });
    const two = mergeVerdicts(inShares(scenario, 2, { mode: "reduced" }));
    const five = mergeVerdicts(inShares(scenario, 5, { mode: "reduced" }));
    assertEquals(found(two), found(whole));
    assertEquals(numbers(five), numbers(two));
  }
});

Deno.test("shares: what does not belong together or is not the whole is refused", async () => {
  const { scenarios } = await openEdition("as-posted");
  const scenario = scenarios.find(({ name }) => name === "vfio-unbind-exit") as Scenario;
  const [one, two, three] = inShares(scenario, 3, { mode: "reduced" }) as [
    Verdict,
    Verdict,
    Verdict,
  ];
  const [other] = inShares(scenario, 2, { mode: "reduced" }) as [Verdict];
  const [bounded] = inShares(scenario, 3, { mode: "reduced", bounds: { depth: 99 } }) as [Verdict];
  const [naive] = inShares(scenario, 3, { mode: "naive" }) as [Verdict];
  const cut = explore(scenario, {
    mode: "naive",
    share: { index: 1, of: 3 },
    bounds: { executions: 1 },
  });
  const cases: [Verdict[], RegExp][] = [
    [[], /Cannot merge nothing/],
    [[one, three], /share 2\/3 is missing/],
    [[one, two, two, three], /share 2\/3 is there 2 times/],
    [[one, two, other], /the number of shares differs/],
    [[bounded, two, three], /the bounds differs/],
    [[naive, two, three], /the mode differs/],
    [[explore(scenario, { mode: "reduced" })], /is not of a share/],
    [[{ ...one, scenario: "exit" }, two, three], /the scenario differs/],
    [[{ ...one, edition: "mended" }, two, three], /the edition differs/],
    [[{ ...one, learned: { demoted: ["a.b"], spawned: [] } }, two, three], /settled differs/],
  ];
  for (const [verdicts, message] of cases) {
    assertMatch(assertThrows(() => mergeVerdicts(verdicts), MergeError).message, message);
  }
  assertEquals([one.outcome === "holds", one.exhaustive, one.share?.isCovered], [
    false,
    false,
    true,
  ]);
  assertEquals(cut.share?.isCovered, false);
});
