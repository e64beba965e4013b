/** Small programs whose threads run one function, each on a part of its own. */
import fc from "fast-check";
import { onPart } from "explore/alike/threads.ts";
import { KernelFault } from "explore/fault.ts";
import { keep } from "explore/leak.ts";
import { type Scenario, scenario } from "explore/scenario.ts";
import { create, destroy, int, nullable, ptr, type Struct, struct } from "explore/struct.ts";
import { spawn, type Task } from "explore/task.ts";
import {
  INIT_LIST_HEAD,
  list_add_tail,
  list_del_init,
  list_empty,
  list_first_entry,
  list_head,
} from "linux/list.ts";
import { spin_lock, spin_lock_init, spin_unlock, spinlock_t } from "linux/spinlock.ts";

/** What points to the part that it belongs to, and can be freed. */
export class box extends struct("box", { of: ptr<Struct>(), y: int }) {}

/** What one thread has. `id` is another number for each. */
export class part extends struct("part", {
  id: int,
  x: int,
  box: nullable<box>(),
  entry: list_head,
}) {}

/** What all threads share. */
export class hub extends struct("hub", {
  lock: spinlock_t,
  a: int,
  last: nullable<part>(),
  list: list_head,
}) {}

/** What a program runs on. */
export interface Parts {
  readonly hub: hub;
  readonly parts: readonly part[];
  /** That of the thread beside those that are alike. */
  readonly spare: part;
}

/** Numbers above it are names of parts. */
const NAMES = 100_000;

/** One statement of a thread, on its part and the hub. */
export type Op =
  | { readonly kind: "own" | "pull" | "push" | "name" | "mark" | "poke" | "mine" | "unlink" }
  | { readonly kind: "first" | "free" | "touch" | "bug" }
  | { readonly kind: "section" | "later"; readonly body: readonly Op[] };

const plain = fc.record({
  kind: fc.constantFrom(
    ...["own", "pull", "push", "name", "mark", "poke", "mine"] as const,
    ...["unlink", "first", "free", "touch", "bug"] as const,
  ),
});

const op: fc.Arbitrary<Op> = fc.oneof(
  plain,
  fc.record({
    kind: fc.constant("section" as const),
    body: fc.array(plain, { minLength: 1, maxLength: 3 }),
  }),
);

/** What each thread on a part runs, and what a thread beside them runs on the first part. */
export const programs: fc.Arbitrary<Program> = fc.record({
  body: fc.array(op, { minLength: 1, maxLength: 3 }),
  other: fc.array(op, { maxLength: 1 }),
  count: fc.integer({ min: 2, max: 3 }),
});

/** Work that is left to a task of its own. */
const later: fc.Arbitrary<Op> = fc.record({
  kind: fc.constant("later" as const),
  body: fc.array(op, { minLength: 1, maxLength: 1 }),
});

/** Programs whose threads leave work to others, under the lock or not. */
export const spawning: fc.Arbitrary<Program> = fc.record({
  body: fc.array(
    fc.oneof(
      op,
      later,
      fc.record({
        kind: fc.constant("section" as const),
        body: fc.array(fc.oneof(plain, later), { minLength: 1, maxLength: 2 }),
      }),
    ),
    { minLength: 1, maxLength: 2 },
  ),
  other: fc.array(op, { maxLength: 1 }),
  count: fc.constant(2),
});

export interface Program {
  readonly body: readonly Op[];
  readonly other: readonly Op[];
  /** How many threads are alike. */
  readonly count: number;
}

function* perform({ kind, ...more }: Op, s: hub, mine: part, isLocked: boolean): Task {
  const { last } = s;
  // To compute with a number that is somebody's name is not found out.
  if (kind === "own" && mine.x < NAMES) mine.x = mine.x + 1;
  else if (kind === "pull") mine.x = s.a;
  else if (kind === "push") s.a = mine.x;
  else if (kind === "name") s.a = mine.id;
  else if (kind === "mark") s.last = mine;
  else if (kind === "poke" && last !== null) last.x = 3;
  else if (kind === "mine" && last === mine) s.a = 5;
  else if (kind === "unlink" && isLocked) list_del_init(mine.entry);
  else if (kind === "first" && isLocked) yield* takeFirst(s);
  else if (kind === "free" && mine.box !== null) {
    destroy(mine.box);
    mine.box = null;
  } else if (kind === "touch" && last !== null && last.box !== null) last.box.y = 1;
  else if (kind === "bug" && mine.x === 2) throw new KernelFault("law", "seeded", "x");
  else if (kind === "section" && "body" in more) {
    yield* spin_lock(s.lock);
    for (const inner of more.body) yield* perform(inner, s, mine, true);
    yield* spin_unlock(s.lock);
  } else if (kind === "later" && "body" in more) {
    spawn("work", () => performAll(more.body, s, mine));
  }
}

/** Marks the part that is first in the list, and takes it out. */
function* takeFirst(s: hub): Task {
  if (list_empty(s.list)) return;
  const first = list_first_entry(s.list, part, "entry");
  s.last = first;
  list_del_init(first.entry);
}

function* performAll(ops: readonly Op[], s: hub, mine: part): Task {
  for (const one of ops) yield* perform(one, s, mine, false);
}

/** The program as a scenario; with `knows` the thread beside the others runs on the part of the first. */
export function onParts({ body, other, count }: Program, knows = false): Scenario<Parts> {
  const run = ([s, mine]: readonly [hub, part]) => performAll(body, s, mine);
  const threads: Record<string, (state: Parts) => Task<unknown>> = {};
  for (let at = 0; at < count; at++) {
    threads[`alike${at}`] = onPart(run, (state) => [state.hub, state.parts[at] as part] as const);
  }
  threads["other"] = (state) =>
    performAll(other, state.hub, knows ? state.parts[0] as part : state.spare);
  return scenario<Parts>({
    name: "parts",
    title: "threads on parts",
    about: "For holding one search against another.",
    // deno-lint-ignore require-yield
    *setup() {
      const s = keep(create(hub));
      spin_lock_init(s.lock);
      INIT_LIST_HEAD(s.list);
      const all = Array.from({ length: count + 1 }, (_, at) => {
        const one = keep(create(part)), its = keep(create(box));
        one.id = NAMES + 1 + at;
        one.box = its;
        its.of = one;
        if (at < count) list_add_tail(one.entry, s.list);
        else INIT_LIST_HEAD(one.entry);
        return one;
      });
      return { hub: s, parts: all.slice(0, count), spare: all[count] as part };
    },
    threads,
    expect: { verdict: "holds" },
  });
}

/** What memory holds, the same for states that differ only in which part is which. */
export function describe({ hub: s, parts, spare }: Parts): string {
  return orders(parts).map((order) => {
    const all = [...order, spare];
    const name = (value: number): string => {
      const at = all.findIndex(({ id }) => id === value);
      return at < 0 ? `${value}` : `id ${at}`;
    };
    const entry = (link: number): number => all.findIndex((one) => one.entry.address === link);
    const rows = all.map((one) =>
      [name(one.x), one.box === null ? "freed" : one.box.y, entry(one.entry.next)].join()
    );
    const last = all.findIndex((one) => one === s.last);
    return `${name(s.a)} ${last} ${entry(s.list.next)}; ${rows.join("; ")}`;
  }).sort()[0] as string;
}

function orders<T>(of: readonly T[]): T[][] {
  if (of.length === 0) return [[]];
  return of.flatMap((first) =>
    orders(of.filter((one) => one !== first)).map((rest) => [first, ...rest])
  );
}
