import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { parse } from "../../src/litmus/parser.ts";
import { type LitmusResult, run } from "../../src/litmus/run.ts";
import { outcomes, type Program, source, type Step } from "./machines.ts";

const at = fc.nat({ max: 1 });
const value = fc.integer({ min: 1, max: 2 });
const access: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("read" as const), at, acquire: fc.boolean() }),
  fc.record({ kind: fc.constant("write" as const), at, value, release: fc.boolean() }),
  fc.record({ kind: fc.constant("add" as const), at, value, full: fc.boolean() }),
  fc.record({ kind: fc.constant("not-zero" as const), at, full: fc.boolean() }),
  fc.record({
    kind: fc.constant("compare" as const),
    at,
    old: fc.nat({ max: 1 }),
    value,
  }),
);
const fence: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("fence" as const),
  fence: fc.constantFrom("smp_mb" as const, "smp_rmb" as const, "smp_wmb" as const),
});

function programs(step: fc.Arbitrary<Step>): fc.Arbitrary<Program> {
  const body = fc.array(step, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    fc.tuple(body, body),
    fc.tuple(
      fc.array(step, { minLength: 1, maxLength: 2 }),
      fc.array(step, { minLength: 1, maxLength: 2 }),
      fc.array(step, { minLength: 1, maxLength: 2 }),
    ),
  );
}

function decide(program: Program, unpruned = false): LitmusResult {
  return run(parse("generated", source(program)), { unpruned });
}

/** The model's final states in the form of the machines: x, y, then registers by process. */
function states(result: LitmusResult): string[] {
  return result.states.map((state) => {
    const registers = state.filter(([name]) => !name.startsWith("["));
    const memory = ["[x]", "[y]"].map((name) => state.find(([each]) => each === name)?.[1]);
    return [...memory, ...registers.map(([, each]) => each)].join(" ");
  }).toSorted();
}

const seed = 20180511;

Deno.test("litmus: with smp_mb() between all accesses the model is sequentially consistent", () => {
  let compared = 0;
  const full: Step = { kind: "fence", fence: "smp_mb" };
  fc.assert(
    fc.property(programs(access), (program) => {
      const fenced = program.map((steps) =>
        steps.flatMap((step, i) => i === 0 ? [step] : [full, step])
      );
      assertEquals(states(decide(fenced)), outcomes(program, false));
      compared++;
    }),
    { numRuns: 300, seed },
  );
  console.log(`compared ${compared} fenced programs with their interleavings`);
});

Deno.test("litmus: the model allows what interleaving and store buffers allow", () => {
  let compared = 0;
  let weaker = 0;
  fc.assert(
    fc.property(programs(fc.oneof({ weight: 4, arbitrary: access }, fence)), (program) => {
      const allowed = new Set(states(decide(program)));
      const buffered = outcomes(program, true);
      for (const state of outcomes(program, false)) assert(allowed.has(state), state);
      for (const state of buffered) assert(allowed.has(state), state);
      compared++;
      if (allowed.size > buffered.length) weaker++;
    }),
    { numRuns: 300, seed },
  );
  assert(weaker > 0, "no program showed an outcome beyond total store order");
  console.log(`compared ${compared} programs with store buffers, ${weaker} had further outcomes`);
});

Deno.test("litmus: leaving incoherent candidates to the axioms changes nothing", () => {
  let compared = 0;
  let smaller = 0;
  fc.assert(
    fc.property(programs(fc.oneof({ weight: 4, arbitrary: access }, fence)), (program) => {
      const [pruned, all] = [decide(program), decide(program, true)];
      assertEquals(pruned.states, all.states);
      assertEquals([pruned.positive, pruned.negative], [all.positive, all.negative]);
      assert(pruned.candidates <= all.candidates);
      compared++;
      if (pruned.candidates < all.candidates) smaller++;
    }),
    { numRuns: 150, seed },
  );
  assert(smaller > 0, "no program had an incoherent candidate");
  console.log(`compared ${compared} programs, ${smaller} had incoherent candidates`);
});
