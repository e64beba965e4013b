/** What the tests of the kernel share. */
import { assertEquals, assertThrows } from "@std/assert";
import { explore } from "explore/explore.ts";
import { KernelFault, type Sanitizer } from "explore/fault.ts";
import { run } from "explore/run.ts";
import { type Scenario, scenario } from "explore/scenario.ts";
import type { Task } from "explore/task.ts";
import type { Verdict } from "explore/verdict.ts";

/** Asserts that `body`, run alone, ends in the fault `kind` of `sanitizer`; answers the fault. */
export function faults(body: () => Task<unknown>, sanitizer: Sanitizer, kind: string): KernelFault {
  const fault = assertThrows(() => run(body), KernelFault);
  assertEquals([fault.sanitizer, fault.kind], [sanitizer, kind]);
  return fault;
}

/** Explores threads over a setup, in every interleaving. */
export function interleave<S>(
  setup: () => Task<S>,
  threads: NoInfer<Scenario<S>["threads"]>,
  more: NoInfer<Partial<Scenario<S>>> = {},
  granularity: "sections" | "operations" = "sections",
): Verdict {
  return explore(
    scenario<S>({
      name: "test",
      title: "threads of a test",
      about: "a primitive of the kernel",
      setup,
      threads,
      expect: { verdict: "holds" },
      ...more,
    }),
    { granularity },
  );
}

/** The findings of a verdict as `sanitizer: kind in subject`, sorted. */
export function found(verdict: Verdict): string[] {
  return verdict.findings
    .map(({ sanitizer, kind, subject }) => `${sanitizer}: ${kind} in ${subject}`)
    .sort();
}
