/**
 * Goal: a search that caches states finds what one finds that runs every execution, and counts the same
 * executions. Method: generate small programs and search both ways; so too the scenarios of the book.
 */
import { assertEquals, assertGreater } from "@std/assert";
import fc from "fast-check";
import { explore } from "explore/explore.ts";
import { checkRaces } from "explore/races.ts";
import { type Scenario, scenariosIn } from "explore/scenario.ts";
import { cacheStatesFrom } from "explore/search/reduced.ts";
import { hashState } from "explore/state_hash.ts";
import type { Granularity } from "explore/task.ts";
import type { Verdict } from "explore/verdict.ts";
import { asObjectScenario, type Program as ObjectProgram, sleeping } from "./object_programs.ts";
import {
  asScenario,
  counting,
  type Op,
  program,
  spawning,
  turning,
  unordered,
} from "./programs.ts";
import { asLockScenario, lockProgram } from "./race_programs.ts";

const LIMIT = 5_000;

interface Options {
  readonly granularity: Granularity;
  /** Without the race check, most programs are free of faults, and searched with a cache to the end. */
  readonly races: boolean;
}

interface Outcome {
  readonly verdict: Verdict;
  /** Where it ended. */
  readonly states: readonly string[];
}

function outcome(given: Scenario, { granularity, races }: Options, isCached: boolean): Outcome {
  const states = new Set<string>();
  cacheStatesFrom(isCached ? 0 : Infinity);
  checkRaces(races);
  try {
    const verdict = explore({ ...given, finally: () => void states.add(hashState()) }, {
      mode: "reduced",
      granularity,
      progress: ({ executions }) => isCached || executions < LIMIT,
    });
    return { verdict, states: [...states].sort() };
  } finally {
    cacheStatesFrom();
    checkRaces(true);
  }
}

/** What was found. */
function said({ verdict: { outcome, findings, exhaustive, learned }, states }: Outcome) {
  const found = findings.map(({ message }) => message).sort();
  return { outcome, found, states, exhaustive, demoted: learned.demoted };
}

interface Tally {
  compared: number;
  /** Programs with faults; with executions that were known; with another number of executions. */
  faulty: number;
  cached: number;
  other: number;
  executions: number;
  known: number;
}

function compare(given: Scenario, options: Options, tally: Tally): void {
  const plain = outcome(given, options, false);
  if (!plain.verdict.exhaustive) return;
  const cached = outcome(given, options, true), { executions, redundant, known } = cached.verdict;
  assertEquals(said(cached), said(plain));
  tally.compared++;
  if (plain.verdict.findings.length > 0) tally.faulty++;
  if (known > 0) tally.cached++;
  if (executions !== plain.verdict.executions) tally.other++;
  tally.executions += executions + redundant;
  tally.known += known;
}

function compareAll<T>(
  programs: fc.Arbitrary<T>,
  scenarioOf: (given: T) => unknown,
  options: Options,
  numRuns: number,
): void {
  const tally: Tally = { compared: 0, faulty: 0, cached: 0, other: 0, executions: 0, known: 0 };
  fc.assert(
    fc.property(programs, (given) => compare(scenarioOf(given) as Scenario, options, tally)),
    { numRuns, seed: 20180512 },
  );
  const { compared, faulty, cached, other, executions, known } = tally;
  console.log(
    `${options.granularity}: ${compared} programs compared, ${faulty} with faults, ` +
      `${cached} with known states, ${other} with other executions; ` +
      `${known} of ${executions} executions known`,
  );
  assertGreater(compared, numRuns / 3);
  assertGreater(cached, options.races ? 0 : numRuns / 5);
}

/** Two programs, the one after the other, without seeded faults. */
function joined(programs: typeof program): typeof program {
  return fc.tuple(programs, programs).map(([first, second]) =>
    first.map((thread, at) => [...thread, ...second[at] ?? []].map(calmed))
  );
}

function calmed(op: Op): Op {
  switch (op.kind) {
    case "bug":
      return { kind: "set", field: op.field, value: op.value };
    case "if":
      return { ...op, then: calmed(op.then) };
    case "section":
    case "later":
      return { ...op, body: op.body.map(calmed) };
    default:
      return op;
  }
}

const asLocks = (given: Parameters<typeof asLockScenario>[0]) => asLockScenario(given, false);

for (const granularity of ["sections", "operations"] as const) {
  const runs = granularity === "sections" ? 400 : 150;
  for (const [name, programs] of Object.entries({ program, counting, spawning: spawning(1) })) {
    Deno.test(`a cache changes nothing that is found, by ${granularity}: ${name}`, () => {
      compareAll(programs, asScenario, { granularity, races: true }, runs);
    });
    Deno.test(`a cache changes nothing where there are no data races, by ${granularity}: ${name}`, () => {
      compareAll(joined(programs), asScenario, { granularity, races: false }, runs);
    });
  }
  Deno.test(`a cache changes nothing where what depends is not ordered, by ${granularity}`, () => {
    compareAll(unordered, asScenario, { granularity, races: true }, 2 * runs);
  });
  Deno.test(`a cache changes nothing where a step does one thing or another, by ${granularity}`, () => {
    compareAll(turning, asScenario, { granularity, races: true }, runs);
  });
  Deno.test(`a cache changes nothing where threads sleep in sections, by ${granularity}`, () => {
    const given = (threads: ObjectProgram) => asObjectScenario(threads);
    compareAll(sleeping, given, { granularity, races: true }, runs);
  });
  Deno.test(`a count that depends on a write's step does not order what follows, by ${granularity}`, () => {
    const drop: Op = { kind: "drop" };
    const given = asScenario([
      [{ kind: "section", lock: "b", body: [{ kind: "grab" }] }, drop],
      [drop],
      [{ kind: "section", lock: "b", body: [drop] }],
    ]) as Scenario;
    const { verdict: { findings } } = outcome(given, { granularity, races: true }, true);
    assertEquals(findings.map(({ message }) => message), ["KCSAN: data-race in shared.flag"]);
  });
  Deno.test(`a cache changes nothing that is found of locks and waits, by ${granularity}`, () => {
    compareAll(lockProgram, asLocks, { granularity, races: true }, runs);
  });
}

/** Chapters, and how many of their scenarios have known states at the least. */
const CHAPTERS = { "13-hardware-laws": 20, "15-schedules": 10, "17-joined": 20 };

for (const [chapter, least] of Object.entries(CHAPTERS)) {
  Deno.test(`a cache changes nothing that is found in chapter ${chapter}`, async () => {
    let compared = 0, cached = 0, other = 0;
    const module = await import(new URL(`../../spec/${chapter}.ts`, import.meta.url).href);
    for (const given of scenariosIn(Object.values(module))) {
      // One takes too long with a cache from the start.
      if (given.memory === "relaxed" || given.name === "joined-all-riscv") continue;
      const [plain, known] = [Infinity, 0].map((from) => {
        cacheStatesFrom(from);
        return explore(given, { mode: "reduced" });
      }) as [Verdict, Verdict];
      cacheStatesFrom();
      assertEquals(
        said({ verdict: known, states: [] }),
        said({ verdict: plain, states: [] }),
        given.name,
      );
      assertEquals(known.finalStates, plain.finalStates);
      compared++;
      if (known.known > 0) cached++;
      if (known.executions !== plain.executions) other++;
    }
    console.log(
      `${compared} scenarios compared, ${cached} with known states, ${other} with other executions`,
    );
    assertGreater(cached, least);
  });
}
