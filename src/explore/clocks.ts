/**
 * Vector clocks: what each task is ordered after, by synchronisation.
 *
 * A task's own entry counts its releases. What a task did while its entry was e is ordered before
 * whatever task t does when t's entry for it is e or more.
 */
import { allot, cells, put } from "./journal.ts";
import { ARENA_WORDS, TASK_LIMIT } from "./objects.ts";
import { ACQUIRE, KEEP, OBSERVE, RELEASE, SPAWN, tape } from "./tape/tape.ts";

/** cells[CLOCKS + t * TASK_LIMIT + u]: how much of task u task t is ordered after. */
const CLOCKS = allot(TASK_LIMIT * TASK_LIMIT);
for (let task = 0; task < TASK_LIMIT; task++) cells[CLOCKS + task * TASK_LIMIT + task] = 1;
/** Where it stands how many tasks there have been, and by task how often its clock was joined. */
const END = allot(1), JOINED = allot(TASK_LIMIT);
/** By sync object and task: what was released there. By slot and task: what was kept there. */
const RELEASED = allot(ARENA_WORDS * TASK_LIMIT);
/** Most releases of one task in one execution. */
export const TIME_LIMIT = 1 << 13;
/** The task that runs, and how many steps have begun. */
export let me = 0, turn = 0;
let ordering = false;

/** How much of `other` the running task is ordered after. */
export function knownOf(other: number): number {
  return cells[CLOCKS + me * TASK_LIMIT + other] as number;
}

/** The clock of the running task, to keep. */
export function copyClock(): Int32Array {
  const mine = CLOCKS + me * TASK_LIMIT;
  return cells.slice(mine, mine + TASK_LIMIT);
}

/** As {@link copyClock}, to `target` from `at` on. */
export function copyClockTo(target: Int32Array, at: number): void {
  const mine = CLOCKS + me * TASK_LIMIT;
  for (let task = 0, end = taskEnd(); task < end; task++) {
    target[at + task] = cells[mine + task] as number;
  }
}

/** Ids of tasks that have run or were spawned in this execution are below this. */
export function taskEnd(): number {
  return cells[END] as number;
}

/** Switches clocks on or off; with `on` false nothing is ordered. */
export function keepClocks(on: boolean): void {
  ordering = on;
}

/** Are clocks kept in this execution? */
export function isOrdering(): boolean {
  return ordering;
}

/** From here on `task` runs. */
export function runTask(task: number): void {
  me = task;
  turn++;
  if (task >= taskEnd()) put(END, task + 1);
}

/** How often something was added to the running task's clock. */
export function joinsSoFar(): number {
  return cells[JOINED + me] as number;
}

/** Adds to the running task's clock one of `end` entries that starts at `from` in `source`. */
export function joinClock(source: Int32Array, from: number, end: number): void {
  const mine = CLOCKS + me * TASK_LIMIT;
  put(JOINED + me, (cells[JOINED + me] as number) + 1);
  for (let task = 0; task < end; task++) {
    const time = source[from + task] as number;
    if (time > (cells[mine + task] as number)) put(mine + task, time);
  }
}

/** What the running task does from now on is not part of what it released until now. */
export function advanceClock(): void {
  const time = knownOf(me) + 1;
  if (time === TIME_LIMIT) throw new RangeError(`Cannot order more than ${TIME_LIMIT} releases`);
  put(CLOCKS + me * TASK_LIMIT + me, time);
}

/** What the current task did until now is ordered before whoever acquires `address` later. */
export function syncRelease(address: number): void {
  if (!ordering) return;
  if (tape !== null) return tape.op(RELEASE, address);
  const there = RELEASED + address * TASK_LIMIT, mine = CLOCKS + me * TASK_LIMIT;
  for (let task = 0, end = taskEnd(); task < end; task++) {
    const time = cells[mine + task] as number;
    if (time > (cells[there + task] as number)) put(there + task, time);
  }
  advanceClock();
}

/** What was released to `address` is ordered before what the current task does from now on. */
export function syncAcquire(address: number): void {
  if (!ordering) return;
  if (tape !== null) return tape.op(ACQUIRE, address);
  joinClock(cells, RELEASED + address * TASK_LIMIT, taskEnd());
}

/** How often a task may keep what was released. */
export const KEEP_LIMIT = 1 << 8;
const KEPT = allot(TASK_LIMIT * KEEP_LIMIT * TASK_LIMIT);

/** Keeps in `slot` what has been released to the addresses until now, to be acquired later. */
export function keepReleased(slot: number, addresses: readonly number[]): void {
  if (!ordering) return;
  if (tape !== null) return tape.opWith(KEEP, slot, addresses);
  keepFrom(slot, addresses, 0, addresses.length);
}

/** As {@link keepReleased}, for those of `addresses` from `start` to before `end`. */
export function keepFrom(
  slot: number,
  addresses: ArrayLike<number>,
  start: number,
  end: number,
): void {
  for (let task = 0, last = taskEnd(); task < last; task++) {
    let time = 0;
    for (let at = start; at < end; at++) {
      const there = RELEASED + (addresses[at] as number) * TASK_LIMIT + task;
      time = Math.max(time, cells[there] as number);
    }
    put(KEPT + slot * TASK_LIMIT + task, time);
  }
}

/** As {@link syncAcquire}, for what was kept in `slot`. */
export function acquireKept(slot: number): void {
  if (!ordering) return;
  if (tape !== null) return tape.op(OBSERVE, slot);
  joinClock(cells, KEPT + slot * TASK_LIMIT, taskEnd());
}

/** All that the current task did is ordered before all that `child` will do. */
export function syncSpawn(child: number): void {
  if (tape !== null) return tape.op(SPAWN, child);
  if (child >= taskEnd()) put(END, child + 1);
  const mine = CLOCKS + me * TASK_LIMIT, its = CLOCKS + child * TASK_LIMIT;
  for (let task = 0; task < taskEnd(); task++) {
    if (task !== child) put(its + task, cells[mine + task] as number);
  }
  advanceClock();
}
