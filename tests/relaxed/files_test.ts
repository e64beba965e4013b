/**
 * Goal: relaxed memory decides the litmus files as the litmus runner does, load buffering and its like
 * left out. Method: run each file as a scenario, and compare the final states and the data races.
 */
import { assert, assertEquals } from "@std/assert";
import { explore } from "explore/explore.ts";
import { parse } from "../../src/litmus/parser.ts";
import { allowed } from "./decide.ts";
import { interpreted, refusal } from "./interpret.ts";

const folder = new URL("../litmus/", import.meta.url);

Deno.test("relaxed memory: the litmus files", async (t) => {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".litmus")).sort();
  const left = new Map<string, number>();
  let compared = 0, same = 0;
  for (const file of files) {
    const test = parse(file, Deno.readTextFileSync(new URL(file, folder)));
    const refused = refusal(test);
    if (refused !== null) {
      left.set(refused, (left.get(refused) ?? 0) + 1);
      continue;
    }
    await t.step(file, () => {
      const states = new Set<string>();
      const { findings, exhaustive } = explore(interpreted(test, states), {
        memory: "relaxed",
        mode: "reduced",
      });
      assert(exhaustive);
      const dependent = allowed(test, test.observed, true);
      const all = allowed(test, test.observed, false);
      assertEquals(findings.some(({ sanitizer }) => sanitizer === "KCSAN"), dependent.races);
      for (const state of states) assert(all.states.has(state), `not allowed: ${state}`);
      assertEquals([...states].sort(), [...dependent.states].sort());
      compared++;
      if (dependent.states.size === all.states.size) same++;
    });
  }
  const why = [...left].map(([what, count]) => `${count} for ${what}`).join(", ");
  console.log(
    `${compared} files compared, ${same} of them with every state that the model allows; ` +
      `left out: ${why}`,
  );
  assert(compared >= 80, `only ${compared} files could be compared`);
});
