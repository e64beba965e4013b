/** Sets of accesses that steps make to words, and whether there may be a data race between two such sets. */
import { CHANGED, IS_READ } from "../tape/profile.ts";
import { Lists, PAIR, Sets } from "./numbers.ts";
import type { Renamings } from "./renamings.ts";

/** An access to a word. */
export interface Access {
  readonly word: number;
  /** WRITTEN to TURNS, see profile.ts. */
  readonly how: number;
  readonly isMarked: boolean;
  /** The words of the locks that are held for the task alone. */
  readonly held: readonly number[];
}

/** The accesses of one scenario, each as a number, and sets of them. */
export class Accesses {
  readonly sets = new Sets();
  readonly #numbers = new Lists();
  readonly #all: Access[] = [];
  readonly #words: (number | undefined)[] = [];
  readonly #mayRace = new Map<number, boolean>();
  /** By renaming and set. */
  readonly #renamed: (number | undefined)[][] = [];
  readonly #renamings: Renamings;

  constructor(renamings: Renamings) {
    this.#renamings = renamings;
  }

  /** The number of an access. */
  of(access: Access): number {
    const { word, how, isMarked, held } = access;
    const locks = held.length > 1 ? held.toSorted((one, two) => one - two) : held;
    const number = this.#numbers.of([word, how * 2 + (isMarked ? 1 : 0), ...locks]);
    this.#all[number] ??= access;
    return number;
  }

  /** Those of a set that are to other words than these. */
  beside(words: ReadonlySet<number>, set: number): number {
    const members = this.sets.at(set);
    const left = members.filter((number) => !words.has((this.#all[number] as Access).word));
    return left.length === members.length ? set : this.sets.of(left);
  }

  /** May an access of the later set race with one of the earlier? `turns` says that turns at counts matter. */
  mayRace(earlier: number, later: number, turns: boolean): boolean {
    if ((this.#wordsOf(earlier) & this.#wordsOf(later)) === 0) return false;
    const key = (earlier * PAIR + later) * 2 + (turns ? 1 : 0);
    let answer = this.#mayRace.get(key);
    if (answer === undefined) {
      const before = this.sets.at(earlier).map((access) => this.#all[access] as Access);
      answer = this.sets.at(later).some((number) => {
        const access = this.#all[number] as Access;
        return before.some((other) => areInConflict(other, access, turns));
      });
      this.#mayRace.set(key, answer);
    }
    return answer;
  }

  /** Bits that two sets have in common if they have a word in common. */
  #wordsOf(set: number): number {
    let bits = this.#words[set];
    if (bits === undefined) {
      bits = this.sets.at(set).reduce(
        (all, access) => all | 1 << (this.#all[access] as Access).word % 31,
        0,
      );
      this.#words[set] = bits;
    }
    return bits;
  }

  /** The same accesses by those who are in the place of those who make them. */
  renamed(renaming: number, set: number): number {
    const all = this.#renamed[renaming] ??= [], known = all[set];
    if (known !== undefined) return known;
    const renamings = this.#renamings;
    const renamed = this.sets.of(
      this.sets.at(set).map((number) => {
        const access = this.#all[number] as Access;
        return this.of({
          ...access,
          word: renamings.word(renaming, access.word),
          held: access.held.map((lock) => renamings.word(renaming, lock)),
        });
      }),
    );
    all[set] = renamed;
    return renamed;
  }
}

function areInConflict(earlier: Access, later: Access, turns: boolean): boolean {
  if (earlier.word !== later.word || earlier.isMarked && later.isMarked) return false;
  if (earlier.how === IS_READ && later.how === IS_READ) return false;
  if (later.how === CHANGED && earlier.how >= CHANGED && !turns) return false;
  return !earlier.held.some((lock) => later.held.includes(lock));
}
