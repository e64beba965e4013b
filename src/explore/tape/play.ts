/** Tells the sanitizers and the search again what a tape holds; see `tape.ts` for the operations. */
import { acquireKept, keepFrom, syncAcquire, syncRelease, syncSpawn } from "../clocks.ts";
import { handOn } from "../links.ts";
import { addPeriod, noteWake, takenUnder, waitsHolding } from "../lockorder.ts";
import { noteTouch, useLook } from "../memory.ts";
import {
  noteAcquisition,
  noteChange,
  noteGive,
  noteHardware,
  noteRead,
  noteStart,
  noteStored,
  noteSync,
  noteTake,
} from "../observe.ts";
import { enterSection, leaveSection } from "../sections.ts";
import {
  ACQUIRE,
  ACQUISITION,
  CHANGE,
  ENTER,
  GIVE,
  HAND_ON,
  HARDWARE,
  KEEP,
  LEAVE,
  OBSERVE,
  PERIOD,
  READS,
  RELEASE,
  SPAWN,
  START,
  STORED,
  SYNC,
  TAKE,
  TAKEN,
  TOUCH,
  USES,
  WAITS,
  WAKES,
} from "./tape.ts";

/** Tells the running task's operations in `ops` from `start` to before `end`. */
export function play(ops: Int32Array, start: number, end: number): void {
  for (let at = start; at < end; at += 3) {
    const subject = ops[at + 1] as number, more = ops[at + 2] as number;
    switch (ops[at]) {
      case TOUCH:
        noteTouch(subject, (more & 1) !== 0, (more & 2) !== 0);
        break;
      case START:
        noteStart(subject);
        break;
      case STORED:
        noteStored(subject, more !== 0);
        break;
      case TAKE:
        noteTake(subject);
        break;
      case GIVE:
        noteGive(subject, more);
        break;
      case CHANGE:
        noteChange(subject, more >> 1, (more & 1) !== 0);
        break;
      case HAND_ON:
        handOn(subject, more);
        break;
      case SYNC:
        noteSync(subject, more);
        break;
      case READS:
        noteRead(subject);
        break;
      case USES:
        useLook(subject);
        break;
      case HARDWARE:
        noteHardware(subject, more !== 0);
        break;
      case ACQUISITION:
        noteAcquisition(subject, more !== 0);
        break;
      default:
        at += order(ops, at);
    }
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
