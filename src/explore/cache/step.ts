/** Steps as the cache knows them: what each did, wherever it was taken. */
import { NONE } from "../search/intervals.ts";
import type { Kind } from "../search/kind.ts";
import { isExclusive, LOCK, type TaskState } from "../task.ts";
import type { Place } from "../tape/place.ts";
import type { Profile } from "../tape/profile.ts";
import type { Variant } from "../tape/uses.ts";

/** What a step did. */
export interface Step {
  /** Counted from 0, and of no other step of the same relations. */
  readonly id: number;
  readonly task: number;
  readonly kind: Kind;
  readonly profile: Profile;
  /** The word of the lock that its task stood before, else NONE; and the words that it waited for. */
  readonly lockWord: number;
  readonly waited: readonly number[];
  /** A mask of the tasks that it made. */
  readonly spawned: number;
  /** The words of the locks that its task held before it, and after it. */
  readonly heldBefore: readonly number[];
  readonly heldAfter: readonly number[];
  /** Of these, those that nobody else can have meanwhile. */
  readonly ownBefore: readonly number[];
  readonly ownAfter: readonly number[];
}

/** The step that is of `variant`, by the name of `id`. */
export function stepOf({ way, kind, waited }: Variant, id: number): Step {
  const { start: { state }, end, profile, spawned } = way;
  return {
    id,
    task: state.id,
    kind,
    profile,
    lockWord: state.pending === LOCK ? state.word : NONE,
    waited,
    spawned: maskOf(spawned),
    heldBefore: heldBy(state),
    heldAfter: heldBy(end.state),
    ownBefore: ownedBy(state),
    ownAfter: ownedBy(end.state),
  };
}

function maskOf(places: readonly Place[]): number {
  let mask = 0;
  for (const { state: { id } } of places) mask |= 1 << id;
  return mask;
}

/** The words of the locks that shut others out. */
function heldBy({ held }: TaskState): number[] {
  return held.filter(({ kind }) => kind !== "srcu").map(({ lock }) => lock.address + 1);
}

/** The words of the locks that it has alone. */
function ownedBy({ held }: TaskState): number[] {
  return held.filter(isExclusive).map(({ lock }) => lock.address + 1);
}

/** Have the two lists a word in common? */
export function shareWord(one: readonly number[], other: readonly number[]): boolean {
  for (let at = 0; at < one.length; at++) if (other.includes(one[at] as number)) return true;
  return false;
}
