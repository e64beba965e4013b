/** How a Worker drives a search: it says now and then how far it is, and stops when it is told to. */
import type { Progress } from "explore/explore.ts";

/** How often it says so, in milliseconds. */
const INTERVAL = 100;

/** Runs `search` for as long as it `goesOn`, which is asked at each of its rests. */
export function drive<T>(
  search: Generator<Progress, T, boolean>,
  goesOn: (soFar: Progress) => boolean,
  say: (soFar: Progress) => void,
): T {
  let next = search.next(true);
  for (let last = performance.now(); next.done !== true;) {
    const now = performance.now();
    if (now - last >= INTERVAL) {
      last = now;
      say(next.value);
    }
    next = search.next(goesOn(next.value));
  }
  return next.value;
}
