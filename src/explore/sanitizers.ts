/**
 * Switches the sanitizers off, for a run that measures what they cost. Off go: the shadow memory's
 * look at every access (KASAN), vector clocks with the race check (KCSAN) and the order of locks and
 * waits (lockdep), the search for leaks at the end (kmemleak). The laws are a scenario's own: leave
 * out its `always` and `finally`.
 *
 * What a primitive compares as part of what it does stays: whether it may sleep, who holds the lock,
 * whether a count is above zero, whether a list entry is linked, whether an SRCU section was begun.
 */
import { checkLeaks } from "./leak.ts";
import { checkAccesses } from "./objects.ts";
import { checkRaces } from "./races.ts";

/** On by default. Off, nothing of all this is found; searches then need what earlier ones learned. */
export function switchSanitizers(on: boolean): void {
  checkAccesses(on);
  checkRaces(on);
  checkLeaks(on);
}
