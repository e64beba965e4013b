/**
 * How many references each task took of what is counted: a give that is not the last might have been,
 * had those that others took come later (footprint.ts).
 */
import { me } from "./clocks.ts";
import { trail } from "./journal.ts";
import { ARENA_WORDS, TASK_LIMIT } from "./objects.ts";
import { scrambled } from "./tape/history.ts";

/** By word: how many references were taken. By word and task: how many it took. */
const TAKEN = trail.allot(ARENA_WORDS), TAKEN_BY = trail.allot(ARENA_WORDS * TASK_LIMIT);
/** A hash of both, as far as objects live. */
const HASH = trail.allot(1);

/** The running task took a reference more at the count. */
export function countTaken(address: number): void {
  const mine = TAKEN_BY + address * TASK_LIMIT + me;
  trail.put(TAKEN + address, (trail.cells[TAKEN + address] as number) + 1);
  trail.put(mine, (trail.cells[mine] as number) + 1);
  trail.put(HASH, takesHash() + scrambled(address * TASK_LIMIT + me) | 0);
}

/** The object of `size` words at `base` was freed: what was taken of it matters no more. */
export function forgetTakes(base: number, size: number): void {
  for (let address = base; address < base + size; address++) {
    if (trail.cells[TAKEN + address] === 0) continue;
    let hash = takesHash();
    for (let task = 0; task < TASK_LIMIT; task++) {
      const mine = address * TASK_LIMIT + task, count = trail.cells[TAKEN_BY + mine] as number;
      if (count > 0) hash -= Math.imul(count, scrambled(mine));
    }
    trail.put(HASH, hash | 0);
  }
}

/** Equal where the tasks took the same references of what is alive. */
export function takesHash(): number {
  return trail.cells[HASH] as number;
}

/** Had the references that others took come later, could a give that left `left` be the last? */
export function isNearLast(address: number, left: number): boolean {
  return left - takenByOthers(address, me) < 1;
}

/** How many references tasks other than this one took. */
export function takenByOthers(address: number, task: number): number {
  return (trail.cells[TAKEN + address] as number) -
    (trail.cells[TAKEN_BY + address * TASK_LIMIT + task] as number);
}
