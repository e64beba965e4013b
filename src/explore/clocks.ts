/**
 * Vector clocks: what each task is ordered after, by synchronisation.
 *
 * A task's own entry counts its releases. What a task did while its entry was e is ordered before
 * whatever task t does when t's entry for it is e or more.
 */
import { ARENA_WORDS, TASK_LIMIT } from "./objects.ts";

/** clocks[t * TASK_LIMIT + u]: how much of task u task t is ordered after. */
export const clocks = new Int32Array(TASK_LIMIT * TASK_LIMIT);
/** The task that runs. */
export let me = 0;
/** Ids of tasks that have run or were spawned in this execution are below this. */
export let taskEnd = 0;

/** Which execution this is: its number, from 1. */
export let execution = 0;
let ordering = false;

/** Starts an execution in which nothing is ordered; with `on` false nothing will be. */
export function beginClocks(on: boolean): void {
  execution++;
  ordering = on;
  taskEnd = 0;
  clocks.fill(0);
  for (let task = 0; task < TASK_LIMIT; task++) clocks[task * TASK_LIMIT + task] = 1;
}

/** Are clocks kept in this execution? */
export function isOrdering(): boolean {
  return ordering;
}

/** From here on `task` runs. */
export function runTask(task: number): void {
  me = task;
  if (task >= taskEnd) taskEnd = task + 1;
}

/** By task: how often something was added to its clock. */
export const joins = new Int32Array(TASK_LIMIT);

/** Adds to the running task's clock one of `end` entries that starts at `from` in `source`. */
export function joinClock(source: Int32Array, from: number, end: number): void {
  const mine = me * TASK_LIMIT;
  joins[me] = (joins[me] as number) + 1;
  for (let task = 0; task < end; task++) {
    const time = source[from + task] as number;
    if (time > (clocks[mine + task] as number)) clocks[mine + task] = time;
  }
}

/** What the running task does from now on is not part of what it released until now. */
export function advanceClock(): void {
  const mine = me * TASK_LIMIT + me;
  clocks[mine] = (clocks[mine] as number) + 1;
}

/** By sync object: its slot in `syncClocks`, handed out at first use and kept for good. */
const slotOf = new Int32Array(ARENA_WORDS);
const syncClocks: Int32Array[] = [];
const syncStamp: number[] = [];

function syncClock(address: number): Int32Array {
  let slot = slotOf[address] as number;
  if (slot === 0) {
    syncClocks.push(new Int32Array(TASK_LIMIT));
    slot = slotOf[address] = syncClocks.length;
  }
  const clock = syncClocks[slot - 1] as Int32Array;
  if (syncStamp[slot] !== execution) {
    syncStamp[slot] = execution;
    clock.fill(0);
  }
  return clock;
}

/** What the current task did until now is ordered before whoever acquires `address` later. */
export function syncRelease(address: number): void {
  if (!ordering) return;
  const clock = syncClock(address), mine = me * TASK_LIMIT;
  for (let task = 0; task < taskEnd; task++) {
    const time = clocks[mine + task] as number;
    if (time > (clock[task] as number)) clock[task] = time;
  }
  advanceClock();
}

/** What was released to `address` is ordered before what the current task does from now on. */
export function syncAcquire(address: number): void {
  if (ordering) joinClock(syncClock(address), 0, taskEnd);
}

/** What has been released to `address` until now, to be acquired later; undefined if nothing was. */
export function syncReleased(address: number): Int32Array | undefined {
  if (!ordering || slotOf[address] === 0) return undefined;
  return syncClock(address).slice();
}

/** As {@link syncAcquire}, for what had been released at an earlier moment. */
export function syncAcquireFrom(released: Int32Array): void {
  if (ordering) joinClock(released, 0, taskEnd);
}

/** All that the current task did is ordered before all that `child` will do. */
export function syncSpawn(child: number): void {
  if (child >= taskEnd) taskEnd = child + 1;
  const mine = me * TASK_LIMIT, its = child * TASK_LIMIT;
  for (let task = 0; task < taskEnd; task++) {
    if (task !== child) clocks[its + task] = clocks[mine + task] as number;
  }
  advanceClock();
}
