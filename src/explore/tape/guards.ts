/**
 * Which lock guards which word: the one that was held whenever a lock was held at an access. Of two
 * accesses under it neither can race with the other.
 */
import { ARENA_WORDS } from "../objects.ts";
import type { Sharing } from "./sharing.ts";
import {
  ACQUISITION,
  ALLOCATE,
  CHANGE,
  ENTER,
  FREE,
  GIVE,
  hasList,
  LEAVE,
  TAKE,
  TOUCH,
} from "./tape.ts";
import type { Piece } from "./way.ts";

/** Is the word accessed under its guard? */
export type IsGuarded = (word: number) => boolean;

/** Called with an operation at `at` in `ops`, but for those that take locks, and the words of the locks held there. */
export type Visit = (ops: Int32Array, at: number, held: readonly number[]) => void;

/** The guards of the words of one scenario. */
export class Guards {
  /** By word: locks that were held whenever one was, outermost first, by their words. */
  readonly #guards: (readonly number[] | undefined)[] = new Array(ARENA_WORDS);
  readonly #sharing: Sharing;

  constructor(sharing: Sharing) {
    this.#sharing = sharing;
  }

  /** Takes in what a new way does. */
  learn(ops: Int32Array, way: Piece): void {
    walk(ops, way, (_, at, held) => {
      const code = ops[at] as number, word = ops[at + 1] as number;
      if (held.length === 0) return;
      if (
        code === TOUCH || code === TAKE || code === GIVE || code === CHANGE || code === ACQUISITION
      ) {
        this.#narrow(word, held);
      } else if (code === ALLOCATE || code === FREE) {
        for (let each = word; each < word + (ops[at + 2] as number); each++) {
          this.#narrow(each, held);
        }
      }
    });
  }

  #narrow(word: number, held: readonly number[]): void {
    const known = this.#guards[word];
    if (known === undefined) {
      this.#guards[word] = [...held];
      return;
    }
    const left = known.filter((lock) => held.includes(lock));
    if (left.length === known.length) return;
    this.#guards[word] = left;
    // What was said of other ways is not true any more.
    if (left[0] !== known[0]) this.#sharing.change(word);
  }

  /** Visits the operations of `way`, which are in `ops`. */
  each(ops: Int32Array, way: Piece, visit: (at: number, isGuarded: IsGuarded) => void): void {
    walk(ops, way, (_, at, held) => {
      visit(at, (word) => {
        const guard = this.#guards[word]?.[0];
        return guard !== undefined && held.includes(guard);
      });
    });
  }
}

/** Visits operations with the words of the locks that are held for the task alone. */
export function walk(
  ops: Int32Array,
  { ops: start, opsEnd, start: { state } }: Piece,
  visit: Visit,
): void {
  const held: number[] = [];
  for (const { lock, kind } of state.held) {
    if (kind === "spinlock" || kind === "mutex") held.push(lock.address + 1);
  }
  for (let at = start; at < opsEnd; at += 3) {
    const code = ops[at] as number, subject = ops[at + 1] as number;
    if (code === ENTER && ops[at + 2] === 0) held.push(subject);
    else if (code === LEAVE) {
      visit(ops, at, held);
      const index = held.lastIndexOf(subject);
      if (index >= 0) held.splice(index, 1);
    } else visit(ops, at, held);
    if (hasList(code)) at += ops[at + 2] as number;
  }
}
