/** A field of several words that only its own module reads, by address. */
import type { Field } from "explore/struct.ts";

/** `count` words that show nothing by themselves. */
export function words(count: number): Field<void> {
  return { words: count, define() {} };
}
