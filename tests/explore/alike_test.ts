/**
 * Goal: a search over states finds what one by name finds, where threads run one function on parts of
 * their own or on one state. Method: generate small programs of both kinds, hold the search against the
 * naive one, and final states and faults against each other, with bounds, where it looks for data races
 * on its paths, and without, where it looks for them last; then see for code that knows a name that it
 * is found out, and for data races that they are found all the same.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { Execution } from "explore/execution.ts";
import { explore, type ExploreOptions } from "explore/explore.ts";
import { checkRaces } from "explore/races.ts";
import { type Scenario, scenariosIn } from "explore/scenario.ts";
import type { Granularity } from "explore/task.ts";
import type { Mode, Verdict } from "explore/verdict.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import {
  describe,
  onParts,
  part,
  type Parts,
  type Program,
  programs,
  spawning,
} from "./part_programs.ts";
import * as whole from "./programs.ts";

function outcome(program: Program, options: ExploreOptions): Outcome {
  return outcomeOf(onParts(program), describe, options);
}

/** Counts of what was compared. */
class Tally {
  #compared = 0;
  #overStates = 0;
  #withoutRaces = 0;
  withFaults = 0;
  #named = 0;
  #nameless = 0;

  /** Holds the search over states against the naive one, if that comes to an end. */
  hold<S>(scenario: Scenario<S>, of: (state: S) => string, granularity: Granularity): void {
    const naive = outcomeOf(scenario, of, { mode: "naive", granularity });
    if (!naive.verdict.exhaustive) return;
    const look = (options: ExploreOptions): Verdict => {
      const { verdict, faults, states } = outcomeOf(scenario, of, {
        mode: "states",
        granularity,
        ...options,
      });
      assertEquals(states, naive.states);
      // Which words race in a list without a lock is told by some orders of removals that commute.
      if (!naive.faults.some((fault) => /KCSAN.*(?:next|prev)$/.test(fault))) {
        assertEquals(faults, naive.faults);
      }
      assert(verdict.exhaustive);
      // Where there is a data race, or could be one, all is tried by name.
      assertEquals(verdict.mode, verdict.states === undefined ? "reduced" : "states");
      return verdict;
    };
    const verdict = look({ bounds: {} }), onPaths = look({});
    assertEquals([onPaths.states, onPaths.steps], [verdict.states, verdict.steps]);
    this.#compared++;
    if (verdict.states === undefined) return this.#holdWithoutRaces(scenario, of, granularity);
    this.#overStates++;
    if (naive.faults.length > 0) this.withFaults++;
    this.#named += naive.verdict.executions;
    this.#nameless += verdict.executions;
  }

  /** Holds the two against each other where nobody asks for data races. */
  #holdWithoutRaces<S>(
    scenario: Scenario<S>,
    of: (state: S) => string,
    granularity: Granularity,
  ): void {
    checkRaces(false);
    try {
      const naive = outcomeOf(scenario, of, { mode: "naive", granularity });
      const alike = outcomeOf(scenario, of, { mode: "states", granularity });
      assertEquals([alike.states, alike.faults], [naive.states, naive.faults]);
      assert(naive.verdict.exhaustive && alike.verdict.exhaustive);
      if (alike.verdict.states === undefined) return;
      this.#withoutRaces++;
      if (naive.faults.length > 0) this.withFaults++;
    } finally {
      checkRaces(true);
    }
  }

  /** Says what was compared, of so many programs. */
  say(what: string, programs: number): void {
    console.log(
      `${what}: ${this.#compared} programs compared, ${this.#overStates} of them over states ` +
        `and ${this.#withoutRaces} without the race check, ${this.withFaults} of these with faults; ` +
        `${this.#named} executions one by one, ${this.#nameless} over states`,
    );
    assert(this.#compared >= programs / 2, `only ${this.#compared} programs could be compared`);
    assert(this.#overStates >= this.#compared / 3, `only ${this.#overStates} were over states`);
    assert(this.#nameless < this.#named);
  }
}

function compareParts(which: typeof programs, granularity: Granularity, numRuns: number): void {
  const tally = new Tally();
  fc.assert(
    fc.property(
      which,
      (program) => tally.hold<Parts>(onParts(program), describe, granularity),
    ),
    { numRuns, seed: 20180511 },
  );
  tally.say(granularity, numRuns);
}

function compareWhole(
  which: typeof whole.program,
  numRuns: number,
  granularity: Granularity = "sections",
): void {
  const tally = new Tally();
  fc.assert(
    fc.property(
      which,
      fc.constantFrom(...whole.PATTERNS),
      (threads, pattern) =>
        tally.hold(whole.withAlike(threads, pattern), whole.describe, granularity),
    ),
    { numRuns, seed: 20180511 },
  );
  tally.say("on one state", numRuns);
  assert(tally.withFaults >= numRuns / 10, `only ${tally.withFaults} had faults`);
}

Deno.test("alike: over states threads with parts do what they do by name, by sections", () => {
  compareParts(programs, "sections", 400);
});

Deno.test("alike: over states threads with parts do what they do by name, by operations", () => {
  compareParts(programs, "operations", 150);
});

Deno.test("alike: over states threads on one state do what they do by name", () => {
  compareWhole(whole.program, 300);
});

Deno.test("alike: so they do with counts and lists, whose uses commute", () => {
  compareWhole(whole.counting, 300);
  compareWhole(whole.unordered, 200);
});

Deno.test("alike: so they do with work that is left to others, whoever has which lock in hand", () => {
  compareWhole(whole.spawning(2), 150);
  compareWhole(whole.spawning(1), 80, "operations");
  compareParts(spawning, "sections", 150);
  compareParts(spawning, "operations", 60);
});

for (const granularity of ["sections", "operations"] as const) {
  Deno.test(`alike: over states the scenarios of the book are what they are reduced, by ${granularity}`, async () => {
    const book: Record<string, unknown> = await import(
      new URL("../../spec/15-schedules.ts", import.meta.url).href
    );
    const faultsIn = (one: Scenario, mode: "reduced" | "states") => {
      const { findings, exhaustive, mode: done } = explore(one, { mode, granularity });
      const faults = findings.map((found) => `${found.sanitizer} ${found.kind} ${found.subject}`);
      return { faults: faults.sort(), exhaustive, done };
    };
    let overStates = 0;
    const scenarios = scenariosIn(Object.values(book)).filter(({ memory }) => memory === undefined);
    for (const one of scenarios) {
      const reduced = faultsIn(one, "reduced"), states = faultsIn(one, "states");
      assertEquals([states.faults, states.exhaustive], [reduced.faults, true], one.name);
      if (states.done === "states") overStates++;
    }
    console.log(`${scenarios.length} scenarios, ${overStates} of them over states`);
    assert(overStates > scenarios.length / 2);
  });
}

Deno.test("alike: a number that was given to one of them keeps its name wherever it is written", () => {
  const inside = (...kinds: readonly ("first" | "pull" | "name" | "touch")[]) => ({
    kind: "section" as const,
    body: kinds.map((kind) => ({ kind })),
  });
  const body = [{ kind: "mine" as const }, inside("first", "pull", "name"), inside("touch")];
  const program: Program = { body, other: [], count: 3 };
  const naive = outcome(program, { mode: "naive" });
  const alike = outcome(program, { mode: "states" });
  assertEquals([alike.faults, alike.states], [naive.faults, naive.states]);
  assertEquals(alike.states.length, 24);
});

const section = (...kinds: readonly ("own" | "push" | "unlink" | "first" | "free")[]): Program => ({
  body: [{ kind: "section", body: kinds.map((kind) => ({ kind })) }],
  other: [],
  count: 3,
});

Deno.test("alike: what threads have of their own is told by what points where", () => {
  const execution = new Execution(
    onParts(section("own")),
    "sections",
    undefined,
    undefined,
    false,
    true,
  );
  const { owners, state: { hub, parts, spare } } = execution;
  const of = (address: number) => owners?.at[address];
  execution.close();
  assertEquals(owners?.names, [["alike0", "alike1", "alike2"]]);
  assertEquals(parts.map(({ address }) => of(address)), [1, 2, 3]);
  const boxes = parts.map(({ address }) => address + part.shape.words);
  assertEquals(boxes.map(of), [1, 2, 3]);
  assertEquals([hub, spare].map(({ address }) => of(address)), [0, 0]);
  assertEquals([0, 1, 2, 3].map((task) => owners?.ofTask[task]), [1, 2, 3, 0]);
});

Deno.test("alike: parts in a list have an order, and parts that have left it have none", () => {
  const statesOf = (program: Program) => outcome(program, { mode: "states" });
  const staying = statesOf(section("own", "push")), leaving = statesOf(section("unlink", "push"));
  // That the other thread ends commutes with all, so it is first; then who of three in a row has run, or how many.
  assertEquals([staying.verdict.states, leaving.verdict.states], [1 + 2 ** 3, 1 + (3 + 1)]);
  assertStringIncludes(leaving.verdict.scope, "only in which of alike0, alike1, alike2 is which");
});

Deno.test("alike: a step that commutes with all that follows is tried alone, for all it may keep from others", () => {
  const alone = outcome(section("own"), { mode: "states" });
  assertEquals([alone.verdict.states, alone.verdict.steps, alone.verdict.executions], [5, 4, 1]);
  const faultsOf = (mode: Mode, threads: readonly whole.Op[][], pattern: readonly number[]) =>
    outcomeOf(whole.withAlike(threads, pattern), whole.describe, { mode }).faults;
  const bugs = (["x", "y"] as const).map((field): whole.Op[] => [{ kind: "bug", field, value: 0 }]);
  // One fault ends the execution, and the other is not seen after it.
  assertEquals(faultsOf("states", bugs, [0, 1]), ["law seeded x", "law seeded y"]);
  // A value that one waits for goes by, and the one waits for ever: it is not seen what else it would have done.
  const kept: whole.Op[][] = [[{ kind: "poll" }], [{
    kind: "section",
    lock: "a",
    body: [{ kind: "set", field: "y", value: 2 }, { kind: "inc" }],
  }, { kind: "section", lock: "a", body: [{ kind: "unlink", entry: "first" }] }], [{
    kind: "wait",
  }]];
  const states = faultsOf("states", kept, [0, 0, 1]);
  assertEquals(states, faultsOf("naive", kept, [0, 0, 1]));
  assertEquals(states.length, 2);
  // Whoever stands before a lock that is in hand in a fault is not seen to take it.
  const inside = (...body: readonly whole.Op[]) => ({ kind: "section", lock: "a", body }) as const;
  const outside = (...body: readonly whole.Op[]) => ({ kind: "section", lock: "b", body }) as const;
  const set = (field: "x" | "y", value: number) => ({ kind: "set", field, value }) as const;
  const bug = (field: "x" | "y", value: number) => ({ kind: "bug", field, value }) as const;
  const before: whole.Op[][] = [
    [outside(inside(set("x", 1), { kind: "inc" })), outside(inside(set("y", 0)))],
    [
      inside(set("y", 2)),
      outside(
        inside({ kind: "copy", from: "y", to: "y" }),
        inside(bug("y", 3)),
        inside(bug("x", 2)),
      ),
    ],
  ];
  const program = whole.withAlike(before, [0, 1, 1]);
  const found = outcomeOf(program, whole.describe, { mode: "states" });
  assertEquals(found.states, outcomeOf(program, whole.describe, { mode: "naive" }).states);
  // Nor is whoever comes to stand there when the fault was seen, and is not tried again.
  const twice = (...kinds: readonly ("dec" | "inc")[]): whole.Op => ({
    kind: "section",
    lock: "ba",
    body: kinds.map((kind) => ({ kind })),
  });
  const after: whole.Op[][] = [
    [outside({ kind: "dec" }, { kind: "dec" }), twice("dec")],
    [twice("dec", "dec"), twice("inc")],
  ];
  const twoFaults = (mode: Mode) =>
    outcomeOf(whole.withAlike(after, [0, 0, 1]), whole.describe, {
      mode,
      granularity: "operations",
    })
      .faults;
  assertEquals(twoFaults("states"), twoFaults("naive"));
  assertEquals(twoFaults("states").length, 2);
});

Deno.test("alike: a step that takes a reference is not tried alone while a give sleeps", () => {
  const drop: whole.Op = { kind: "drop" }, grab: whole.Op = { kind: "grab" };
  const dec: whole.Op = { kind: "dec" };
  // Two references: who gives the second back writes, and whether that is ordered depends on who it is.
  const program = whole.asScenario([[drop, dec], [grab, dec], [drop]]);
  for (const mode of ["naive", "reduced", "states"] as const) {
    const { findings } = explore(program, { mode, granularity: "operations" });
    assertEquals(findings.map(({ message }) => message), ["KCSAN: data-race in shared.flag"], mode);
  }
});

Deno.test("alike: a step under a lock waits for nobody who has to take it first, or is not made yet", async () => {
  const { exitUnbinds } = await import(
    new URL("../../spec/15-schedules.ts", import.meta.url).href
  );
  const options = { mode: "states", granularity: "operations" } as const;
  const { exhaustive, states = Infinity } = explore(exitUnbinds(3), options);
  assert(exhaustive);
  // It is 35,562 with all that others do held against a step, and 2,149 without that of tasks that it makes.
  assert(states < 2_000, `${states} states`);
});

Deno.test("alike: code that knows a part by name is found out, and all is tried by name", () => {
  const program: Program = { ...section("own"), other: [{ kind: "own" }] };
  const explored = (knows: boolean) => explore(onParts(program, knows), { mode: "states" });
  assert(explored(false).states !== undefined);
  const named = explored(true);
  assertEquals(named.states, undefined);
  assertEquals(named.findings.map(({ sanitizer, subject }) => [sanitizer, subject]), [
    ["KCSAN", "part.x"],
  ]);
  assert(!named.scope.includes("is which"));
});

Deno.test("alike: laws that ask for one part by name are found out, and all is tried by name", () => {
  const scenario = onParts(section("own"));
  const isLow = ({ x }: part) => x <= 1;
  const modeWith = (laws: Partial<Scenario<Parts>>) =>
    explore({ ...scenario, ...laws }, { mode: "states" }).mode;
  assertEquals(modeWith({ always: { low: ({ parts }) => parts.every(isLow) } }), "states");
  assertEquals(modeWith({ always: { low: ({ parts }) => isLow(parts[1] as part) } }), "reduced");
  assertEquals(modeWith({ finally: ({ parts }) => assert(parts.every(isLow)) }), "states");
  assertEquals(modeWith({ finally: ({ parts }) => assert(isLow(parts[1] as part)) }), "reduced");
});

Deno.test("alike: a data race that needs a step in between is found too, by name", () => {
  // Writes of `flag` race if the count comes to 0 twice: it has to be raised by another step in between.
  const unlink = { kind: "unlink", entry: "first" } as const, drop = { kind: "drop" } as const;
  const section = (...body: readonly whole.Op[]) => ({ kind: "section", lock: "a", body }) as const;
  const down = section({ kind: "grab" }, { kind: "get" }, drop, drop);
  const threads = [[section(unlink), down, unlink], [section(unlink), drop]];
  const program = whole.withAlike(threads, [0, 0, 1]);
  const { findings, mode, scope } = explore(program, { mode: "states" });
  assertEquals(findings.map(({ sanitizer, subject }) => [sanitizer, subject]), [
    ["KCSAN", "shared.flag"],
  ]);
  assertEquals(mode, "reduced");
  assertStringIncludes(scope, "reduced search");
});

Deno.test("alike: a search that is ended before it looks for data races says so", () => {
  const scenario = onParts(section("own"));
  const scopeOf = (progress: () => boolean) =>
    explore(scenario, { mode: "states", progress }).scope;
  const last = "without a look for data races, which comes last";
  assertStringIncludes(scopeOf(() => false), last);
  assert(!scopeOf(() => true).includes(last));
});

const counting = (...ops: readonly whole.Op[]) =>
  explore(whole.withAlike([ops], [0, 0]), { mode: "states" }).mode;

Deno.test("alike: who writes after the last put comes after all who put, and needs no name", () => {
  const put = { kind: "drop" } as const, write = { kind: "set", field: "x", value: 1 } as const;
  assertEquals(counting({ kind: "section", lock: "a", body: [write] }, put), "states");
  assertEquals(counting(write, put), "reduced");
});
