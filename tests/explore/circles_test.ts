/**
 * Goal: a circle in the order of locks that two tasks close is seen, also where a search without names has
 * seen the one do what both do. Method: tell of the operations of tasks, and ask.
 */
import { assertEquals } from "@std/assert";
import { Execution } from "explore/execution.ts";
import { Circles } from "explore/tape/circles.ts";
import { ENTER, WAITS, WAKES } from "explore/tape/tape.ts";
import { onParts, type Parts } from "./part_programs.ts";

/** Does task `waiter` wait under a lock that `waker` takes before it wakes in the queue? */
function isCircle(
  nameless: boolean,
  [waiter, waits]: readonly [task: number, queue: (parts: Parts) => number],
  [waker, wakes]: readonly [task: number, queue: (parts: Parts) => number],
): boolean {
  const scenario = onParts({ body: [], other: [], count: 3 });
  const execution = new Execution(scenario, "sections", undefined, undefined, false, nameless);
  try {
    const circles = new Circles(execution.owners), { state } = execution;
    const lock = state.hub.lock.address;
    circles.learn(waiter, [WAITS, waits(state), 1, lock]);
    circles.learn(waker, [ENTER, lock + 1, 0, WAKES, wakes(state), 0]);
    return circles.possible;
  } finally {
    execution.close();
  }
}

const shared = ({ hub }: Parts): number => hub.address;
const ofPart = (at: number) => ({ parts }: Parts): number => parts[at]?.address ?? 0;

Deno.test("circles: who waits is woken by another, whatever that is called", () => {
  assertEquals(isCircle(false, [0, shared], [1, shared]), true);
  assertEquals(isCircle(false, [0, shared], [0, shared]), false);
  assertEquals(isCircle(true, [0, shared], [0, shared]), true);
  // The thread beside those that are alike, which is one.
  assertEquals(isCircle(true, [3, shared], [3, shared]), false);
});

Deno.test("circles: in a queue of its own a task is not woken by itself, and by others it is", () => {
  assertEquals(isCircle(true, [0, ofPart(0)], [0, ofPart(0)]), false);
  assertEquals(isCircle(true, [0, ofPart(0)], [0, ofPart(1)]), true);
  assertEquals(isCircle(true, [0, ofPart(1)], [1, ofPart(1)]), true);
  assertEquals(isCircle(false, [0, ofPart(0)], [1, ofPart(1)]), false);
});
