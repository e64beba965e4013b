/** Maps from small numbers to objects (lib/idr.c). Callers serialise: nothing here locks. */
import { KernelFault } from "explore/fault.ts";
import { load, store } from "explore/memory.ts";
import { describe, peek, recordPeeks } from "explore/objects.ts";
import { noteRead } from "explore/observe.ts";
import { int, type Struct, struct, viewAt } from "explore/struct.ts";
import { EINVAL, ENOMEM, ENOSPC } from "./errno.ts";
import { GFP_KERNEL } from "./gfp.ts";
import { should_fail } from "./inject.ts";
import { might_sleep, preempt_disable, preempt_enable } from "./sched.ts";
import { define } from "./static.ts";
import { WARN_ON_ONCE } from "./bug.ts";
import { words } from "./words.ts";

/** Most ids that a map can hold at one time here; the kernel knows no such limit. */
export const IDR_CAPACITY = 16;

const COUNT = 1, SLOTS = 2;

/** Pairs of id and pointer, in the order of ids. */
class idr_words extends struct("idr", { count: int, slots: words(2 * IDR_CAPACITY) }) {}

/** A map from ids to objects of type `T`. */
export class idr<T extends Struct = Struct> extends idr_words {
  /** Only for the compiler. */
  declare readonly maps?: T;
}

/** Defines a static map that reports call `name`. */
export function DEFINE_IDR<T extends Struct>(name: string): idr<T> {
  return define<idr<T>>(name, idr);
}

function slot(map: Struct, index: number): number {
  return map.address + SLOTS + 2 * index;
}

/** Index of the first pair whose id is `id` or more. */
function lowerBound(map: Struct, id: number): number {
  const count = load(map.address + COUNT);
  let index = 0;
  while (index < count && load(slot(map, index)) < id) index++;
  return index;
}

/** Prepares for an allocation under a spinlock: preemption is off until idr_preload_end. */
export function idr_preload(gfp: number): void {
  if (gfp === GFP_KERNEL) might_sleep("idr_preload");
  preempt_disable();
}

/** Ends what idr_preload began. */
export function idr_preload_end(): void {
  preempt_enable();
}

/**
 * Enters `object` under the lowest free id in [start, end), 0 as `end` for no limit.
 * @returns the id, -ENOSPC when all are taken, -ENOMEM as `inject_fault("idr_alloc")` arranges,
 * -EINVAL with a warning for a negative start
 * @throws {KernelFault} lockdep, for GFP_KERNEL in atomic context; law, "id handed out while in use"
 */
export function idr_alloc<T extends Struct>(
  map: idr<T>,
  object: T,
  start: number,
  end: number,
  gfp: number,
): number {
  if (gfp === GFP_KERNEL) might_sleep("idr_alloc");
  if (WARN_ON_ONCE(start < 0, "idr_alloc: start is negative")) return -EINVAL;
  if (should_fail("idr_alloc")) return -ENOMEM;
  const count = load(map.address + COUNT);
  let index = lowerBound(map, start);
  let id = start;
  for (; index < count && load(slot(map, index)) === id; index++) id++;
  if (id >= (end <= 0 ? 0x7fff_ffff : end)) return -ENOSPC;
  checkUnused(map, id);
  if (count === IDR_CAPACITY) {
    throw new RangeError(`Cannot enter an id: ${IDR_CAPACITY} are the most that a map holds here`);
  }
  for (let from = 2 * count - 1; from >= 2 * index; from--) {
    const address = map.address + SLOTS + from;
    store(address + 2, load(address));
  }
  store(slot(map, index), id);
  store(slot(map, index) + 1, object.address);
  store(map.address + COUNT, count + 1);
  return id;
}

/** The object under `id`, or null. */
export function idr_find<T extends Struct>(map: idr<T>, id: number): T | null {
  const index = lowerBound(map, id);
  if (index === load(map.address + COUNT) || load(slot(map, index)) !== id) return null;
  return viewAt(load(slot(map, index) + 1)) as T;
}

/** Removes `id` at once, so that it is the next one to be handed out. Answers what stood there. */
export function idr_remove<T extends Struct>(map: idr<T>, id: number): T | null {
  const removed = idr_find(map, id);
  if (removed === null) return null;
  const count = load(map.address + COUNT);
  for (let index = lowerBound(map, id); index < count - 1; index++) {
    store(slot(map, index), load(slot(map, index + 1)));
    store(slot(map, index) + 1, load(slot(map, index + 1) + 1));
  }
  store(slot(map, count - 1), 0);
  store(slot(map, count - 1) + 1, 0);
  store(map.address + COUNT, count - 1);
  return removed;
}

/** Walks the objects in the order of their ids; ids that come and go meanwhile are allowed. */
export function* idr_for_each_entry<T extends Struct>(map: idr<T>): Generator<T, void, void> {
  let id = 0;
  for (;;) {
    const index = lowerBound(map, id);
    if (index === load(map.address + COUNT)) return;
    id = load(slot(map, index)) + 1;
    yield viewAt(load(slot(map, index) + 1)) as T;
  }
}

/** Has the map no entry? */
export function idr_is_empty(map: idr): boolean {
  return load(map.address + COUNT) === 0;
}

/** By address of a map: who says whether an id is still in use somewhere. */
const guards = new Map<number, (id: number) => string | null>();

/**
 * Has `map` ask before it hands out an id: `usedBy` answers who still uses the id from before, or
 * null. It reads memory with `peek` only. Answers what ends the guard.
 */
export function guard_ids(map: Struct, usedBy: (id: number) => string | null): () => void {
  guards.set(map.address, usedBy);
  return () => void guards.delete(map.address);
}

function checkUnused(map: Struct, id: number): void {
  const usedBy = guards.get(map.address);
  if (usedBy === undefined) return;
  const user = asked(() => usedBy(id));
  if (user === null) return;
  const name = describe(map.address), detail = `${id} is still used by ${user}`;
  throw new KernelFault("law", "id handed out while in use", name, detail, map.address);
}

/** The answer to a question about memory; whoever writes what it read changes this step's outcome. */
function asked<T>(ask: () => T): T {
  const { answer, words } = recordPeeks(ask);
  for (const address of words) noteRead(address);
  return answer;
}

/** What an id stood for when somebody kept it. */
export interface KeptId {
  readonly map: Struct;
  readonly id: number;
  /** The object's address, 0 for none; no address is given out twice in one execution. */
  readonly meaning: number;
}

/** Keeps an id together with what it means now, for `check_id`. No access by the thread. */
export function keep_id(map: Struct, id: number): KeptId {
  return { map, id, meaning: asked(() => meaningOf(map, id)) };
}

/**
 * To be called where a kept id is used without a lookup of its own.
 * @throws {KernelFault} law, "ABA on an id", when the id names another object by now
 */
export function check_id({ map, id, meaning }: KeptId): void {
  const now = asked(() => meaningOf(map, id));
  if (now === 0 || now === meaning) return;
  const name = describe(map.address);
  throw new KernelFault("law", "ABA on an id", name, `${id} names another object now`, map.address);
}

function meaningOf(map: Struct, id: number): number {
  const count = peek(map.address + COUNT);
  for (let index = 0; index < count; index++) {
    if (peek(slot(map, index)) === id) return peek(slot(map, index) + 1);
  }
  return 0;
}
