/** Sets of steps, as bits by their ids; what is beyond the end of one is not in it. */

/** A set of steps. */
export type StepSet = Int32Array<ArrayBuffer>;

/** Numbers that a set gets beyond what it needs. */
const ROOM = 4;

/** The empty set. */
export const NO_STEPS: StepSet = new Int32Array(0);

/** Is the step with this id in the set? */
export function hasStep(set: StepSet, id: number): boolean {
  return ((set[id >> 5] ?? 0) >> (id & 31) & 1) === 1;
}

/** Adds the step with this id to the set, or to a longer one in its place. */
export function withStep(set: StepSet, id: number): StepSet {
  const all = roomFor(set, (id >> 5) + 1);
  all[id >> 5] = (all[id >> 5] as number) | 1 << (id & 31);
  return all;
}

/** Adds `more` to the set, or to a longer one in its place. */
export function withSteps(set: StepSet, more: StepSet): StepSet {
  const all = roomFor(set, more.length);
  for (let at = 0; at < more.length; at++) all[at] = (all[at] as number) | (more[at] as number);
  return all;
}

/** Takes the steps in `others` out of the set. */
export function removeFrom(set: StepSet, others: StepSet): void {
  for (let at = 0; at < Math.min(set.length, others.length); at++) {
    set[at] = (set[at] as number) & ~(others[at] as number);
  }
}

/** The set, or a longer one in its place, with room for this many numbers. */
export function roomFor(set: StepSet, length: number): StepSet {
  if (set.length >= length) return set;
  const longer = new Int32Array(length + ROOM);
  longer.set(set);
  return longer;
}
