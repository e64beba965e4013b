/** Tells the sanitizers what a tape holds; see `tape.ts` for the operations. */
import { acquireKept, keepFrom, syncAcquire, syncRelease, syncSpawn } from "../clocks.ts";
import { NEAR, OWN } from "../footprint.ts";
import { addPeriod, noteWake, takenUnder, waitsHolding } from "../lockorder.ts";
import { checkAcquisition } from "../observe.ts";
import { checkChange, checkEnd, checkOrder, checkStart } from "../races.ts";
import { enterSection, leaveSection } from "../sections.ts";
import type { Sharing } from "./sharing.ts";
import {
  ACQUIRE,
  ACQUISITION,
  ALLOCATE,
  CHANGE,
  ENTER,
  FREE,
  GIVE,
  hasList,
  KEEP,
  LEAVE,
  OBSERVE,
  PERIOD,
  RELEASE,
  SPAWN,
  START,
  STORED,
  TAKE,
  TAKEN,
  TOUCH,
  WAITS,
  WAKES,
} from "./tape.ts";
import type { Piece } from "./way.ts";

/** The operations of `way`, which are in `ops`, of which the sanitizers have to hear, as words are shared now. */
export function checksOf(ops: Int32Array, way: Piece, sharing: Sharing): Int32Array {
  const kept: number[] = [], owned = new Set<number>();
  // The links of an entry that the step took out of its list were checked then.
  const hears = (word: number): boolean => sharing.isShared(word) && !owned.has(word);
  for (let at = way.ops; at < way.opsEnd; at += 3) {
    const code = ops[at] as number, subject = ops[at + 1] as number, more = ops[at + 2] as number;
    if (code === ALLOCATE) kept.push(START, subject, 0);
    else if (code === FREE) {
      for (let word = subject; word < subject + more; word++) {
        if (hears(word)) kept.push(STORED, word, 0);
      }
    } else if (code === TOUCH && !hears(subject) || !IS_HEARD[code]) continue;
    else {
      kept.push(code, subject, more);
      if (code === CHANGE && (more >> 1 & OWN) !== 0) owned.add(subject);
      if (!hasList(code)) continue;
      for (let each = at + 3; each < at + 3 + more; each++) kept.push(ops[each] as number);
      at += more;
    }
  }
  return Int32Array.from(kept);
}

/** By operation: is it one for the sanitizers? */
const IS_HEARD: boolean[] = [];
for (
  const code of [
    TOUCH,
    TAKE,
    GIVE,
    CHANGE,
    ACQUISITION,
    RELEASE,
    ACQUIRE,
    KEEP,
    OBSERVE,
    SPAWN,
    ENTER,
    LEAVE,
    TAKEN,
    PERIOD,
    WAITS,
    WAKES,
  ]
) IS_HEARD[code] = true;

/**
 * Tells the running task's operations in `checks`; with `isChecking` those for the race check too.
 * `nears` tells of the gives whether they are NEAR (footprint.ts): it begins with a number for each.
 */
export function play(checks: Int32Array, isChecking: boolean, nears: readonly boolean[]): void {
  let gives = 0;
  for (let at = 0; at < checks.length; at += 3) {
    const code = checks[at] as number;
    if (code > LAST_CHECK && code < START) at += order(checks, at);
    else if (isChecking) check(checks, at, code === GIVE && nears[gives++] === true);
  }
}

/** Operations up to this one, START and STORED are for the race check. */
const LAST_CHECK = ACQUISITION;

function check(checks: Int32Array, at: number, isNear: boolean): void {
  const subject = checks[at + 1] as number, more = checks[at + 2] as number;
  switch (checks[at]) {
    case TOUCH:
      checkOrder(subject, (more & 1) !== 0, (more & 2) !== 0);
      break;
    case START:
      checkStart(subject);
      break;
    case STORED:
      checkEnd(subject);
      break;
    case TAKE:
      checkChange(subject, true, false);
      break;
    case GIVE:
      checkChange(subject, true, isNear);
      break;
    case CHANGE:
      checkChange(subject, (more & 1) !== 0, (more >> 1 & NEAR) !== 0);
      break;
    case ACQUISITION:
      checkAcquisition(subject, more !== 0);
  }
}

/** Tells the operation at `at`, of those that order tasks; answers how much longer than others it is. */
function order(ops: Int32Array, at: number): number {
  const subject = ops[at + 1] as number, more = ops[at + 2] as number;
  switch (ops[at]) {
    case RELEASE:
      syncRelease(subject);
      return 0;
    case ACQUIRE:
      syncAcquire(subject);
      return 0;
    case OBSERVE:
      acquireKept(subject);
      return 0;
    case SPAWN:
      syncSpawn(subject);
      return 0;
    case ENTER:
      enterSection(subject, more !== 0);
      return 0;
    case LEAVE:
      leaveSection(subject);
      return 0;
    case PERIOD:
      addPeriod(subject);
      return 0;
    case WAKES:
      noteWake(subject);
      return 0;
    case KEEP:
      keepFrom(subject, ops, at + 3, at + 3 + more);
      return more;
    case TAKEN:
      takenUnder(subject, ops, at + 3, at + 3 + more);
      return more;
    case WAITS:
      waitsHolding(subject, [...ops.subarray(at + 3, at + 3 + more)]);
      return more;
    default:
      throw new RangeError(`Cannot play ${ops[at]}: no such operation`);
  }
}
