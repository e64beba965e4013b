/**
 * Goal: the words that stand for closures and tables do not depend on what was run before. Method:
 * each scenario of the book that is small, explored twice in one process; and order of first use.
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { explore } from "explore/explore.ts";
import { Execution } from "explore/execution.ts";
import { keep } from "explore/leak.ts";
import { load } from "explore/memory.ts";
import { hashState } from "explore/state_hash.ts";
import { run } from "explore/run.ts";
import type { Scenario } from "explore/scenario.ts";
import { forgetHostValues, hostValuesKnown } from "explore/host.ts";
import { create, host, struct } from "explore/struct.ts";
import { openEdition } from "../../src/cli/sources.ts";

/** What a scenario's setup leaves. */
function layoutOf(scenario: Scenario): string {
  const execution = new Execution(scenario);
  try {
    execution.begin();
    return hashState();
  } finally {
    execution.close();
  }
}

Deno.test("host values: a setup that is run again leaves the same words", async () => {
  const { scenarios } = await openEdition("as-posted");
  const names = ["handler-unbinds", "register-fails", "register-is-killed"];
  const chosen = scenarios.filter(({ name }) => names.includes(name));
  assertEquals(chosen.length, 3);
  for (const each of chosen) {
    const before = layoutOf(each);
    for (const other of scenarios.slice(0, 5)) layoutOf(other);
    assertEquals(layoutOf(each), before, each.name);
    const once = explore(each, { mode: "reduced" }), twice = explore(each, { mode: "reduced" });
    assertEquals(twice.finalStates, once.finalStates);
    assert(once.executions > 0);
  }
});

class holder extends struct("holder", { first: host<unknown>(), second: host<unknown>() }) {}

/** The words of a holder of these values. */
function wordsOf(first: unknown, second: unknown): number[] {
  // deno-lint-ignore require-yield
  return run(function* () {
    const one = keep(create(holder));
    one.second = second;
    one.first = first;
    assertEquals([one.first, one.second], [first, second]);
    return [load(one.address + 1), load(one.address + 2)];
  });
}

Deno.test("host values: different ones have different words, whoever came first", () => {
  const plus = (a: number) => a + 1, minus = (a: number) => a - 1, table = { plus, minus };
  const known = hostValuesKnown();
  const [one, two] = wordsOf(plus, table);
  forgetHostValues(known);
  assertEquals(wordsOf(table, plus), [two, one]);
  const values = [plus, minus, table, { minus }, "a", "b", 1, "1", true, null];
  const words = new Set(values.flatMap((value) => wordsOf(value, undefined)));
  assertEquals(words.size, values.length + 1);
});

Deno.test("host values: closures of one text are told apart", () => {
  const adder = (by: number) => (a: number) => a + by;
  const [one, two] = wordsOf(adder(1), adder(2));
  assertNotEquals(one, two);
});
