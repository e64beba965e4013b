/** Reads what a way does that can race, and what it orders: for profile.ts. */
import { isDemoted } from "../objects.ts";
import type { Guards } from "./guards.ts";
import { type Access, CHANGED, IS_READ, TURNS, WRITTEN } from "./profile.ts";
import type { Sharing } from "./sharing.ts";
import {
  ACQUIRE,
  ACQUISITION,
  ALLOCATE,
  CHANGE,
  FREE,
  GIVE,
  KEEP,
  OBSERVE,
  RELEASE,
  SPAWN,
  TAKE,
  TOUCH,
} from "./tape.ts";
import type { Piece } from "./way.ts";

/** What there was in a way, and where. */
export class Reading {
  readonly accesses = new Map<number, Access>();
  readonly releases = new Map<number, number>();
  readonly acquires: number[] = [];
  readonly keeps: { readonly slot: number; readonly addresses: Int32Array }[] = [];
  readonly observes: { readonly slot: number; readonly at: number }[] = [];
  firstAccess = Infinity;
  firstSpawn = Infinity;
  firstAcquire = Infinity;
  lastAcquire = -1;

  access(word: number, how: number, isMarked: boolean, isOpen: boolean, at: number): void {
    const key = word << 4 | how << 2 | (isMarked ? 2 : 0) | (isOpen ? 1 : 0);
    const known = this.accesses.get(key);
    if (known !== undefined) known.last = at;
    else this.accesses.set(key, { word, how, isMarked, isOpen, first: at, last: at });
    this.firstAccess = Math.min(this.firstAccess, at);
  }
}

/** Reads the operations of `way`, which are in `ops`, as words are shared now. */
export function readWay(
  ops: Int32Array,
  way: Piece,
  sharing: Sharing,
  guards: Guards,
): Reading {
  const reading = new Reading();
  guards.each(ops, way, (at, isGuarded) => {
    const code = ops[at] as number, subject = ops[at + 1] as number, more = ops[at + 2] as number;
    // The operation before the first has a place too: nothing is known of a step up to 0.
    const here = at - way.ops + 1;
    const access = accessIn(code, subject, more);
    if (access !== null) {
      const end = code === ALLOCATE || code === FREE ? subject + more : subject + 1;
      for (let word = subject; word < end; word++) {
        if (!sharing.isShared(word)) continue;
        reading.access(word, access.how, access.isMarked, !isGuarded(word), here);
      }
    }
    switch (code) {
      case RELEASE:
        reading.releases.set(subject, here);
        break;
      case SPAWN:
        reading.firstSpawn = Math.min(reading.firstSpawn, here);
        break;
      case ACQUIRE:
      case OBSERVE:
        if (code === ACQUIRE) reading.acquires.push(subject);
        else reading.observes.push({ slot: subject, at: here });
        reading.firstAcquire = Math.min(reading.firstAcquire, here);
        reading.lastAcquire = here;
        break;
      case KEEP:
        reading.keeps.push({ slot: subject, addresses: ops.slice(at + 3, at + 3 + more) });
    }
  });
  return reading;
}

/** How an operation accesses a word, or all words of an object. */
export interface HowAccessed {
  /** As in {@link Access}. */
  readonly how: number;
  readonly isMarked: boolean;
}

/** How the operation accesses the word at `subject`, or as many from there on as `more` says; null if not at all. */
export function accessIn(code: number, subject: number, more: number): HowAccessed | null {
  switch (code) {
    case TOUCH:
      return accessed((more & 1) !== 0 ? WRITTEN : IS_READ, (more & 2) !== 0, subject);
    case ALLOCATE:
    case FREE:
      return accessed(WRITTEN, false, subject);
    case TAKE:
    case GIVE:
      return accessed(CHANGED, true, subject);
    case CHANGE:
      return accessed(TURNS, (more & 1) !== 0, subject);
    case ACQUISITION:
      return accessed(more !== 0 ? TURNS : IS_READ, true, subject);
    default:
      return null;
  }
}

/** One for all accesses of a kind: this is asked of every operation. */
const UNMARKED: readonly HowAccessed[] = [WRITTEN, IS_READ, CHANGED, TURNS].map((how) => ({
  how,
  isMarked: false,
}));
const MARKED: readonly HowAccessed[] = UNMARKED.map(({ how }) => ({ how, isMarked: true }));

function accessed(how: number, isMarked: boolean, word: number): HowAccessed {
  return (isMarked && isDemoted(word) ? MARKED : UNMARKED)[how] as HowAccessed;
}
