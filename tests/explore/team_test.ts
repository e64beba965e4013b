/**
 * Goal: who runs the parts of a search, and how many do, changes nothing. Method: the programs of the
 * oracle test and all scenarios of the book that end soon, in parts one after the other, and by teams
 * whose members take turns as a seed has it; all numbers, findings and schedules must be equal.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { explore } from "explore/explore.ts";
import { type PartOutcome, Parts, type PartsSetup } from "explore/parts.ts";
import type { Scenario } from "explore/scenario.ts";
import type { PartFound, PartStore, Premise } from "explore/search/share.ts";
import { type Member, searchTogether, TeamError } from "explore/team.ts";
import type { Verdict } from "explore/verdict.ts";
import { openEdition } from "../../src/cli/sources.ts";
import { asScenario, program } from "./programs.ts";

const NOTHING: Premise = { learned: { demoted: [], spawned: [] }, visible: [] };

const REST = { executions: 0 } as PartFound;

class Memory implements PartStore {
  readonly parts = new Map<number, PartFound>();
  cleared = 0;
  get = (part: number) => this.parts.get(part);
  add = (part: number, found: PartFound) => void this.parts.set(part, found);
  clear(): void {
    this.parts.clear();
    this.cleared++;
  }
}

/** Members in one process: there can be one search at a time, so each call opens and closes one. */
function membersOf(scenario: Scenario, setup: PartsSetup, count: number, seed: number): Member[] {
  let random = seed;
  const later = async (): Promise<void> => {
    random = Math.imul(random, 1103515245) + 12345 | 0;
    for (let turns = random >>> 16 & 7; turns > 0; turns--) await Promise.resolve();
  };
  const alone = <T>(act: (parts: Parts<unknown>) => T): T => {
    const parts = new Parts(scenario, setup);
    try {
      return act(parts);
    } finally {
      parts.close();
    }
  };
  return Array.from({ length: count }, () => ({
    async prepare(premise) {
      await later();
      return alone((parts) => parts.prepare(premise));
    },
    async run(part, premise) {
      await later();
      const outcome = alone((parts) => {
        parts.prepare(premise);
        const running = parts.run(part, premise);
        for (;;) {
          const next = running.next(true);
          if (next.done === true) return next.value;
        }
      });
      await later();
      return outcome;
    },
  }));
}

async function byTeam(scenario: Scenario, setup: PartsSetup, count: number): Promise<Verdict> {
  const store = new Memory(), members = membersOf(scenario, setup, count, 7 * count);
  const { premise: { learned, visible }, parts, rest } = await searchTogether(
    members,
    NOTHING,
    store,
  );
  const share = { index: 1, of: 1, leastParts: setup.leastParts ?? 256 };
  return explore(scenario, { ...setup, learned, visible, share, store, kept: { parts, rest } });
}

function numbers({ seconds: _, ...rest }: Verdict) {
  return rest;
}

async function compare(scenario: Scenario, setup: PartsSetup, ...counts: number[]) {
  const share = { index: 1, of: 1, leastParts: setup.leastParts ?? 256 };
  const alone = explore(scenario, { ...setup, share });
  for (const count of counts) {
    assertEquals(numbers(await byTeam(scenario, setup, count)), numbers(alone), scenario.name);
  }
  return alone;
}

Deno.test("team: any number of members finds the same in small programs", async () => {
  const setup = { mode: "reduced", granularity: "sections", bounds: {}, leastParts: 5 } as const;
  let compared = 0, learned = 0;
  await fc.assert(
    fc.asyncProperty(program, async (threads) => {
      const scenario = asScenario(threads);
      const progress = ({ executions }: { executions: number }) => executions < 500;
      if (!explore(scenario, { mode: "reduced", progress }).exhaustive) return;
      const alone = await compare(scenario as Scenario, setup, 1, 2, 3);
      compared++;
      if (alone.learned.demoted.length + alone.learned.spawned.length > 0) learned++;
    }),
    { numRuns: 100, seed: 20180511 },
  );
  console.log(`${compared} programs compared, ${learned} of which settle something on the way`);
  assert(compared > 60);
});

Deno.test("team: any number of members finds the same in the scenarios of the book", async () => {
  const { scenarios } = await openEdition("as-posted");
  const setup = { mode: "reduced", granularity: "sections", bounds: {}, leastParts: 6 } as const;
  let compared = 0;
  for (const scenario of scenarios.filter(({ memory }) => memory !== "relaxed")) {
    if (!explore(scenario, { mode: "reduced", bounds: { executions: 200 } }).exhaustive) continue;
    await compare(scenario, setup, 2);
    compared++;
  }
  console.log(`${compared} of ${scenarios.length} scenarios compared`);
  assert(compared > 15);
});

Deno.test("team: what was settled late is settled in the order of the parts", async () => {
  const ran: string[] = [];
  const with_ = (...spawned: string[]): Premise => ({
    learned: { demoted: [], spawned },
    visible: [],
  });
  // Part 1 spawns x, part 2 spawns y; part 3 makes all void, once.
  const outcomeOf = (part: number, before: Premise): PartOutcome => {
    const known = before.learned.spawned, news = ["", "x", "y", ""][part] as string;
    ran.push(`${part}(${known})`);
    if (part === 3 && !known.includes("z")) {
      return { part, found: null, isStopped: false, before, after: with_(...known, "z") };
    }
    const after = news === "" || known.includes(news) ? before : with_(...known, news);
    const found = { executions: part } as PartFound;
    return { part, found, isStopped: false, before, after };
  };
  const results: string[] = [];
  for (const count of [1, 2, 3, 4]) {
    const members = Array.from({ length: count }, (_, index): Member => ({
      prepare: (premise) => Promise.resolve({ layout: "", parts: 4, rest: REST, premise }),
      async run(part, premise) {
        for (let turns = (index * 3 + part * 5) % 4; turns > 0; turns--) await Promise.resolve();
        return outcomeOf(part, premise);
      },
    }));
    const store = new Memory();
    const { premise } = await searchTogether(members, NOTHING, store);
    results.push(`${premise.learned.spawned} ${[...store.parts.keys()]} ${store.cleared}`);
  }
  assertEquals(new Set(results), new Set(["x,y,z 0,1,2,3 1"]));
  assert(ran.some((one) => one.startsWith("2()")), "a part was run too early, and again");
});

Deno.test("team: members that do not agree are told", async () => {
  const member = (layout: string): Member => ({
    prepare: (premise) => Promise.resolve({ layout, parts: 1, rest: REST, premise }),
    run: () => Promise.reject(new Error("nothing was to be run")),
  });
  const search = (...layouts: string[]) =>
    searchTogether(layouts.map(member), NOTHING, new Memory());
  await assertRejects(() => search("a", "b"), TeamError, "in different ways");
  await assertRejects(() => search(), TeamError, "there are no workers");
});
