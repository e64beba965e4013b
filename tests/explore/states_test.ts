/** The search over states against the naive one: same final states, same faults, shortest schedules. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { cells, unlocked } from "explore/cells.ts";
import { explore } from "explore/explore.ts";
import { KernelFault } from "explore/fault.ts";
import { keep } from "explore/leak.ts";
import { run } from "explore/run.ts";
import { type Scenario, scenario, scenariosIn } from "explore/scenario.ts";
import { exploreStates } from "explore/search/states.ts";
import { create, struct } from "explore/struct.ts";
import { useTapes } from "explore/tape/choice.ts";
import { spawn, type Task, waitUntil } from "explore/task.ts";
import fc from "fast-check";
import { atomic_inc, atomic_read, atomic_t } from "linux/atomic.ts";
import { spin_lock, spin_unlock, spinlock_t } from "linux/spinlock.ts";

class device_regs extends struct("device_regs", { word: cells(4) }) {}
unlocked(device_regs);

const step = (regs: device_regs, label: string, ready = () => true) =>
  waitUntil(label, regs, ready);

/** One operation of a generated program on four words. */
type Op =
  | { readonly kind: "add"; readonly at: number; readonly by: number }
  | { readonly kind: "copy"; readonly at: number; readonly to: number }
  | { readonly kind: "await"; readonly at: number; readonly least: number }
  | { readonly kind: "spawn"; readonly at: number; readonly by: number }
  | { readonly kind: "trap"; readonly at: number; readonly value: number };

const at = fc.integer({ min: 0, max: 3 });
const small = fc.integer({ min: 1, max: 2 });
const anOp: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), at, by: small }),
  fc.record({ kind: fc.constant("copy" as const), at, to: at }),
  fc.record({ kind: fc.constant("await" as const), at, least: small }),
  fc.record({ kind: fc.constant("spawn" as const), at, by: small }),
  fc.record({ kind: fc.constant("trap" as const), at, value: fc.integer({ min: 2, max: 4 }) }),
);

function* perform(regs: device_regs, op: Op): Task {
  const { at } = op;
  switch (op.kind) {
    case "add":
      return regs.word.set(at, regs.word.get(at) + op.by);
    case "copy": {
      const value = regs.word.get(at);
      yield* step(regs, "store");
      return regs.word.set(op.to, value);
    }
    case "await":
      return yield* step(regs, "await", () => regs.word.peek(at) >= op.least);
    case "spawn":
      return void spawn("child", function* () {
        regs.word.set(at, regs.word.get(at) + op.by);
      }, { label: "child", subject: regs, ready: () => true });
    case "trap":
      if (regs.word.get(at) === op.value) throw new KernelFault("law", "trap", `word ${at}`);
  }
}

function program(threads: readonly (readonly Op[])[]): Scenario<device_regs> {
  const bodies = threads.map((ops, id) =>
    [`t${id}`, function* (regs: device_regs): Task {
      for (const op of ops) {
        yield* step(regs, op.kind);
        yield* perform(regs, op);
      }
    }] as const
  );
  return scenario<device_regs>({
    name: "generated",
    title: "",
    about: "",
    *setup() {
      return keep(create(device_regs));
    },
    threads: Object.fromEntries(bodies),
    expect: { verdict: "holds" },
  });
}

Deno.test("searchStates finds the faults and the final states that the naive search finds", () => {
  const threads = fc.array(fc.array(anOp, { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 3,
  });
  let compared = 0;
  fc.assert(
    fc.property(threads, (ops) => {
      const naive = explore(program(ops), { mode: "naive", bounds: { executions: 5_000 } });
      if (!naive.exhaustive) return;
      compared++;
      const found = exploreStates(program(ops));
      assert(found.exhaustive);
      assertEquals(found.finalStates, naive.finalStates);
      const name = ({ kind, subject }: { kind: string; subject: string }) => `${kind} ${subject}`;
      assertEquals(found.findings.map(name).sort(), naive.findings.map(name).sort());
      for (const finding of found.findings) {
        const shortest = naive.findings.find((other) => name(other) === name(finding));
        assertEquals(finding.schedule.length, shortest?.schedule.length);
      }
    }),
    { numRuns: 120, seed: 7 },
  );
  assert(compared > 70, `${compared} programs compared`);
});

Deno.test("the reduced search agrees on programs whose tasks make tasks", () => {
  const threads = fc.array(fc.array(anOp, { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 3,
  });
  fc.assert(
    fc.property(threads, (ops) => {
      const reduced = explore(program(ops), { mode: "reduced" });
      const found = exploreStates(program(ops));
      assertEquals(reduced.finalStates, found.finalStates);
      const name = ({ kind, subject }: { kind: string; subject: string }) => `${kind} ${subject}`;
      assertEquals(reduced.findings.map(name).sort(), found.findings.map(name).sort());
    }),
    {
      numRuns: 200,
      seed: 11,
      examples: [[[
        [{ kind: "copy", at: 0, to: 0 }],
        [{ kind: "copy", at: 0, to: 1 }, { kind: "spawn", at: 0, by: 1 }],
        [{ kind: "spawn", at: 1, by: 1 }, { kind: "add", at: 0, by: 1 }],
      ]]],
    },
  );
});

/** What a search over states says of `given`, by tapes or by the code of the tasks. */
function foundBy(tapes: boolean, given: Scenario): unknown {
  useTapes(tapes);
  try {
    const { states, finalStates, exhaustive, findings } = exploreStates(given);
    const found = findings.map(({ message, schedule }) => `${message} after ${schedule.length}`);
    return { states, finalStates, exhaustive, found: found.sort() };
  } finally {
    useTapes(true);
  }
}

Deno.test("searchStates tells the same states apart by tapes and by the code of the tasks", async () => {
  const threads = fc.array(fc.array(anOp, { minLength: 1, maxLength: 4 }), {
    minLength: 2,
    maxLength: 3,
  });
  let compared = 0;
  const compare = (given: Scenario): void => {
    assertEquals(foundBy(true, given), foundBy(false, given), given.name);
    compared++;
  };
  fc.assert(
    fc.property(threads, (ops) => compare(program(ops) as unknown as Scenario)),
    { numRuns: 60, seed: 20180511 },
  );
  const laws = await import(new URL("../../spec/13-hardware-laws.ts", import.meta.url).href);
  const small = /^hw-(?:unmap-ordered|superpage|young|flags|read|protect)$/;
  for (const given of scenariosIn(Object.values(laws))) if (small.test(given.name)) compare(given);
  assert(compared > 63, `${compared} compared`);
});

Deno.test("searchStates ends at a bound as not exhaustive, and at the first fault if asked", () => {
  const add: Op = { kind: "add", at: 0, by: 1 };
  const trap: Op = { kind: "trap", at: 0, value: 2 };
  const bounded = exploreStates(program([[add, add], [add, add]]), { executions: 3 });
  assertEquals([bounded.exhaustive, bounded.findings.length], [false, 0]);
  const first = exploreStates(program([[add, trap], [add, trap]]), { untilFault: true });
  assertEquals(first.findings.map(({ kind }) => kind), ["trap"]);
});

class account extends struct("account", { lock: spinlock_t, count: atomic_t }) {}

/** A count that one task increases under a lock, and another under the same lock or under none. */
function counting(isLocked: boolean): Scenario<account> {
  const locked = function* ({ lock, count }: account): Task {
    yield* spin_lock(lock);
    const before = yield* atomic_read(count);
    yield* atomic_inc(count);
    const after = yield* atomic_read(count);
    yield* spin_unlock(lock);
    if (after !== before + 1) throw new KernelFault("law", "lost", "the count");
  };
  const bare = function* ({ count }: account): Task {
    yield* atomic_inc(count);
  };
  return scenario<account>({
    name: "counting",
    title: "",
    about: "",
    *setup() {
      return keep(create(account));
    },
    threads: { locked, other: isLocked ? locked : bare },
    expect: { verdict: "holds" },
  });
}

Deno.test("searchStates makes a point of an atomic that is touched without the common lock", () => {
  const shortest = exploreStates(counting(false));
  assertEquals(shortest.learned.demoted, ["account.count.counter"]);
  const naive = explore(counting(false), { mode: "naive" });
  assertEquals(shortest.findings.map(({ kind, schedule }) => [kind, schedule.length]), [
    ["lost", Math.min(...naive.findings.map(({ schedule }) => schedule.length))],
  ]);
  const { learned } = naive;
  assertEquals(exploreStates(counting(false), { learned }).findings, shortest.findings);
  const locked = exploreStates(counting(true));
  assertEquals([locked.findings.length, locked.learned.demoted], [0, []]);
});

Deno.test("a row of cells refuses an index that it has not", () => {
  run(function* () {
    const { word } = keep(create(device_regs));
    word.set(3, 5);
    word.poke(2, 7);
    assertEquals([word.length, word.get(3), word.peek(2)], [4, 5, 7]);
    assertThrows(() => word.get(4), RangeError, "Cannot use word 4: the row has 4");
    assertThrows(() => word.set(-1, 0), RangeError, "Cannot use word -1");
  });
});
