/** Goal: what `switchSanitizers` says goes off is off, and on again; the measured search is the same. */
import { assertEquals } from "@std/assert";
import { explore } from "explore/explore.ts";
import { switchSanitizers } from "explore/sanitizers.ts";
import type { Scenario } from "explore/scenario.ts";
import {
  crossedMutexes,
  lockedBuffer,
  lostBuffer,
  lostCount,
  staleBuffer,
} from "../fixtures/scenarios.ts";

const given = [staleBuffer, lostCount, lostBuffer, crossedMutexes, lockedBuffer] as Scenario[];

function soundsOf(scenario: Scenario, learned = explore(scenario).learned): string[] {
  const { findings } = explore(scenario, { mode: "reduced", learned });
  return [...new Set(findings.map(({ sanitizer }) => sanitizer))].sort();
}

Deno.test("sanitizers: switched off they say nothing, switched on they do", () => {
  const on = given.map((each) => soundsOf(each));
  assertEquals(on, [["KASAN", "KCSAN"], ["KCSAN"], ["kmemleak"], ["hung task", "lockdep"], []]);
  const known = given.map((each) => explore(each, { mode: "reduced" }));
  switchSanitizers(false);
  try {
    const off = given.map((each, index) => soundsOf(each, known[index]?.learned));
    // A deadlock is an end that an execution cannot get past.
    assertEquals(off, [[], [], [], ["hung task"], []]);
    const { executions, steps } = explore(lockedBuffer, { mode: "reduced" });
    assertEquals([executions, steps], [known[4]?.executions, known[4]?.steps]);
  } finally {
    switchSanitizers(true);
  }
  assertEquals(given.map((each) => soundsOf(each)), on);
});
