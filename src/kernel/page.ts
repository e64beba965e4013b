/** Page frames (include/linux/mm.h, mm/swap.c). */
import type { Step, Task } from "explore/task.ts";
import { atomic_dec_and_test, atomic_inc, atomic_read } from "./atomic.ts";
import { page } from "./mm_types.ts";
import { kfree, kzalloc } from "./slab.ts";

/** Allocates a zeroed page with one reference, or answers null when memory is short. */
export function alloc_page(): page | null {
  const frame = kzalloc(page);
  if (frame !== null) frame._refcount.counter = 1;
  return frame;
}

/** Adds a reference to one that the caller has. */
export function get_page(frame: page): Step {
  return atomic_inc(frame._refcount);
}

/** How many references there are: one for each mapping, and those of code that works on it. */
export function page_count(frame: page): Step<number> {
  return atomic_read(frame._refcount);
}

/** Gives a reference back; the last one frees the frame. */
export function* put_page(frame: page): Task {
  if (yield* atomic_dec_and_test(frame._refcount)) kfree(frame);
}
