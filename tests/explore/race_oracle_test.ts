/**
 * Goal: the race check under the reduced search finds what a plain happens-before check finds when
 * every schedule is run, though the reduced search runs few of them; and the same circles of locks
 * and waits are found. Method: generate small programs and compare what is found.
 *
 * The yardstick counts every turn at a lock as an order, which is what holds in one given schedule;
 * a race that it reports is one of two accesses with nothing between them in some schedule.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Execution, isDemotion } from "explore/execution.ts";
import { reportCirclesTo } from "explore/lockorder.ts";
import { reportRacesTo } from "explore/races.ts";
import type { Bounds, Scenario } from "explore/scenario.ts";
import { searchNaively } from "explore/search/naive.ts";
import { searchReduced } from "explore/search/reduced.ts";
import type { Search } from "explore/search/search.ts";
import { countEveryTurn } from "explore/sections.ts";
import type { Granularity } from "explore/task.ts";
import { asScenario, program } from "./programs.ts";
import { asLockScenario, lockProgram } from "./race_programs.ts";

type Searcher = (execution: Execution, bounds: Bounds) => Search;

interface Races {
  readonly subjects: string[];
  /** Circles of locks and waits. */
  readonly circles: string[];
  readonly executions: number;
  readonly exhaustive: boolean;
}

/** What is found to race when `search` runs `scenario`, to its end or until `enough` is found. */
function racesOf(
  scenario: Scenario,
  search: Searcher,
  everyTurn: boolean,
  granularity: Granularity,
  limit: number,
  enough?: readonly string[],
): Races {
  const execution = new Execution(scenario, granularity);
  countEveryTurn(everyTurn);
  try {
    for (;;) {
      const subjects = new Set<string>();
      const circles = new Set<string>();
      reportRacesTo(({ subject }) => void subjects.add(subject));
      reportCirclesTo(({ subject }) => void circles.add(subject));
      try {
        const run = search(execution, { executions: limit });
        let next = run.next();
        while (next.done !== true && enough?.every((one) => subjects.has(one)) !== true) {
          next = run.next();
        }
        const { executions, exhaustive } = next.value;
        return {
          subjects: [...subjects].sort(),
          circles: [...circles].sort(),
          executions,
          exhaustive,
        };
      } catch (error) {
        if (!isDemotion(error)) throw error;
      }
    }
  } finally {
    countEveryTurn(false);
    reportRacesTo(() => {});
    reportCirclesTo(() => {});
    execution.close();
  }
}

const LIMIT = 3_000;

/** A program by sections, and the same with a scheduling point before every access. */
interface Forms {
  readonly coarse: Scenario;
  readonly fine: Scenario;
}

/**
 * Which of `subjects` race when every operation is a step of its own. Steps of whole sections can
 * hide a race: an access at the end of a step meets nobody there, if the next step is a fault.
 */
function confirmed(scenario: Scenario, subjects: readonly string[]): readonly string[] {
  const found = racesOf(scenario, searchNaively, true, "operations", 10 * LIMIT, subjects).subjects;
  return subjects.filter((subject) => found.includes(subject));
}

class Comparison {
  compared = 0;
  racy = 0;
  hidden = 0;
  finer = 0;
  after = 0;
  circular = 0;
  naiveRuns = 0;
  reducedRuns = 0;

  /** Compares the searches on one program, if the naive one can finish it. */
  add({ coarse, fine }: Forms, granularity: Granularity): void {
    const naive = racesOf(coarse, searchNaively, true, granularity, LIMIT);
    if (!naive.exhaustive) return;
    const reduced = racesOf(coarse, searchReduced, false, granularity, LIMIT);
    assert(reduced.exhaustive);
    assertEquals(without(naive.subjects, reduced.subjects), [], "races that were missed");
    this.#justify(without(reduced.subjects, naive.subjects), naive.subjects, fine);
    const { circles } = racesOf(coarse, searchNaively, false, granularity, LIMIT);
    assertEquals(reduced.circles, circles, "circles of locks");
    if (circles.length > 0) this.circular++;
    const turns = racesOf(coarse, searchReduced, true, granularity, LIMIT);
    if (without(naive.subjects, turns.subjects).length > 0) this.hidden++;
    this.compared++;
    this.naiveRuns += naive.executions;
    this.reducedRuns += reduced.executions;
    if (naive.subjects.length > 0) this.racy++;
  }

  /** The first race of a program must be one; what races after it may follow from it. */
  #justify(more: readonly string[], known: readonly string[], fine: Scenario): void {
    if (more.length === 0) return;
    const real = confirmed(fine, more);
    if (real.length === more.length) this.finer++;
    else this.after++;
    assert(real.length + known.length > 0, `no schedule has a race of ${more}`);
  }

  print(what: string): void {
    console.log(
      `${what}: ${this.compared} programs compared, ${this.racy} of them with races; ` +
        `${this.naiveRuns} executions naive, ${this.reducedRuns} reduced; counting every turn, ` +
        `the reduced search would miss races of ${this.hidden}; ` +
        `${this.finer} have more races that smaller steps show, ` +
        `${this.after} more that follow from a race; ` +
        `${this.circular} with circles of locks and waits`,
    );
  }
}

function without(all: readonly string[], some: readonly string[]): string[] {
  return all.filter((one) => !some.includes(one));
}

function compare<T>(
  what: string,
  programs: fc.Arbitrary<T>,
  forms: (program: T) => Forms,
  granularity: Granularity,
  runs: number,
): void {
  const comparison = new Comparison();
  fc.assert(
    fc.property(programs, (program) => comparison.add(forms(program), granularity)),
    { numRuns: runs, seed: 20180511 },
  );
  comparison.print(what);
  const { compared, racy } = comparison;
  assert(compared >= runs / 2, `only ${compared} programs could be compared`);
  assert(racy >= compared / 10, `only ${racy} programs have races`);
}

function general(threads: Parameters<typeof asScenario>[0]): Forms {
  const coarse = asScenario(threads) as unknown as Scenario;
  return { coarse, fine: coarse };
}

function locking(threads: Parameters<typeof asLockScenario>[0]): Forms {
  return {
    coarse: asLockScenario(threads, false) as unknown as Scenario,
    fine: asLockScenario(threads, true) as unknown as Scenario,
  };
}

Deno.test("the reduced search finds the races of all schedules, by sections", () => {
  compare("sections", program, general, "sections", 600);
});

Deno.test("the reduced search finds the races of all schedules, by operations", () => {
  compare("operations", program, general, "operations", 120);
});

Deno.test("the reduced search finds the races of all schedules with many locks and words", () => {
  compare("many locks", lockProgram, locking, "sections", 600);
});
