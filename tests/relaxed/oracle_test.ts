/**
 * Goal: relaxed memory allows what the Linux kernel memory model allows, but for writes that come
 * before earlier reads of their thread.
 * Method: generate small programs and hold the final states and data races of an exhaustive search
 * against those of the litmus runner, which enumerates graphs and knows nothing of schedules.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { explore } from "explore/explore.ts";
import type { Observable } from "../../src/litmus/ast.ts";
import { parse } from "../../src/litmus/parser.ts";
import { type Allowed, allowed } from "./decide.ts";
import { asLitmus, asScenario, LOCATIONS, type Program } from "./programs.ts";
import { counted, locked, marked, plain, pointed, shapes, type Style } from "./shapes.ts";

interface Found {
  readonly states: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
  readonly executions: number;
}

function explored(program: Program, mode: "naive" | "reduced"): Found {
  const states = new Set<string>();
  const { findings, exhaustive, executions } = explore(asScenario(program, states), {
    memory: "relaxed",
    mode,
  });
  assert(exhaustive);
  return { states, kinds: new Set(findings.map(({ sanitizer }) => sanitizer)), executions };
}

const sorted = (states: ReadonlySet<string>): string[] => [...states].sort();

/** What the litmus runner says of the program, in the order in which the scenario says it. */
function allowedBy(program: Program, dependent: boolean): Allowed {
  const test = parse("generated", asLitmus(program));
  const locations = LOCATIONS.map((name): Observable => ({ kind: "location", name }));
  const registers = test.observed.filter(({ kind }) => kind === "register");
  return allowed(test, [...locations, ...registers], dependent);
}

/** Compares programs of the style; `isMarked` when all their accesses are, so that none races. */
function compare(what: string, style: Style, numRuns: number, isMarked = true): void {
  let compared = 0, relaxed = 0, unordered = 0, faults = 0, races = 0;
  fc.assert(
    fc.property(shapes(style), (program) => {
      const found = explored(program, "reduced");
      const dependent = allowedBy(program, true), all = allowedBy(program, false);
      for (const state of found.states) assert(all.states.has(state), `not allowed: ${state}`);
      if (found.kinds.has("refcount")) return void faults++;
      assertEquals(found.kinds.has("KCSAN"), dependent.races);
      if (dependent.races) return void races++;
      assertEquals(sorted(found.states), sorted(dependent.states));
      compared++;
      if (all.states.size > dependent.states.size) unordered++;
      const ordered = new Set<string>();
      explore(asScenario(program, ordered), { mode: "reduced", granularity: "operations" });
      for (const state of ordered) assert(found.states.has(state), `lost: ${state}`);
      if (found.states.size > ordered.size) relaxed++;
    }),
    { numRuns, seed: 20180511 },
  );
  console.log(
    `${what}: ${compared} programs compared, ${relaxed} of them with states that no interleaving ` +
      `has, ${unordered} with more where a write need not wait for reads; ${races} with data races in both; ` +
      `${faults} left out, where a count was misused`,
  );
  assert(compared >= numRuns / 2, `only ${compared} programs could be compared`);
  assert(isMarked ? relaxed > 0 : races > 0, "no program had what only relaxed memory shows");
}

Deno.test("relaxed memory: marked accesses and barriers", () => {
  compare("marked accesses", marked, 400);
});

Deno.test("relaxed memory: atomics", () => {
  compare("atomics", counted("atomic"), 200);
});

Deno.test("relaxed memory: reference counts", () => {
  compare("reference counts", counted("kref"), 300);
});

Deno.test("relaxed memory: pointers that are read and followed", () => {
  compare("pointers", pointed, 300);
});

Deno.test("relaxed memory: spinlocks", () => {
  compare("spinlocks", locked, 100);
});

Deno.test("relaxed memory: plain accesses and their data races", () => {
  compare("plain accesses", plain, 300, false);
});

Deno.test("relaxed memory: following equal states once loses nothing", () => {
  let compared = 0, all = 0, once = 0;
  const styles = [marked, counted("atomic"), counted("kref"), pointed, plain];
  const programs = fc.oneof(...styles.map(shapes)).filter((threads) => threads.length < 3);
  fc.assert(
    fc.property(programs, (program) => {
      const naive = explored(program, "naive"), reduced = explored(program, "reduced");
      assertEquals(sorted(reduced.states), sorted(naive.states));
      assertEquals(sorted(reduced.kinds), sorted(naive.kinds));
      compared++;
      all += naive.executions;
      once += reduced.executions;
    }),
    { numRuns: 100, seed: 20180511 },
  );
  console.log(
    `${compared} programs: ${all} executions one by one, ${once} with states followed once`,
  );
});
