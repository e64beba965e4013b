/**
 * Which ids spawned work has: by whose child it is and the how many-th, so that they are equal in executions that
 * differ only in order. The scenario's own threads have the ids below.
 */
import { TASK_LIMIT } from "./objects.ts";

/** By `parent.count`, in the order of the ids. */
let ids = new Map<string, number>();
/** By id less the scenario's own threads: the parent. Filled when asked for. */
let parents: number[] = [];
let firstThreads = 0;

/** How often it was forgotten which ids children got. */
export let spawnsForgotten = 0;

/** Says how many ids the scenario's own threads take; spawned work gets the ids after them. */
export function reserveIds(count: number): void {
  firstThreads = count;
}

/**
 * The id of the child with this key, `parent.count`, which is called `name`.
 * @throws {RangeError} when there are too many tasks
 */
export function idOfSpawned(key: string, name: string): number {
  let id = ids.get(key);
  if (id === undefined) {
    id = firstThreads + ids.size;
    if (id >= TASK_LIMIT) {
      throw new RangeError(`Cannot spawn ${name}: ${TASK_LIMIT} tasks are the most that can be`);
    }
    ids.set(key, id);
  }
  return id;
}

/** Whose children got an id so far, in the order of the ids: `parent.count`. */
export function spawnedSoFar(): string[] {
  return [...ids.keys()];
}

/** How many those are. */
export function spawnCount(): number {
  return ids.size;
}

/** The task that makes task `id`, which some execution has. */
export function parentOf(id: number): number {
  for (; parents.length < ids.size;) {
    parents.push(Number.parseInt([...ids.keys()][parents.length] as string, 10));
  }
  return parents[id - firstThreads] as number;
}

/** Forgets which ids children got. */
export function forgetSpawns(): void {
  spawnsForgotten++;
  ids = new Map();
  parents = [];
}

/** Gives ids to the named children before they are spawned. */
export function presetSpawns(keys: readonly string[]): void {
  for (const key of keys) ids.set(key, firstThreads + ids.size);
}
