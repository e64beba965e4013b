/** Small programs whose threads share words under some locks, under others and under none. */
import fc from "fast-check";
import { keep } from "explore/leak.ts";
import { type Scenario, scenario } from "explore/scenario.ts";
import { create, int, struct } from "explore/struct.ts";
import { point, type Task } from "explore/task.ts";
import { complete, completion, init_completion, wait_for_completion } from "linux/completion.ts";
import { mutex, mutex_lock, mutex_unlock } from "linux/mutex.ts";
import { refcount_dec_and_test, refcount_set, refcount_t } from "linux/refcount.ts";
import { down_read, down_write, rw_semaphore, up_read, up_write } from "linux/rwsem.ts";
import { spin_lock, spin_unlock, spinlock_t } from "linux/spinlock.ts";

/** What the threads share. */
export class cast extends struct("cast", {
  w: int,
  x: int,
  y: int,
  z: int,
  a: spinlock_t,
  b: mutex,
  sem: rw_semaphore,
  refs: refcount_t,
  done: completion,
}) {}

type Word = "w" | "x" | "y" | "z";

/** One statement of a thread. */
export type Act =
  | { readonly kind: "read" | "write"; readonly word: Word }
  | { readonly kind: "if"; readonly word: Word; readonly then: Act }
  | { readonly kind: "put"; readonly last: Act }
  | { readonly kind: "complete" | "wait" }
  | { readonly kind: "a" | "b" | "read sem" | "write sem"; readonly body: readonly Act[] };

function* perform(act: Act, c: cast, fine: boolean): Task {
  if (fine) yield* point(act.kind, c);
  switch (act.kind) {
    case "read":
      c[act.word];
      break;
    case "write":
      c[act.word]++;
      break;
    case "if":
      if (c[act.word] === 0) yield* perform(act.then, c, fine);
      break;
    case "put":
      if (yield* refcount_dec_and_test(c.refs)) yield* perform(act.last, c, fine);
      break;
    case "complete":
      yield* complete(c.done);
      break;
    case "wait":
      yield* wait_for_completion(c.done);
      break;
    default:
      yield* section(act.kind, act.body, c, fine);
  }
}

function* section(
  lock: "a" | "b" | "read sem" | "write sem",
  body: readonly Act[],
  c: cast,
  fine: boolean,
): Task {
  if (lock === "a") yield* spin_lock(c.a);
  else if (lock === "b") yield* mutex_lock(c.b);
  else if (lock === "read sem") yield* down_read(c.sem);
  else yield* down_write(c.sem);
  for (const act of body) yield* perform(act, c, fine);
  if (lock === "a") yield* spin_unlock(c.a);
  else if (lock === "b") yield* mutex_unlock(c.b);
  else if (lock === "read sem") yield* up_read(c.sem);
  else yield* up_write(c.sem);
}

const word = fc.constantFrom<Word>("w", "x", "y", "z");

const access: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom("read" as const, "write" as const),
  word,
});

const guarded: fc.Arbitrary<Act> = fc.record({
  kind: fc.constant("if" as const),
  word,
  then: access,
});

const plain: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: access },
  { weight: 1, arbitrary: guarded },
);

function sectionOf(lock: fc.Arbitrary<"a" | "b" | "read sem" | "write sem">, body = plain) {
  return fc.record({ kind: lock, body: fc.array(body, { minLength: 0, maxLength: 2 }) });
}

const inner: fc.Arbitrary<Act> = sectionOf(fc.constantFrom("a", "read sem", "write sem"));
const signal: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom("complete" as const, "wait" as const) }),
  fc.record({ kind: fc.constant("put" as const), last: access }),
);
function outside(inside: fc.Arbitrary<Act>): fc.Arbitrary<Act> {
  return fc.oneof(
    { weight: 4, arbitrary: plain },
    { weight: 2, arbitrary: inside },
    { weight: 1, arbitrary: signal },
  );
}
/** Some take the mutex outside of the semaphore and some inside. */
const outer: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: sectionOf(fc.constantFrom("b"), outside(inner)) },
  {
    weight: 1,
    arbitrary: sectionOf(
      fc.constantFrom("write sem"),
      outside(sectionOf(fc.constantFrom("a", "b"))),
    ),
  },
);

const thread = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: inner },
    { weight: 2, arbitrary: outer },
    { weight: 1, arbitrary: signal },
    { weight: 1, arbitrary: plain },
  ),
  { minLength: 1, maxLength: 3 },
);

/** Programs of two or three threads. */
export const lockProgram: fc.Arbitrary<readonly (readonly Act[])[]> = fc.array(thread, {
  minLength: 2,
  maxLength: 3,
});

/** A program as a scenario; if `fine` with a scheduling point before every statement. */
export function asLockScenario(
  threads: readonly (readonly Act[])[],
  fine: boolean,
): Scenario<cast> {
  return scenario<cast>({
    name: "generated",
    title: "a generated program",
    about: "Only there to compare race checks.",
    *setup() {
      const c = keep(create(cast));
      init_completion(c.done);
      yield* refcount_set(c.refs, 3);
      return c;
    },
    threads: Object.fromEntries(threads.map((acts, index) => [
      `thread${index}`,
      function* (c: cast): Task {
        for (const act of acts) yield* perform(act, c, fine);
      },
    ])),
    expect: { verdict: "holds" },
  });
}
