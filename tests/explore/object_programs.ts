/**
 * Small programs whose threads share an object that the last reference frees, and order what they do with it by
 * locks for readers and writers, read sections, completions and marked accesses.
 */
import fc from "fast-check";
import { keep } from "explore/leak.ts";
import { type Scenario, scenario } from "explore/scenario.ts";
import { container_of, create, int, nullable, struct } from "explore/struct.ts";
import { spawn, type Task } from "explore/task.ts";
import { READ_ONCE, WRITE_ONCE } from "linux/barrier.ts";
import { complete, completion, init_completion, wait_for_completion } from "linux/completion.ts";
import { kref, kref_get, kref_get_unless_zero, kref_init, kref_put } from "linux/kref.ts";
import { refcount_read } from "linux/refcount.ts";
import { down_read, down_write, rw_semaphore, up_read, up_write } from "linux/rwsem.ts";
import { kfree, kzalloc } from "linux/slab.ts";
import { spin_lock, spin_unlock, spinlock_t } from "linux/spinlock.ts";
import {
  call_srcu,
  DEFINE_SRCU,
  rcu_head,
  srcu_read_lock,
  srcu_read_unlock,
  synchronize_srcu,
} from "linux/srcu.ts";

/** What has two references at first, and whose storage the last one frees. */
class thing extends struct("thing", { kref: kref, data: int, rcu: rcu_head }) {}

/** What lives as long as the program. */
class desk extends struct("desk", {
  x: int,
  y: int,
  flag: int,
  lock: spinlock_t,
  sem: rw_semaphore,
  done: completion,
  thing: nullable<thing>(),
}) {}

interface Shared {
  readonly desk: desk;
  readonly thing: thing;
}

const domain = DEFINE_SRCU("object_programs");

type Word = "x" | "y";

/** One statement of a thread. Of those that sleep some count only outside of sections. */
export type Act =
  | { readonly kind: "read" | "write"; readonly word: Word }
  | { readonly kind: "if"; readonly word: Word; readonly then: Act }
  | { readonly kind: "mark"; readonly value: number }
  | { readonly kind: "marked"; readonly value: number; readonly then: Act }
  | { readonly kind: "try" | "get"; readonly then: Act }
  | { readonly kind: "count"; readonly most: number }
  | { readonly kind: "put" | "put, lock" | "use" | "complete" | "wait" | "synchronize" | "call" }
  | { readonly kind: "lock" | "read sem" | "write sem" | "srcu"; readonly body: readonly Act[] }
  | { readonly kind: "later"; readonly body: readonly Act[] };

/** A thread by its statements. */
export type Program = readonly (readonly Act[])[];

/** How deep in sections a statement stands: in none; where it may sleep; where it may not. */
const OUTSIDE = 0, SLEEPING = 1, ATOMIC = 2;

function* perform(act: Act, s: Shared, depth: number): Task {
  const { desk, thing } = s;
  switch (act.kind) {
    case "read":
      desk[act.word];
      break;
    case "write":
      desk[act.word]++;
      break;
    case "if":
      if (desk[act.word] !== 0) yield* perform(act.then, s, depth);
      break;
    case "mark":
      yield* WRITE_ONCE(desk, "flag", act.value);
      break;
    case "marked":
      if ((yield* READ_ONCE(desk, "flag")) === act.value) yield* perform(act.then, s, depth);
      break;
    case "try":
      if (!(yield* kref_get_unless_zero(thing.kref))) break;
      yield* perform(act.then, s, depth);
      yield* kref_put(thing.kref, free);
      break;
    case "get":
      yield* kref_get(thing.kref);
      yield* perform(act.then, s, depth);
      yield* kref_put(thing.kref, free);
      break;
    case "count":
      if ((yield* refcount_read(thing.kref.refcount)) <= act.most) desk.y = 3;
      break;
    case "put":
      yield* kref_put(thing.kref, free);
      break;
    case "put, lock":
      yield* kref_put(thing.kref, depth < ATOMIC ? (last) => freeLater(last, desk) : free);
      break;
    case "use":
      thing.data++;
      break;
    case "complete":
      yield* complete(desk.done);
      break;
    case "wait":
      if (depth === OUTSIDE) yield* wait_for_completion(desk.done);
      break;
    case "synchronize":
      if (depth === OUTSIDE) yield* synchronize_srcu(domain);
      break;
    case "call":
      if (thing.rcu.queued) break;
      yield* call_srcu(domain, thing.rcu, function* () {
        desk.y = 4;
      });
      break;
    case "later":
      spawn("work", () => performEach(act.body, s, OUTSIDE));
      break;
    default:
      yield* section(act, s, depth);
  }
}

function* performEach(acts: readonly Act[], s: Shared, depth: number): Task {
  for (const act of acts) yield* perform(act, s, depth);
}

function* section(
  { kind, body }: Extract<Act, { readonly kind: "lock" | "read sem" | "write sem" | "srcu" }>,
  s: Shared,
  depth: number,
): Task {
  const { lock, sem } = s.desk;
  if (kind === "srcu") {
    const idx = yield* srcu_read_lock(domain);
    yield* performEach(body, s, Math.max(depth, SLEEPING));
    return yield* srcu_read_unlock(domain, idx);
  }
  // Nobody takes a lock twice, and nobody sleeps where that is not allowed.
  if (kind === "lock" ? depth === ATOMIC : depth !== OUTSIDE) return;
  if (kind === "lock") yield* spin_lock(lock);
  else yield* kind === "read sem" ? down_read(sem) : down_write(sem);
  yield* performEach(body, s, kind === "lock" ? ATOMIC : SLEEPING);
  if (kind === "lock") yield* spin_unlock(lock);
  else yield* kind === "read sem" ? up_read(sem) : up_write(sem);
}

function* free(last: kref): Task {
  kfree(container_of(last, thing, "kref"));
}

function* freeLater(last: kref, { lock }: desk): Task {
  yield* spin_lock(lock);
  yield* spin_unlock(lock);
  yield* free(last);
}

const word = fc.constantFrom<Word>("x", "y"), small = fc.integer({ min: 0, max: 2 });

const plain: fc.Arbitrary<Act> = fc.record({ kind: fc.constantFrom("read", "write"), word });
const simple: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: plain },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("if" as const), word, then: plain }) },
);
const marked: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant("mark" as const), value: small }),
  fc.record({ kind: fc.constant("marked" as const), value: small, then: plain }),
);
const use: fc.Arbitrary<Act> = fc.record({ kind: fc.constant("use" as const) });
const counting: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom("try", "get"), then: fc.oneof(use, plain) }),
  fc.record({ kind: fc.constantFrom("put", "put, lock") }),
  fc.record({ kind: fc.constant("count" as const), most: small }),
);
const signal: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom("complete", "wait", "synchronize", "call"),
});

function sectionOf(
  kind: fc.Arbitrary<"lock" | "read sem" | "write sem" | "srcu">,
  ...inside: fc.Arbitrary<Act>[]
): fc.Arbitrary<Act> {
  return fc.record({ kind, body: fc.array(fc.oneof(...inside), { minLength: 1, maxLength: 2 }) });
}

const locked = sectionOf(fc.constant("lock"), simple, counting);

function programOf(...acts: fc.Arbitrary<Act>[]): fc.Arbitrary<Program> {
  const thread = fc.array(fc.oneof(...acts), { minLength: 1, maxLength: 2 });
  return fc.array(thread, { minLength: 2, maxLength: 3 });
}

/** Two or three threads that take references, some only if there is one, and give them back. */
export const counted: fc.Arbitrary<Program> = programOf(counting, locked, marked, use);

/** Two or three threads that may sleep in sections, and wait for each other. */
export const sleeping: fc.Arbitrary<Program> = programOf(
  sectionOf(fc.constantFrom("read sem", "write sem", "srcu"), simple, marked, counting, locked),
  sectionOf(fc.constantFrom("read sem", "srcu"), simple, marked),
  counting,
  signal,
  fc.record({
    kind: fc.constant("later" as const),
    body: fc.array(fc.oneof(simple, marked, counting), { minLength: 1, maxLength: 1 }),
  }),
);

/** A program as a scenario; with a `pattern` of threads that run the functions in it. */
export function asObjectScenario(
  threads: Program,
  pattern: readonly number[] = [...threads.keys()],
): Scenario<Shared> {
  const functions = threads.map((acts) => (s: Shared): Task => performEach(acts, s, OUTSIDE));
  const named = pattern.map((which, at) =>
    [`thread${at}`, functions[which % functions.length]] as const
  );
  return scenario<Shared>({
    name: "generated",
    title: "a generated program",
    about: "Only there to compare searches.",
    *setup() {
      const shared: Shared = { desk: keep(create(desk)), thing: kzalloc(thing) as thing };
      shared.desk.thing = shared.thing;
      init_completion(shared.desk.done);
      yield* kref_init(shared.thing.kref);
      yield* kref_get(shared.thing.kref);
      return shared;
    },
    threads: Object.fromEntries(named) as Scenario<Shared>["threads"],
    expect: { verdict: "holds" },
  });
}
