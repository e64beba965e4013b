/**
 * Loose words: those of which two accesses could be a data race, as far as the steps of all tasks tell.
 * A word is loose with all that are the same but for names.
 *
 * It is not if one task alone accesses it, or nobody writes it, or all accesses are marked, or one lock is
 * held at all of them, which is its lockset (Savage et al., Eraser, SOSP 1997).
 */
import { ARENA_WORDS } from "../objects.ts";
import type { Owners } from "./owners.ts";

/** What is known of words that are the same but for names. */
interface Use {
  /** Who accesses them, as a number that is the same for tasks in the same place; `SEVERAL` if several do. */
  who: number;
  isWritten: boolean;
  isPlain: boolean;
  /** Locks that were held at each access, but for names. */
  guards: readonly number[];
}

const SEVERAL = -1;
const LOOSE = 1, TIGHT = 2;
/** Those who are nobody's have numbers above it, tasks that come of an alike thread below. */
const OTHERS = 1 << 20;
/** The loose words of one scenario. */
export class LooseWords {
  readonly #all: Owners;
  readonly #uses = new Map<number, Use>();
  readonly #acquired = new Set<number>();
  /** By word: whether it is loose, once that was asked. */
  readonly #answers = new Uint8Array(ARENA_WORDS);

  constructor(all: Owners) {
    this.#all = all;
  }

  /** Takes in an access of `task` with the locks at `held` in hand. */
  learn(
    task: number,
    word: number,
    isWrite: boolean,
    isMarked: boolean,
    held: readonly number[],
  ): void {
    const kind = this.#all.kindOf(word), who = this.#whoIs(task, word), use = this.#uses.get(kind);
    if (use === undefined) {
      const guards = held.map((lock) => this.#guardOf(lock, word)).filter((lock) => lock !== 0);
      this.#uses.set(kind, { who, isWritten: isWrite, isPlain: !isMarked, guards });
      return;
    }
    if (use.who !== who) use.who = SEVERAL;
    use.isWritten ||= isWrite;
    use.isPlain ||= !isMarked;
    const { guards } = use;
    for (let at = 0; at < guards.length; at++) {
      if (this.#isHeld(guards[at] as number, word, held)) continue;
      use.guards = guards.filter((guard) => this.#isHeld(guard, word, held));
      return;
    }
  }

  #isHeld(guard: number, word: number, held: readonly number[]): boolean {
    for (let at = 0; at < held.length; at++) {
      if (this.#guardOf(held[at] as number, word) === guard) return true;
    }
    return false;
  }

  /** Of `held`, the locks that are held at all accesses to `word`; none if only one task accesses it, or nobody writes it. */
  guardsOf(word: number, held: readonly number[]): readonly number[] {
    const use = this.#uses.get(this.#all.kindOf(word));
    if (use === undefined || use.who !== SEVERAL || !use.isWritten) return [];
    return held.filter((lock) => use.guards.includes(this.#guardOf(lock, word)));
  }

  /** Takes in that what was released to `address` is acquired. */
  acquire(address: number): void {
    this.#acquired.add(this.#all.kindOf(address));
  }

  /** Is what was released to `address` acquired by anybody, as far as is known by now? */
  isAcquired(address: number): boolean {
    return this.#acquired.has(this.#all.kindOf(address));
  }

  /** Is the word loose? All accesses are known. */
  has(word: number): boolean {
    let answer = this.#answers[word] as number;
    if (answer === 0) this.#answers[word] = answer = this.#isLoose(word) ? LOOSE : TIGHT;
    return answer === LOOSE;
  }

  #isLoose(word: number): boolean {
    const use = this.#uses.get(this.#all.kindOf(word));
    return use !== undefined && use.who === SEVERAL && use.isWritten && use.isPlain &&
      use.guards.length === 0;
  }

  /** Which of the tasks `task` is, as seen from the owner of `word`. */
  #whoIs(task: number, word: number): number {
    const owner = this.#all.at[word] as number, of = this.#all.ofTask[task] as number;
    if (of === 0) return OTHERS + task;
    return of === owner ? this.#all.numberOfTask[task] as number : SEVERAL;
  }

  /** A number of the lock that is the same for all words like `word`; 0 if there is none. */
  #guardOf(lock: number, word: number): number {
    const owner = this.#all.at[lock] as number;
    return owner === 0 || owner === this.#all.at[word] ? this.#all.kindOf(lock) : 0;
  }
}
