/**
 * Barriers and marked accesses (include/linux/compiler.h, Documentation/memory-barriers.txt).
 *
 * Executions are interleavings, so a barrier changes nothing in them. It is announced to a listener,
 * with the task that runs, for whoever explores more than interleavings.
 */
import { loadMarked, storeMarked } from "explore/memory.ts";
import { peek } from "explore/objects.ts";
import type { Struct, StructClass } from "explore/struct.ts";
import { currentTask, done, indivisible, type Step, type TaskState } from "explore/task.ts";
import { isScheduled } from "./atomic.ts";

/** The barriers of the kernel's memory model. */
export type Barrier = "smp_mb" | "smp_rmb" | "smp_wmb";

let listener: ((barrier: Barrier, task: TaskState) => void) | undefined;

/** Who is told of barriers from now on; nobody if left out. */
export function reportBarriersTo(to?: (barrier: Barrier, task: TaskState) => void): void {
  listener = to;
}

/** Full barrier. */
export function smp_mb(): void {
  listener?.("smp_mb", currentTask());
}

/** Read barrier. */
export function smp_rmb(): void {
  listener?.("smp_rmb", currentTask());
}

/** Write barrier. */
export function smp_wmb(): void {
  listener?.("smp_wmb", currentTask());
}

function addressOf(view: Struct, field: string): number {
  const { shape } = view.constructor as unknown as StructClass;
  const at = shape.fields.get(field);
  if (at === undefined) throw new RangeError(`Cannot find ${field} in ${shape.name}`);
  return view.address + at.offset;
}

/** Reads a field in one piece, with a mark that says others may write it meanwhile. */
export function READ_ONCE<S extends Struct, K extends keyof S & string>(
  view: S,
  field: K,
): Step<S[K]> {
  const address = addressOf(view, field);
  const read = (): S[K] => {
    loadMarked(address);
    // The access is noted; the field's own reader turns the word into a value.
    return view[field];
  };
  return isScheduled(address) ? indivisible("READ_ONCE", view, read) : done(read());
}

/** Writes a field in one piece, with a mark that says others may read it meanwhile. */
export function WRITE_ONCE<S extends Struct, K extends keyof S & string>(
  view: S,
  field: K,
  value: S[K],
): Step {
  const address = addressOf(view, field);
  const write = (): void => {
    storeMarked(address, peek(address));
    view[field] = value;
  };
  return isScheduled(address) ? indivisible("WRITE_ONCE", view, write) : done(write());
}
