/**
 * Calls of which the caller keeps nothing but the answer.
 *
 * The functions of the kernel substrate say so of themselves and of what they call back. What such
 * a call read on its way is no longer part of what the task knows when it has returned, so that
 * tasks which got the same answers count as standing in the same place (history.ts).
 */
import { leaveKnowing } from "../memory.ts";
import { Struct } from "../struct.ts";
import type { Task } from "../task.ts";
import { tape } from "./tape.ts";

/** What such a call may answer. */
export type Answer = void | null | number | boolean | Struct;

/** Runs `body`, of which the caller keeps nothing but the answer. */
export function* calling<T extends Answer>(body: Task<T>): Task<T> {
  tape?.history.enter();
  const answer = yield* body;
  leaveKnowing(wordFor(answer), answer instanceof Struct);
  return answer;
}

/** As {@link calling}, for what is done at once. */
export function called<T extends Answer>(act: () => T): T {
  tape?.history.enter();
  const answer = act();
  leaveKnowing(wordFor(answer), answer instanceof Struct);
  return answer;
}

function wordFor(answer: Answer): number {
  if (typeof answer === "number") return answer;
  if (typeof answer === "boolean") return answer ? 1 : 0;
  return answer instanceof Struct ? answer.address : 0;
}
