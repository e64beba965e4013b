/** Sets of accesses that steps make to words, and whether there may be a data race between two such sets. */
import { CHANGED, IS_READ } from "../tape/profile.ts";
import { EMPTY, PAIR, Sets, Table } from "./numbers.ts";
import type { Renamings } from "./renamings.ts";

/** An access to a word. */
export interface Access {
  readonly word: number;
  /** WRITTEN to TURNS, see profile.ts. */
  readonly how: number;
  readonly isMarked: boolean;
  /** The set of the words of the locks that are held for the task alone. */
  readonly held: number;
}

/** Numbers of words lie above it. */
const HOW = 3;

/** The accesses of one scenario, each as a number, and sets of them. */
export class Accesses {
  readonly sets = new Sets();
  /** Sets of words. */
  readonly words = new Sets();
  /** By the set of locks, and the rest. */
  readonly #numbers = new Table();
  readonly #all: Access[] = [];
  /** By set of accesses. */
  readonly #bits: (number | undefined)[] = [];
  readonly #beside = new Table();
  readonly #mayRace = new Map<number, boolean>();
  /** By renaming and set. */
  readonly #renamed: (number | undefined)[][] = [];
  readonly #renamings: Renamings;

  constructor(renamings: Renamings) {
    this.#renamings = renamings;
  }

  /** The number of an access. */
  of(word: number, how: number, isMarked: boolean, held: number): number {
    const key = word << HOW | how << 1 | (isMarked ? 1 : 0), row = this.#numbers.row(held);
    let number = row.get(key);
    if (number === undefined) {
      number = this.#all.push({ word, how, isMarked, held }) - 1;
      row.set(key, number);
    }
    return number;
  }

  /** Those of a set that are to other words than those of a set of words. */
  beside(words: number, set: number): number {
    const row = this.#beside.row(words);
    let left = row.get(set);
    if (left === undefined) {
      const freed = new Set(this.words.at(words));
      const members = this.sets.at(set);
      left = this.sets.of(members.filter((one) => !freed.has((this.#all[one] as Access).word)));
      row.set(set, left);
    }
    return left;
  }

  /** May an access of the later set race with one of the earlier? `turns` says that turns at counts matter. */
  mayRace(earlier: number, later: number, turns: boolean): boolean {
    if ((this.#bitsOf(earlier) & this.#bitsOf(later)) === 0) return false;
    const key = (earlier * PAIR + later) * 2 + (turns ? 1 : 0);
    let answer = this.#mayRace.get(key);
    if (answer === undefined) {
      const before = this.sets.at(earlier).map((access) => this.#all[access] as Access);
      answer = this.sets.at(later).some((number) => {
        const access = this.#all[number] as Access;
        return before.some((other) => this.#areInConflict(other, access, turns));
      });
      this.#mayRace.set(key, answer);
    }
    return answer;
  }

  /** Bits that two sets have in common if they have a word in common. */
  #bitsOf(set: number): number {
    let bits = this.#bits[set];
    if (bits === undefined) {
      bits = this.sets.at(set).reduce(
        (all, access) => all | 1 << (this.#all[access] as Access).word % 31,
        0,
      );
      this.#bits[set] = bits;
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
        const { word, how, isMarked, held } = this.#all[number] as Access;
        const locks = held === EMPTY ? EMPTY : this.words.of(
          this.words.at(held).map((lock) => renamings.word(renaming, lock)),
        );
        return this.of(renamings.word(renaming, word), how, isMarked, locks);
      }),
    );
    all[set] = renamed;
    return renamed;
  }

  #areInConflict(earlier: Access, later: Access, turns: boolean): boolean {
    if (earlier.word !== later.word || earlier.isMarked && later.isMarked) return false;
    if (earlier.how === IS_READ && later.how === IS_READ) return false;
    if (later.how === CHANGED && earlier.how >= CHANGED && !turns) return false;
    return this.words.both(earlier.held, later.held) === EMPTY;
  }
}
