/**
 * Barriers and marked accesses (include/linux/compiler.h, Documentation/memory-barriers.txt).
 *
 * Where executions are interleavings, a barrier changes nothing in them. Relaxed memory is told of it.
 */
import { loadMarked, storeMarked } from "explore/memory.ts";
import { peek } from "explore/objects.ts";
import { asAtomic, relaxed } from "explore/relaxed/hook.ts";
import type { Struct, StructClass } from "explore/struct.ts";
import { done, indivisible, observePublished, publish, type Step } from "explore/task.ts";
import { isScheduled } from "./atomic.ts";

/** Full barrier. */
export function smp_mb(): void {
  relaxed?.barrier("smp_mb");
}

/** Read barrier. */
export function smp_rmb(): void {
  relaxed?.barrier("smp_rmb");
}

/** Write barrier. */
export function smp_wmb(): void {
  relaxed?.barrier("smp_wmb");
}

function addressOf(view: Struct, field: string): number {
  const { shape } = view.constructor as unknown as StructClass;
  const at = shape.fields.get(field);
  if (at === undefined) throw new RangeError(`Cannot find ${field} in ${shape.name}`);
  return view.address + at.offset;
}

function read<S extends Struct, K extends keyof S & string>(
  label: string,
  view: S,
  field: K,
  isAcquire: boolean,
): Step<S[K]> {
  const address = addressOf(view, field);
  const act = (): S[K] => {
    loadMarked(address);
    // The access is noted; the field's own reader turns the word into a value.
    const value = view[field];
    if (isAcquire) {
      relaxed?.orders("acquire");
      observePublished(address);
    }
    return value;
  };
  if (!isScheduled(address)) return done(asAtomic(address, act, 0));
  return indivisible(label, view, () => asAtomic(address, act, 0));
}

function write<S extends Struct, K extends keyof S & string>(
  label: string,
  view: S,
  field: K,
  value: S[K],
  isRelease: boolean,
): Step {
  const address = addressOf(view, field);
  const act = (): void => {
    if (isRelease) publish(address);
    storeMarked(address, peek(address));
    if (isRelease) relaxed?.orders("release");
    view[field] = value;
  };
  if (!isScheduled(address)) return done(asAtomic(address, act, 0));
  return indivisible(label, view, () => asAtomic(address, act, 0));
}

/** Reads a field in one piece, with a mark that says others may write it meanwhile. */
export function READ_ONCE<S extends Struct, K extends keyof S & string>(
  view: S,
  field: K,
): Step<S[K]> {
  return read("READ_ONCE", view, field, false);
}

/** Writes a field in one piece, with a mark that says others may read it meanwhile. */
export function WRITE_ONCE<S extends Struct, K extends keyof S & string>(
  view: S,
  field: K,
  value: S[K],
): Step {
  return write("WRITE_ONCE", view, field, value, false);
}

/** As READ_ONCE; what follows comes after it, and after what was before the release that it reads from. */
export function smp_load_acquire<S extends Struct, K extends keyof S & string>(
  view: S,
  field: K,
): Step<S[K]> {
  return read("smp_load_acquire", view, field, true);
}

/** As WRITE_ONCE; all that the caller did before comes before it. */
export function smp_store_release<S extends Struct, K extends keyof S & string>(
  view: S,
  field: K,
  value: S[K],
): Step {
  return write("smp_store_release", view, field, value, true);
}
