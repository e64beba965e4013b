/** What `deno task bench` computes and prints about measurements. */
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { ENGINE } from "../../src/cli/bench_process.ts";
import { growth, table, whole } from "../../src/cli/bench_table.ts";
import config from "../../deno.json" with { type: "json" };

Deno.test("bench: growth fits the factor of a geometric series, whatever its start", () => {
  const series = [1, 2, 3, 5].map((size) => [size, 7 * 3.5 ** size] as const);
  assertAlmostEquals(growth(series) ?? NaN, 3.5, 1e-9);
  const noisy = growth([[1, 10], [2, 44], [3, 150]]);
  assert(noisy !== null && noisy > 3.7 && noisy < 4.1);
});

Deno.test("bench: nothing is fitted to a single point or a single size", () => {
  assertEquals([growth([]), growth([[1, 2]]), growth([[1, 2], [1, 3]])], [null, null, null]);
});

Deno.test("bench: tables align their columns, numbers to the right", () => {
  assertEquals(table(["name", "n"], [["a", "10"], ["long name", "2"]]).split("\n"), [
    "name        n",
    "a          10",
    "long name   2",
  ]);
  assertEquals([whole(7), whole(1234567.4)], ["7", "1 234 567"]);
});

Deno.test("bench: whole processes ask of the engine what the task check asks", () => {
  assertStringIncludes(config.tasks.check.command, ` ${ENGINE} `);
});
