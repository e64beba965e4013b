/** Small concurrent programs as data, for holding one search against another. */
import fc from "fast-check";
import { keep } from "explore/leak.ts";
import { type Scenario, scenario } from "explore/scenario.ts";
import { create, int, struct } from "explore/struct.ts";
import { KernelFault } from "explore/fault.ts";
import type { Task } from "explore/task.ts";
import { spawn, waitUntil } from "explore/task.ts";
import { peek, words } from "explore/objects.ts";
import { mutex, mutex_init, mutex_lock, mutex_unlock } from "linux/mutex.ts";
import { spin_lock, spin_lock_init, spin_unlock, spinlock_t } from "linux/spinlock.ts";
import {
  refcount_dec_and_test,
  refcount_inc,
  refcount_inc_not_zero,
  refcount_set,
  refcount_t,
} from "linux/refcount.ts";
import {
  init_waitqueue_head,
  wait_event_lock_irq,
  wait_queue_head,
  wake_up_all,
} from "linux/wait.ts";
import { spin_lock_irq, spin_unlock_irq } from "linux/spinlock.ts";
import {
  atomic_dec_and_test,
  atomic_inc,
  atomic_is_positive,
  atomic_set,
  atomic_t,
} from "linux/atomic.ts";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_head } from "linux/list.ts";

/** What the threads of a program share. */
export class shared extends struct("shared", {
  x: int,
  y: int,
  flag: int,
  a: spinlock_t,
  b: mutex,
  refs: refcount_t,
  wq: wait_queue_head,
  n: atomic_t,
  list: list_head,
  first: list_head,
  second: list_head,
  third: list_head,
}) {}

type Field = "x" | "y";
type Entry = "first" | "second" | "third";

/** One statement of a thread. */
export type Op =
  | { readonly kind: "set"; readonly field: Field; readonly value: number }
  | { readonly kind: "copy"; readonly from: Field; readonly to: Field }
  | { readonly kind: "if"; readonly field: Field; readonly value: number; readonly then: Op }
  | { readonly kind: "inc" | "dec" | "get" | "wait" | "wake" | "poll" }
  | { readonly kind: "grab" | "drop" | "test" | "front" }
  | { readonly kind: "unlink"; readonly entry: Entry }
  | { readonly kind: "bug"; readonly field: Field; readonly value: number }
  | { readonly kind: "section"; readonly lock: "a" | "b" | "ba"; readonly body: readonly Op[] }
  | { readonly kind: "later"; readonly body: readonly Op[] };

function* perform(op: Op, s: shared, locked: boolean): Task {
  switch (op.kind) {
    case "set":
      s[op.field] = op.value;
      break;
    case "copy":
      s[op.to] = s[op.from] + 1;
      break;
    case "if":
      if (s[op.field] === op.value) yield* perform(op.then, s, locked);
      break;
    case "bug":
      if (s[op.field] === op.value) throw new KernelFault("law", "seeded", op.field);
      break;
    case "inc":
      yield* refcount_inc(s.refs);
      break;
    case "dec":
      if (yield* refcount_dec_and_test(s.refs)) s.flag = 7;
      break;
    case "get":
      if (yield* refcount_inc_not_zero(s.refs)) yield* refcount_dec_and_test(s.refs);
      break;
    case "grab":
      yield* atomic_inc(s.n);
      break;
    case "drop":
      if (yield* atomic_dec_and_test(s.n)) s.flag = 8;
      break;
    case "test":
      if (!(yield* atomic_is_positive(s.n))) s.y = 2;
      break;
    case "front":
      s.y = s.list.next;
      break;
    case "unlink":
      if (locked) list_del_init(s[op.entry]);
      break;
    case "wait":
      if (locked) break;
      yield* spin_lock_irq(s.a);
      yield* wait_event_lock_irq(s.wq, () => s.x !== 0, s.a);
      yield* spin_unlock_irq(s.a);
      break;
    case "wake":
      if (locked) break;
      yield* spin_lock(s.a);
      s.x = 1;
      yield* wake_up_all(s.wq);
      yield* spin_unlock(s.a);
      break;
    case "poll":
      if (!locked) yield* waitUntil("poll", s, () => peek(s.address + 2) !== 2);
      break;
    case "section":
      yield* section(op.lock, op.body, s);
      break;
    case "later":
      spawn("work", () => performEach(op.body, s));
  }
}

function* performEach(ops: readonly Op[], s: shared): Task {
  for (const op of ops) yield* perform(op, s, false);
}

function* section(lock: "a" | "b" | "ba", body: readonly Op[], s: shared): Task {
  if (lock !== "a") yield* mutex_lock(s.b);
  if (lock !== "b") yield* spin_lock(s.a);
  for (const op of body) yield* perform(op, s, true);
  if (lock !== "b") yield* spin_unlock(s.a);
  if (lock !== "a") yield* mutex_unlock(s.b);
}

const field = fc.constantFrom<Field>("x", "y");
const value = fc.integer({ min: 0, max: 2 });

const simple: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), field, value }),
  fc.record({ kind: fc.constant("copy" as const), from: field, to: field }),
  fc.record({ kind: fc.constant("bug" as const), field, value: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constantFrom("inc" as const, "dec" as const, "get" as const) }),
);

/** Uses that commute: of a list, or of a count that no lock need protect. */
const commuting: fc.Arbitrary<Op> = fc.oneof(
  fc.record({
    kind: fc.constant("unlink" as const),
    entry: fc.constantFrom<Entry>("first", "second", "third"),
  }),
  fc.record({
    kind: fc.constantFrom(
      "inc" as const,
      "dec" as const,
      "get" as const,
      "grab" as const,
      "drop" as const,
      "drop" as const,
      "test" as const,
      "front" as const,
    ),
  }),
);

const guarded: fc.Arbitrary<Op> = fc.record({
  kind: fc.constant("if" as const),
  field,
  value,
  then: simple,
});

const locked: fc.Arbitrary<Op> = fc.record({
  kind: fc.constant("section" as const),
  lock: fc.constantFrom("a" as const, "b" as const, "ba" as const),
  body: fc.array(fc.oneof(simple, guarded), { minLength: 1, maxLength: 3 }),
});

/** A mutex held across the statements inside, some of which take the spinlock on their own. */
const outer: fc.Arbitrary<Op> = fc.record({
  kind: fc.constant("section" as const),
  lock: fc.constant("b" as const),
  body: fc.array(
    fc.oneof(
      simple,
      fc.record({
        kind: fc.constant("section" as const),
        lock: fc.constant("a" as const),
        body: fc.array(simple, { minLength: 1, maxLength: 2 }),
      }),
    ),
    { minLength: 1, maxLength: 3 },
  ),
});

const blocking: fc.Arbitrary<Op> = fc.record({
  kind: fc.constantFrom("wait" as const, "wake" as const, "poll" as const),
});

const thread = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: locked },
    { weight: 2, arbitrary: outer },
    { weight: 2, arbitrary: blocking },
    { weight: 1, arbitrary: simple },
    { weight: 1, arbitrary: guarded },
  ),
  { minLength: 1, maxLength: 3 },
);

const anySection: fc.Arbitrary<Op> = fc.record({
  kind: fc.constant("section" as const),
  lock: fc.constantFrom("a" as const, "b" as const, "ba" as const),
  body: fc.array(fc.oneof(commuting, commuting, simple), { minLength: 1, maxLength: 4 }),
});

/** Programs of two or three threads that count and take entries out of a list. */
export const counting: fc.Arbitrary<readonly (readonly Op[])[]> = fc.array(
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: anySection },
      { weight: 2, arbitrary: commuting },
      { weight: 1, arbitrary: blocking },
    ),
    { minLength: 1, maxLength: 3 },
  ),
  { minLength: 2, maxLength: 3 },
);

const count: fc.Arbitrary<Op> = fc.record({
  kind: fc.constantFrom("grab" as const, "drop" as const, "inc" as const, "dec" as const),
});

/**
 * Programs of three threads that count, and write when a count comes to nothing: all these steps depend on
 * each other, but not each orders those that follow it.
 */
export const unordered: fc.Arbitrary<readonly (readonly Op[])[]> = fc.array(
  fc.array(
    fc.oneof(
      count,
      fc.record({
        kind: fc.constant("section" as const),
        lock: fc.constantFrom("a" as const, "b" as const),
        body: fc.array(count, { minLength: 1, maxLength: 2 }),
      }),
    ),
    { minLength: 1, maxLength: 2 },
  ),
  { minLength: 3, maxLength: 3 },
);

const either: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), field, value }),
  { weight: 2, arbitrary: guarded },
);

/**
 * Programs of three or four threads that under a lock do one thing or another, by what others did before, and some of
 * which count first: what a step does, it may not do after another.
 */
export const turning: fc.Arbitrary<readonly (readonly Op[])[]> = fc.array(
  fc.tuple(
    fc.array(
      fc.record({
        kind: fc.constant("section" as const),
        lock: fc.constant("b" as const),
        body: fc.constant([{ kind: "grab" } as const]),
      }),
      { maxLength: 1 },
    ),
    fc.array(
      fc.record({
        kind: fc.constant("section" as const),
        lock: fc.constant("a" as const),
        body: fc.array(either, { minLength: 1, maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  ).map((parts) => parts.flat()),
  { minLength: 3, maxLength: 4 },
);

/** Programs of two or three threads. */
export const program: fc.Arbitrary<readonly (readonly Op[])[]> = fc.array(thread, {
  minLength: 2,
  maxLength: 3,
});

/** Work that is left to a task of its own, whose statements may take locks or not. */
const later: fc.Arbitrary<Op> = fc.record({
  kind: fc.constant("later" as const),
  body: fc.array(fc.oneof(locked, simple, commuting), { minLength: 1, maxLength: 2 }),
});

const leaving: fc.Arbitrary<Op> = fc.record({
  kind: fc.constant("section" as const),
  lock: fc.constantFrom("a" as const, "b" as const, "ba" as const),
  body: fc.array(fc.oneof(simple, commuting, later), { minLength: 1, maxLength: 3 }),
});

/** Programs of two threads of so many statements at most that leave work to others, under locks or not. */
export const spawning = (maxLength: number): fc.Arbitrary<readonly (readonly Op[])[]> =>
  fc.array(
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: leaving },
        { weight: 1, arbitrary: later },
        { weight: 1, arbitrary: locked },
        { weight: 1, arbitrary: blocking },
      ),
      { minLength: 1, maxLength },
    ),
    { minLength: 2, maxLength: 2 },
  );

/** A program as a scenario. */
export function asScenario(threads: readonly (readonly Op[])[]): Scenario<shared> {
  return scenario<shared>({
    name: "generated",
    title: "a generated program",
    about: "Only there to compare searches.",
    *setup() {
      const s = keep(create(shared));
      spin_lock_init(s.a);
      mutex_init(s.b);
      yield* refcount_set(s.refs, 2);
      init_waitqueue_head(s.wq);
      yield* atomic_set(s.n, 2);
      INIT_LIST_HEAD(s.list);
      for (const entry of [s.first, s.second, s.third]) list_add_tail(entry, s.list);
      return s;
    },
    threads: Object.fromEntries(threads.map((ops, index) => [
      `thread${index}`,
      (s: shared): Task => performEach(ops, s),
    ])),
    expect: { verdict: "holds" },
  });
}

/** Which function each thread runs, in programs with threads that are alike. */
export const PATTERNS = [[0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 0], [0, 1, 1]] as const;

/** The program with threads that run the functions in the pattern. */
export function withAlike(
  threads: readonly (readonly Op[])[],
  pattern: readonly number[],
): Scenario<shared> {
  const all = asScenario(threads), functions = Object.values(all.threads);
  const named = pattern.map((which, at) => [`thread${at}`, functions[which]] as const);
  return { ...all, threads: Object.fromEntries(named) as Scenario<shared>["threads"] };
}

/** What the threads share, wherever it lies: addresses, also as counted up, from its start on. */
export function describe(s: shared): string {
  const length = shared.shape.words;
  const isAddress = (word: number) => word >= s.wq.head.address && word < s.address + length;
  return Array.from({ length }, (_, at) => words[s.address + at] as number)
    .map((word) => isAddress(word) ? `+${word - s.address}` : word).join();
}
