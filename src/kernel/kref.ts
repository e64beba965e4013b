/** Reference counts that call a release function (include/linux/kref.h). */
import { struct } from "explore/struct.ts";
import { calling } from "explore/tape/call.ts";
import type { Step, Task } from "explore/task.ts";
import {
  refcount_dec_and_test,
  refcount_inc,
  refcount_inc_not_zero,
  refcount_read,
  refcount_set,
  refcount_t,
} from "./refcount.ts";

/** A reference count that is embedded in the object it counts for. */
export class kref extends struct("kref", { refcount: refcount_t }) {}

/** Sets the count to 1, by a plain store: it orders nothing. */
export function kref_init(kref: kref): Step {
  return refcount_set(kref.refcount, 1);
}

/** Reads the count. */
export function kref_read(kref: kref): Step<number> {
  return refcount_read(kref.refcount);
}

/** Adds a reference to one that the caller has. Faults as refcount_inc. */
export function kref_get(kref: kref): Step {
  return refcount_inc(kref.refcount);
}

/** Adds a reference unless there is none, and answers whether it did. */
export function kref_get_unless_zero(kref: kref): Step<boolean> {
  return refcount_inc_not_zero(kref.refcount);
}

/** Gives a reference back; calls `release` and answers true when it was the last. */
export function* kref_put(kref: kref, release: (kref: kref) => Task): Task<boolean> {
  if (!(yield* refcount_dec_and_test(kref.refcount))) return false;
  yield* calling(release(kref));
  return true;
}
