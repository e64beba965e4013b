/**
 * Goal: what a search says of the time that is left is of the right size. Method: trees whose size is
 * known, and searches that end, each guess held against what it came to be.
 */
import { assert, assertEquals } from "@std/assert";
import { explore, type ExploreOptions } from "explore/explore.ts";
import { keep } from "explore/leak.ts";
import { loadMarked, storeMarked } from "explore/memory.ts";
import { type Scenario, scenario } from "explore/scenario.ts";
import { type Branch, Estimator } from "explore/search/estimate.ts";
import { create } from "explore/struct.ts";
import { indivisible, type Task } from "explore/task.ts";
import { progressLine, timeLeft } from "../../src/cli/progress.ts";
import { openEdition } from "../../src/cli/sources.ts";
import { device } from "../fixtures/scenarios.ts";

/** The guesses on the way through a tree in which every choice at a depth has as many branches. */
function guessesOn(widths: readonly number[]): number[] {
  const estimator = new Estimator(), guesses: number[] = [], path: Branch[] = [];
  let leaves = 0;
  const walk = (depth: number): void => {
    const width = widths[depth];
    if (width === undefined) {
      leaves++;
      if (leaves % 16 === 0) guesses.push(estimator.observe(leaves, path));
      return;
    }
    for (let branch = 0; branch < width; branch++) {
      path.push({ task: branch, done: branch, left: width - branch - 1 });
      walk(depth + 1);
      path.pop();
    }
  };
  walk(0);
  return guesses;
}

Deno.test("estimate: an even tree is guessed to a fifth once two thirds of it are done", () => {
  for (const widths of [[2, 3, 4, 4, 4, 4, 2], [4, 4, 4, 4, 4], [1, 3, 2, 5, 2, 2, 7, 2, 2, 1]]) {
    const size = widths.reduce((product, width) => product * width, 1);
    const guesses = guessesOn(widths);
    for (const guess of guesses.slice(Math.ceil(guesses.length * 2 / 3))) {
      assert(Math.abs(guess - size) <= size / 5, `${widths}: ${guess} for ${size}`);
    }
  }
});

/** All guesses of a search as multiples of what it came to be. */
function errorsOf(given: Scenario, options: ExploreOptions): number[] {
  const guesses: number[] = [];
  const progress = ({ expected, executions }: { expected?: number; executions: number }) => {
    assert(expected === undefined || expected >= executions);
    if (expected !== undefined) guesses.push(expected);
    return true;
  };
  const { executions, exhaustive } = explore(given, { ...options, progress });
  assertEquals(exhaustive, true);
  return guesses.map((guess) => guess / executions);
}

function* count(dev: device): Task {
  for (let round = 0; round < 2; round++) {
    const uses = yield* indivisible("READ_ONCE", dev, () => loadMarked(dev.address + 2));
    yield* indivisible("WRITE_ONCE", dev, () => storeMarked(dev.address + 2, uses + 1));
  }
}

const threeCounters = scenario({
  name: "three-counters",
  title: "three marked counters",
  about: "34,650 orders.",
  *setup() {
    return keep(create(device));
  },
  threads: { a: count, b: count, c: count },
  expect: { verdict: "holds" },
});

Deno.test("estimate: searches of the book come to be of the size that was guessed", async () => {
  const { scenarios } = await openEdition("as-posted");
  const cases: [string, ExploreOptions][] = [
    ["joined-merge", { mode: "reduced" }],
    ["two-mms-dev-all", { mode: "reduced" }],
    ["joined-detached", { mode: "reduced" }],
    ["joined-detached", { mode: "reduced", share: { index: 1, of: 1 } }],
    ["three-counters", { mode: "naive" }],
  ];
  let counted = 0;
  for (const [name, options] of cases) {
    const all = [...scenarios, threeCounters as Scenario];
    const chosen = all.find((one) => one.name === name) as Scenario;
    const errors = errorsOf(chosen, options);
    const kind = `${options.mode}${options.share === undefined ? "" : " in parts"}`;
    const far = errors.filter((error) => error > 6 || error < 1 / 6);
    const [least, most] = [Math.min(...errors).toFixed(1), Math.max(...errors).toFixed(1)];
    console.log(`${name}, ${kind}: ${errors.length} guesses, ${least} to ${most} times the truth`);
    assert(far.length <= errors.length / 10, `${name}, ${kind}: ${far.length} are far off`);
    counted += errors.length;
  }
  assert(counted > 20, "there were too few guesses to judge");
});

Deno.test("estimate: a bound on executions is what is expected at most", () => {
  const soFar = { executions: 10, steps: 20, seconds: 1, expected: 30 };
  assertEquals(
    progressLine("a", soFar),
    "a: 10 executions, 20 steps, 10 executions/s, about 2 s left",
  );
  const { expected: _, ...unknown } = soFar;
  assertEquals(progressLine("a", unknown), "a: 10 executions, 20 steps, 10 executions/s");
});

Deno.test("estimate: times are told as guesses, in the largest unit that fits", () => {
  const cases: [number, string][] = [
    [0, "about 1 s left"],
    [0.2, "about 1 s left"],
    [59, "about 59 s left"],
    [61, "about 61 s left"],
    [150, "about 3 min left"],
    [7_300, "about 3 h left"],
    [172_800, "about 2 days left"],
    [15_000_000, "about 170 days left"],
    [1e9, "more than a year left"],
    [Infinity, "more than a year left"],
  ];
  for (const [seconds, words] of cases) assertEquals(timeLeft(seconds), words);
});
