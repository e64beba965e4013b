/**
 * Goal: the key of a state is the same whichever way a path came there. Method: walk generated programs at
 * random, forwards and back, and hold each key against one that is made of all of memory.
 */
import { assertEquals, assertGreater } from "@std/assert";
import fc from "fast-check";
import { Names } from "explore/alike/names.ts";
import type { Owners } from "explore/alike/owners.ts";
import { Execution } from "explore/execution.ts";
import type { Scenario } from "explore/scenario.ts";
import { Path } from "explore/search/path.ts";
import { onParts, type Program, programs } from "./part_programs.ts";

const LENGTH = 200, MAX_DEPTH = 100;

/** Walks a program by `choices`; answers how many keys it held against others. */
function walk(program: Program, choices: readonly number[]): number {
  const execution = new Execution(
    onParts(program) as Scenario,
    "sections",
    undefined,
    undefined,
    false,
    true,
  );
  try {
    execution.begin();
    const path = new Path(execution, MAX_DEPTH, true), owners = execution.owners as Owners;
    const names = new Names(owners);
    path.stepper.tell(names.changes);
    let compared = 0;
    for (const choice of choices) {
      const tasks = [...execution.enabled().toString(2)].reverse();
      const enabled = [...tasks.keys()].filter((task) => tasks[task] === "1");
      const task = enabled[choice % (enabled.length + 1)];
      if (task === undefined || path.length === MAX_DEPTH - 1) path.leave();
      else path.take(task);
      path.stepper.backTo(path.length);
      const places = path.stepper.places();
      assertEquals(names.key(places), new Names(owners).key(places));
      compared++;
    }
    return compared;
  } finally {
    execution.close();
  }
}

Deno.test("names: keys that are kept up to date are those that memory has", () => {
  const choices = fc.array(fc.nat(100), { minLength: LENGTH, maxLength: LENGTH });
  let compared = 0;
  fc.assert(
    fc.property(programs, choices, (program, chosen) => void (compared += walk(program, chosen))),
    { numRuns: 60, seed: 20180511 },
  );
  console.log(`${compared} keys compared`);
  assertGreater(compared, 60 * LENGTH / 2);
});
