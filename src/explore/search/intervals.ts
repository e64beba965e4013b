/**
 * When locks were held across steps on the current path: from the step that ended with the lock in
 * hand to the one that gave it back.
 */
import { ARENA_WORDS } from "../objects.ts";

/** No step. */
export const NONE = -1;

/** The depths of the step that took a lock and of the one that gave it back. */
export type Interval = readonly [from: number, to: number];

/** The intervals of all locks in one execution. */
export class Intervals {
  #execution = 0;
  /** By word, valid if the stamp is of this execution: its intervals, oldest first, and an open one. */
  readonly #stamp = new Int32Array(ARENA_WORDS);
  readonly #closed: Interval[][] = [];
  readonly #open = new Int32Array(ARENA_WORDS);

  /** Forgets all intervals. */
  beginExecution(): void {
    this.#execution++;
  }

  /**
   * The step at `depth` took the lock at `word` and kept it, or gave it back, or both; is it held
   * now? With `isShared` others may have held it all the time.
   */
  used(word: number, depth: number, isHeld: boolean, isShared: boolean): void {
    if (this.#stamp[word] !== this.#execution) {
      this.#stamp[word] = this.#execution;
      (this.#closed[word] ??= []).length = 0;
      this.#open[word] = NONE;
    }
    const from = this.#open[word] as number;
    if (from !== NONE && isHeld && isShared) return;
    if (from !== NONE) (this.#closed[word] as Interval[]).push([from, depth]);
    this.#open[word] = isHeld ? depth : NONE;
  }

  /** Since when the lock at `word` has been held; NONE if it is not. */
  open(word: number): number {
    return this.#stamp[word] === this.#execution ? this.#open[word] as number : NONE;
  }

  /** The latest interval of the lock at `word` for whose beginning `isWanted` says yes. */
  latest(word: number, isWanted: (from: number) => boolean): Interval | undefined {
    if (this.#stamp[word] !== this.#execution) return undefined;
    const closed = this.#closed[word] as readonly Interval[];
    for (let at = closed.length - 1; at >= 0; at--) {
      const interval = closed[at] as Interval;
      if (isWanted(interval[0])) return interval;
    }
    return undefined;
  }

  /** Since when the lock at `word` is held, or was until the step at `depth`; NONE if it was free. */
  heldSince(word: number, depth: number): number {
    const from = this.open(word);
    return from === NONE ? this.endingAt(word, depth)?.[0] ?? NONE : from;
  }

  /** The interval of the lock at `word` that the step at `depth` ended. */
  endingAt(word: number, depth: number): Interval | undefined {
    if (this.#stamp[word] !== this.#execution) return undefined;
    const latest = (this.#closed[word] as readonly Interval[]).at(-1);
    return latest?.[1] === depth ? latest : undefined;
  }

  /** The interval in which the lock at `word` was held just before the step at `depth`. */
  around(word: number, depth: number): Interval | undefined {
    const found = this.latest(word, (from) => from < depth);
    return found !== undefined && found[1] >= depth ? found : undefined;
  }
}
