/**
 * When locks were held across steps on the current path: from the step that ended with the lock in
 * hand to the one that gave it back.
 */
import { ARENA_WORDS } from "../objects.ts";

/** No step. */
export const NONE = -1;

/** The depths of the step that took a lock and of the one that gave it back. */
export type Interval = readonly [from: number, to: number];

const NO_INTERVALS: readonly Interval[] = [];

/** How the intervals of a lock changed with a step. */
interface Change {
  readonly depth: number;
  readonly word: number;
  /** What was open before. */
  readonly open: number;
  readonly hasClosed: boolean;
}

/** The intervals of all locks on one path, which grows and shrinks at its end. */
export class Intervals {
  /** By word: its intervals, oldest first. */
  readonly #closed: (Interval[] | undefined)[] = [];
  /** By word: the step that took the lock and kept it. */
  readonly #open = new Int32Array(ARENA_WORDS).fill(NONE);
  /** What to undo, latest last. */
  readonly #log: Change[] = [];

  /** Was any lock held across steps? */
  get any(): boolean {
    return this.#log.length > 0;
  }

  /** Forgets what the steps from `depth` on did. */
  undoTo(depth: number): void {
    for (let last = this.#log.at(-1); last !== undefined && last.depth >= depth;) {
      if (last.hasClosed) this.#closed[last.word]?.pop();
      this.#open[last.word] = last.open;
      this.#log.pop();
      last = this.#log.at(-1);
    }
  }

  /**
   * The step at `depth` took the lock at `word` and kept it, or gave it back, or both; is it held
   * now? With `isShared` others may have held it all the time.
   */
  used(word: number, depth: number, isHeld: boolean, isShared: boolean): void {
    const open = this.#open[word] as number;
    if (open !== NONE && isHeld && isShared) return;
    if (open !== NONE) (this.#closed[word] ??= []).push([open, depth]);
    this.#log.push({ depth, word, open, hasClosed: open !== NONE });
    this.#open[word] = isHeld ? depth : NONE;
  }

  /** Since when the lock at `word` has been held; NONE if it is not. */
  open(word: number): number {
    return this.#open[word] as number;
  }

  /** The intervals of the lock at `word` that have ended, oldest first. */
  ended(word: number): readonly Interval[] {
    return this.#closed[word] ?? NO_INTERVALS;
  }

  /** Since when the lock at `word` is held, or was until the step at `depth`; NONE if it was free. */
  heldSince(word: number, depth: number): number {
    const from = this.open(word);
    return from === NONE ? this.endingAt(word, depth)?.[0] ?? NONE : from;
  }

  /** The interval of the lock at `word` that the step at `depth` ended. */
  endingAt(word: number, depth: number): Interval | undefined {
    const latest = this.#closed[word]?.at(-1);
    return latest?.[1] === depth ? latest : undefined;
  }

  /** Did the step at `depth` take the lock at `word` and keep it? */
  begins(word: number, depth: number): boolean {
    return this.#open[word] === depth || this.ended(word).some(([from]) => from === depth);
  }

  /** The words of the locks that were held just before the step at `depth`. */
  wordsAround(depth: number): number[] {
    const found = new Set<number>();
    for (const { word } of this.#log) {
      if (this.takenBefore(word, depth) !== NONE) found.add(word);
    }
    return [...found].sort((one, other) => one - other);
  }

  /** The step that had taken the lock at `word` which was held just before the step at `depth`. */
  takenBefore(word: number, depth: number): number {
    const open = this.#open[word] as number;
    if (open !== NONE && open < depth) return open;
    return this.around(word, depth)?.[0] ?? NONE;
  }

  /** The interval in which the lock at `word` was held just before the step at `depth`. */
  around(word: number, depth: number): Interval | undefined {
    const ended = this.ended(word);
    for (let at = ended.length - 1; at >= 0; at--) {
      const interval = ended[at] as Interval;
      if (interval[0] < depth) return interval[1] >= depth ? interval : undefined;
    }
    return undefined;
  }
}
