/**
 * How many references each task took of what is counted: a give that is not the last might have been,
 * had those that others took come later (footprint.ts).
 */
import { me } from "./clocks.ts";
import { trail } from "./journal.ts";
import { ARENA_WORDS, TASK_LIMIT } from "./objects.ts";

/** By word: how many references were taken. By word and task: how many it took. */
const TAKEN = trail.allot(ARENA_WORDS), TAKEN_BY = trail.allot(ARENA_WORDS * TASK_LIMIT);

/** The running task took a reference more at the count. */
export function countTaken(address: number): void {
  const mine = TAKEN_BY + address * TASK_LIMIT + me;
  trail.put(TAKEN + address, (trail.cells[TAKEN + address] as number) + 1);
  trail.put(mine, (trail.cells[mine] as number) + 1);
}

/** Had the references that others took come later, could a give that left `left` be the last? */
export function isNearLast(address: number, left: number): boolean {
  const others = (trail.cells[TAKEN + address] as number) -
    (trail.cells[TAKEN_BY + address * TASK_LIMIT + me] as number);
  return left - others < 1;
}
