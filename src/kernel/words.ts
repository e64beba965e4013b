/** Fields of several words that only their own module reads, by address. */
import { BY_TASK, TASK_LIMIT } from "explore/objects.ts";
import type { Field } from "explore/struct.ts";

/** `count` words that show nothing by themselves. */
export function words(count: number): Field<void> {
  return { words: count, define() {} };
}

/** A word for each task that there can be, at its id. */
export function wordsByTask(): Field<void> {
  return { ...words(TASK_LIMIT), role: BY_TASK };
}
