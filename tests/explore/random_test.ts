/** Schedules drawn at random: what they find, and that the seed settles them. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { explore, type ExploreOptions } from "explore/explore.ts";
import { KernelFault } from "explore/fault.ts";
import { keep } from "explore/leak.ts";
import { scenario } from "explore/scenario.ts";
import { randomNumbers } from "explore/search/random.ts";
import { create, int, struct } from "explore/struct.ts";
import { useTapes } from "explore/tape/choice.ts";
import { point, type Task } from "explore/task.ts";
import type { Verdict } from "explore/verdict.ts";
import { spin_lock, spin_unlock, spinlock_t } from "linux/spinlock.ts";

class ring extends struct("ring", { lock: spinlock_t, at: int }) {}

const THREADS = 5, TURNS = 3;

/** Adds one under the lock if the value is `from`; `bug` is thrown at the last value. */
function* advance(r: ring, from: number, bug: number): Task {
  yield* spin_lock(r.lock);
  if (r.at === from) r.at = from + 1;
  if (r.at === bug) throw new KernelFault("law", "seeded", "ring.at");
  yield* spin_unlock(r.lock);
}

/** Threads of which each must wait for the one before: the value gets to `bug` in few schedules. */
function ringOf(bug: number) {
  return scenario<ring>({
    name: "ring",
    title: "threads that pass a value on",
    about: "too many schedules to try them all",
    *setup() {
      return keep(create(ring));
    },
    threads: Object.fromEntries(
      Array.from({ length: THREADS }, (_, index) => [`t${index}`, function* (r: ring): Task {
        for (let turn = 0; turn < TURNS; turn++) {
          yield* advance(r, THREADS - 1 - index, bug);
          yield* point("between", r);
        }
      }]),
    ),
    expect: { verdict: "holds" },
  });
}

/** A verdict without what a clock says. */
function timeless(verdict: Verdict): Partial<Verdict> {
  const { seconds: _, ...rest } = verdict;
  return rest;
}

function draw(options: ExploreOptions, bug = THREADS): Verdict {
  return explore(ringOf(bug), options);
}

const MODES = [{ mode: "random" }, { mode: "pct" }, { mode: "pct", bugDepth: 5 }] as const;
const SIZES = ["sections", "operations"] as const;

Deno.test("random schedules find a seeded bug, by sections and by operations", () => {
  for (const options of MODES) {
    for (const granularity of SIZES) {
      const verdict = draw({ ...options, granularity, seed: 7, bounds: { executions: 4000 } });
      assertEquals(verdict.outcome, "bug", JSON.stringify(options));
      assertEquals(verdict.findings.map(({ kind }) => kind), ["seeded"]);
      assertEquals(verdict.exhaustive, false);
    }
  }
});

Deno.test("what random schedules do not find is bounded, never shown to hold", () => {
  for (const options of MODES) {
    const verdict = draw({ ...options, bounds: { executions: 300 } }, THREADS + 1);
    assertEquals([verdict.outcome, verdict.executions], ["bounded", 300]);
    assertEquals([verdict.exhaustive, verdict.asExpected], [false, false]);
  }
});

Deno.test("the same seed draws the same schedules, another one others", () => {
  for (const options of MODES) {
    const seeded = (seed: number) =>
      timeless(draw({ ...options, seed, bounds: { executions: 500 } }));
    assertEquals(seeded(3), seeded(3));
    const kinds = new Set([1, 2, 3, 4].map((seed) => JSON.stringify(seeded(seed).findings)));
    assert(kinds.size > 1, "four seeds found the same schedules");
  }
});

Deno.test("the verdict and its scope name the seed and the depth", () => {
  const bounds = { executions: 10 };
  const pct = draw({ mode: "pct", seed: 42, bugDepth: 2, bounds });
  assertEquals([pct.seed, pct.bugDepth], [42, 2]);
  assert(pct.scope.includes("pct search with seed 42 for bugs of depth 2"), pct.scope);
  const random = draw({ mode: "random", bounds });
  assertEquals([random.seed, random.bugDepth], [1, undefined]);
  assert(random.scope.includes("random search with seed 1, at most 10 executions"), random.scope);
  assertEquals("seed" in draw({ mode: "naive", bounds }), false);
  assertThrows(() => draw({ mode: "pct", bugDepth: 0, bounds }), RangeError, "bugs of depth 0");
});

Deno.test("a caller whose time is up ends a random search", () => {
  const verdict = draw({ mode: "random", progress: ({ executions }) => executions < 128 }, -1);
  assertEquals([verdict.executions, verdict.outcome], [128, "bounded"]);
});

Deno.test("no preemptions are drawn beyond the bound", () => {
  const halfway = scenario<ring>({
    ...ringOf(1),
    threads: {
      *writer(r) {
        yield* advance(r, 0, -1);
        yield* advance(r, 1, -1);
      },
      *reader(r) {
        yield* advance(r, -1, 1);
      },
    },
  });
  for (const options of MODES) {
    const outcomes = [0, 1].map((preemptions) =>
      explore(halfway, { ...options, bounds: { executions: 300, preemptions } }).outcome
    );
    assertEquals(outcomes, ["bounded", "bug"]);
  }
});

Deno.test("the numbers are spread evenly and repeat with the seed", () => {
  const one = randomNumbers(5), same = randomNumbers(5), boxes = new Int32Array(10);
  for (let drawn = 0; drawn < 10_000; drawn++) {
    const number = one();
    assertEquals(same(), number);
    assert(number >= 0 && number < 1);
    const box = Math.floor(number * 10);
    boxes[box] = (boxes[box] as number) + 1;
  }
  assert(boxes.every((inBox) => inBox > 850 && inBox < 1150), boxes.join());
});

Deno.test("the same seed draws the same schedules by tapes and by the code of the tasks", () => {
  for (const granularity of SIZES) {
    for (const options of MODES) {
      const drawn = { ...options, granularity, seed: 11, bounds: { executions: 300 } };
      useTapes(false);
      const live = timeless(draw(drawn));
      useTapes(true);
      assertEquals(timeless(draw(drawn)), live);
    }
  }
});
