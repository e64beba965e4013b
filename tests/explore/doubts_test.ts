/**
 * Goal: the sanitizers miss nothing of what they are not told. Method: the same searches, told of every
 * step and told only where there is a doubt, on generated programs and on the book; and how seldom
 * there is one.
 */
import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { explore } from "explore/explore.ts";
import { keep } from "explore/leak.ts";
import { type Bounds, type Scenario, scenario, scenariosIn } from "explore/scenario.ts";
import { create, int, struct } from "explore/struct.ts";
import { Doubts } from "explore/tape/doubts.ts";
import { point, type Task } from "explore/task.ts";
import fc from "fast-check";
import { asScenario, program } from "./programs.ts";
import { asLockScenario, lockProgram } from "./race_programs.ts";

class cell extends struct("cell", { value: int }) {}

const { enter } = Doubts.prototype;

/** Counts steps, and those in doubt; with `all` each of them is. */
function counting<T>(all: boolean, run: () => T): { result: T; steps: number; doubts: number } {
  let steps = 0, doubts = 0;
  Doubts.prototype.enter = function (...step) {
    const isInDoubt = enter.apply(this, step);
    steps++;
    if (isInDoubt) doubts++;
    return all || isInDoubt;
  };
  try {
    return { result: run(), steps, doubts };
  } finally {
    Doubts.prototype.enter = enter;
  }
}

function findingsOf(given: Scenario, bounds: Bounds = {}): unknown {
  const { outcome, executions, steps, findings } = explore(given, { mode: "reduced", bounds });
  return { outcome, executions, steps, findings: findings.map(({ message }) => message).sort() };
}

async function chapter(name: string): Promise<Record<string, unknown>> {
  return await import(new URL(`../../spec/${name}.ts`, import.meta.url).href);
}

Deno.test("doubts: what is not told of generated programs, nobody would have reported", () => {
  let found = 0, steps = 0, doubts = 0;
  const compare = (given: Scenario): void => {
    const asked = counting(false, () => findingsOf(given));
    assertEquals(asked.result, counting(true, () => findingsOf(given)).result);
    steps += asked.steps;
    doubts += asked.doubts;
    if ((asked.result as { outcome: string }).outcome === "bug") found++;
  };
  const runs = { numRuns: 250, seed: 20181128 };
  fc.assert(fc.property(program, (it) => compare(asScenario(it) as unknown as Scenario)), runs);
  fc.assert(
    fc.property(lockProgram, (it) => compare(asLockScenario(it, false) as unknown as Scenario)),
    runs,
  );
  console.log(
    `500 programs compared, ${found} of them with findings; ${doubts} of ${steps} in doubt`,
  );
  assertGreater(found, 100);
  assertGreater(steps, 2 * doubts);
});

Deno.test("doubts: what is not told of the book, nobody would have reported", async () => {
  let compared = 0;
  for (const name of ["13-hardware-laws", "15-schedules", "17-joined"]) {
    for (const given of scenariosIn(Object.values(await chapter(name)))) {
      const bounds = { executions: 150 };
      const asked = counting(false, () => findingsOf(given, bounds));
      const told = counting(true, () => findingsOf(given, bounds));
      assertEquals(asked.result, told.result, given.name);
      compared++;
    }
  }
  assertGreater(compared, 100);
});

Deno.test("doubts: exit || N unbinds leaves none", async () => {
  const { exitUnbinds } = await chapter("15-schedules") as {
    exitUnbinds(n: number): Scenario;
  };
  const { steps, doubts } = counting(false, () => findingsOf(exitUnbinds(4)));
  assertEquals(doubts, 0);
  assertLess(4_000, steps);
});

Deno.test("doubts: a race at the end of a path that is too long to ask about is reported", () => {
  const thread = function* (shared: cell): Task {
    for (let turn = 0; turn < 800; turn++) yield* point("turn", shared);
    shared.value = 1;
  };
  const given = scenario<cell>({
    name: "long",
    title: "two threads that write without a lock, late",
    about: "More steps than there is room for.",
    *setup() {
      return keep(create(cell));
    },
    threads: { one: thread, two: thread },
    expect: { verdict: "holds" },
  });
  const { findings } = explore(given, { mode: "random", bounds: { executions: 2 } });
  assertEquals(findings.map(({ sanitizer }) => sanitizer), ["KCSAN"]);
});
