/**
 * Goal: of threads that are alike one order of beginnings is enough. Method: generate small programs
 * with threads that run one function, search all orders and one, compare final states and faults.
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { explore, type ExploreOptions } from "explore/explore.ts";
import type { Scenario } from "explore/scenario.ts";
import type { Granularity } from "explore/task.ts";
import type { Verdict } from "explore/verdict.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import {
  asScenario,
  counting,
  describe,
  type Op,
  PATTERNS,
  program,
  type shared,
  withAlike,
} from "./programs.ts";

function outcome(scenario: Scenario<shared>, options: ExploreOptions): Outcome {
  return outcomeOf(scenario, describe, options);
}

function compare(granularity: Granularity, programs: typeof program, numRuns: number): void {
  let compared = 0, withFaults = 0, all = 0, one = 0;
  fc.assert(
    fc.property(programs, fc.constantFrom(...PATTERNS), (threads, pattern) => {
      const scenario = withAlike(threads, pattern);
      const naive = outcome(scenario, { mode: "naive", granularity });
      if (!naive.verdict.exhaustive) return;
      const alike = outcome(scenario, { mode: "naive", granularity, symmetry: true });
      const plain = outcome(scenario, { mode: "reduced", granularity });
      const reduced = outcome(scenario, { mode: "reduced", granularity, symmetry: true });
      assertEquals([alike.faults, alike.states], [naive.faults, naive.states]);
      assertEquals(reduced.states, naive.states);
      // Which words race in a list without a lock is told by some orders of removals that commute.
      if (!naive.faults.some((fault) => /KCSAN.*(?:next|prev)$/.test(fault))) {
        assertEquals(reduced.faults, naive.faults);
      }
      assert(reduced.verdict.exhaustive);
      compared++;
      if (naive.faults.length > 0) withFaults++;
      all += plain.verdict.executions;
      one += reduced.verdict.executions;
    }),
    { numRuns, seed: 20180511 },
  );
  console.log(
    `${granularity}: ${compared} programs compared, ${withFaults} of them with faults; ` +
      `${all} executions in all orders of beginnings, ${one} in one`,
  );
  assert(compared >= numRuns / 2, `only ${compared} programs could be compared`);
  assert(one < all);
}

Deno.test("symmetry: one order of beginnings finds what all find, by sections", () => {
  compare("sections", program, 300);
});

Deno.test("symmetry: one order of beginnings finds what all find, by operations", () => {
  compare("operations", program, 150);
});

Deno.test("symmetry: so it does with counts and lists, whose uses commute", () => {
  compare("sections", counting, 300);
});

Deno.test("symmetry: the verdict says which threads are alike, and others are as they were", () => {
  const increments: readonly Op[] = [{ kind: "copy", from: "x", to: "x" }];
  const alike = withAlike([increments], [0, 0, 0]), apart = asScenario([increments, increments]);
  const { scope } = explore(alike, { mode: "reduced", symmetry: true });
  assertStringIncludes(scope, ", one order in which thread0, thread1, thread2 begin");
  const [plain, same] = [false, true].map((symmetry) =>
    explore(apart, { mode: "reduced", symmetry })
  );
  assertEquals({ ...same, seconds: 0 }, { ...plain, seconds: 0 });
});

Deno.test("symmetry: relaxed memory does without, and a share is refused", () => {
  const one = withAlike([[{ kind: "inc" }]], [0, 0]), relaxed = { memory: "relaxed" } as const;
  const [plain, same] = [false, true].map((symmetry) => explore(one, { ...relaxed, symmetry }));
  assertEquals({ ...same, seconds: 0 }, { ...plain, seconds: 0 });
  const share = { index: 1, of: 2 };
  assertThrows(
    () => explore(one, { mode: "reduced", share, symmetry: true }),
    RangeError,
    "Cannot use symmetry in a share of a search",
  );
});

Deno.test("symmetry: threads on one bond are explored once, with the same faults", async () => {
  const { exitWaiters } = await import(new URL("../../spec/15-schedules.ts", import.meta.url).href);
  for (const n of [2, 3]) {
    const [all, one] = [false, true].map((symmetry) =>
      explore(exitWaiters(n), { mode: "reduced", symmetry })
    ) as [Verdict, Verdict];
    const faults = ({ findings }: Verdict) => findings.map(({ kind, subject }) => kind + subject);
    assertEquals(new Set(faults(one)), new Set(faults(all)));
    assert(one.exhaustive && one.executions * 3 < all.executions * 2);
    console.log(
      `exit || ${n} waiters: ${all.executions} executions, ${one.executions} in one order`,
    );
  }
});
