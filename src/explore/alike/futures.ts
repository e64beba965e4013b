/**
 * What follows a state: how tasks use words, on any path from there on. A step that commutes with all of that need
 * not be tried after any of it: alone it is a persistent set (Godefroid, Partial-Order Methods for the Verification
 * of Concurrent Systems, 1996, section 4.1). What others do without it is what they do after it, since they commute.
 *
 * Uses are kept by the owner of the words, as if all were the words of the first that is like the owner. So to give
 * others their place moves a few numbers. Whose steps they are is not kept: a task is taken to stand in its own way.
 */
import { READ, WORD_BITS, WORD_MASK } from "../footprint.ts";
import { awakensAny, foldedIn, holdsEntered, type Uses, WordNumbers } from "../search/kind.ts";
import type { Variant } from "../tape/uses.ts";
import { Lists, Table } from "./numbers.ts";
import { IDENTITY, type Renamings } from "./renamings.ts";

/** By owner, as its number plus one, with those of nobody's words first: a number for their uses. Null if nobody knows. */
export type Future = readonly number[] | null;

/** Nothing follows; and the number of no uses. */
export const NO_FUTURE: Future = [];
const NO_USES = 0;

const APART = 1, TOGETHER = 2;

/** The futures in one scenario. */
export class Futures {
  readonly #renamings: Renamings;
  /** By owner: the first that is like it. */
  readonly #first: (number | undefined)[] = [];
  readonly #numbers = new WordNumbers();
  readonly #uses: Uses[] = [{ sets: new Int32Array(0), folded: 0 }];
  readonly #byText = new Map<string, number>([["", NO_USES]]);
  /** Footprints, and by their numbers what they have. */
  readonly #lists = new Lists();
  readonly #ofList: (number | undefined)[] = [];
  readonly #either = new Table();
  readonly #apart = new Table();
  /** By variant. */
  readonly #ofVariant: (Future | undefined)[] = [];

  constructor(renamings: Renamings) {
    this.#renamings = renamings;
  }

  /** What a step of the variant does, to words that are not shared too. */
  of(variant: Variant): Future {
    const known = this.#ofVariant[variant.id];
    if (known !== undefined) return known;
    const { kind: { footprint }, way: { uses: { rest } } } = variant;
    // A step that made a task may have used words that are this task's.
    this.#renamings.see();
    const split = this.#split(footprint, rest);
    if (split !== null) this.#ofVariant[variant.id] = split;
    return split;
  }

  /** What tasks would do that wait for ever, for the sake of these words. */
  ofWaiting(words: readonly number[]): Future {
    return this.#split(words.map((word) => word | READ << WORD_BITS));
  }

  /** What is in one of them. */
  either(one: Future, other: Future): Future {
    if (one === null || other === null) return null;
    if (one === other || other.length === 0) return one;
    if (one.length === 0) return other;
    const [shorter, longer] = one.length < other.length ? [one, other] : [other, one];
    let all: number[] | null = null;
    for (let owner = 0; owner < shorter.length; owner++) {
      const before = longer[owner] as number;
      const uses = this.#eitherUses(before, shorter[owner] as number);
      if (uses !== before) (all ??= longer.slice())[owner] = uses;
    }
    return all ?? longer;
  }

  /** The future with others in the places of those in it. */
  renamed(future: Future, renaming: number): Future {
    if (future === null || renaming === IDENTITY) return future;
    const all: number[] = [];
    for (let owner = 0; owner < future.length; owner++) {
      const uses = future[owner] as number;
      if (uses === NO_USES) continue;
      const other = this.#renamings.owner(renaming, owner);
      while (all.length <= other) all.push(NO_USES);
      all[other] = uses;
    }
    return all;
  }

  /** What follows a state that `swaps` make no difference to follows it with others in each other's place too. */
  withTwins(future: Future, swaps: readonly number[]): Future {
    for (let all = future;;) {
      const before = all;
      for (const swap of swaps) all = this.either(all, this.renamed(all, swap));
      if (all === before) return all;
    }
  }

  /** Does a step that does `one` commute with all that follows? */
  isApart(one: Future, future: Future): boolean {
    if (one === null || future === null) return false;
    const end = Math.min(one.length, future.length);
    for (let owner = 0; owner < end; owner++) {
      if (!this.#areApart(one[owner] as number, future[owner] as number)) return false;
    }
    return true;
  }

  /** The uses in footprints; null where there is not yet who is first of those like an owner. */
  #split(...footprints: readonly ArrayLike<number>[]): Future {
    const byOwner: number[][] = [], renamings = this.#renamings;
    for (const footprint of footprints) {
      for (let at = 0; at < footprint.length; at++) {
        const entry = footprint[at] as number, word = entry & WORD_MASK;
        const owner = renamings.ownerOfWord(word), first = this.#firstLike(owner, word);
        if (first === 0 && word !== 0) return null;
        while (byOwner.length <= owner) byOwner.push([]);
        (byOwner[owner] as number[]).push(first | entry >>> WORD_BITS << WORD_BITS);
      }
    }
    return byOwner.map((entries) => this.#usesOf(entries));
  }

  /** The word of the first that is like `owner`, in the place of `word`; 0 if there is none. */
  #firstLike(owner: number, word: number): number {
    if (owner === 0) return word;
    const first = this.#first[owner] ??= this.#renamings.like(owner)[0] as number;
    return first === owner ? word : this.#renamings.wordOf(first, word);
  }

  #usesOf(entries: readonly number[]): number {
    if (entries.length === 0) return NO_USES;
    const list = this.#lists.of(entries);
    return this.#ofList[list] ??= this.#numberOf(this.#numbers.setsOf(entries));
  }

  #numberOf(sets: Int32Array): number {
    let end = sets.length;
    while (end > 0 && sets[end - 1] === 0) end--;
    const text = sets.subarray(0, end).join();
    let number = this.#byText.get(text);
    if (number === undefined) {
      number = this.#uses.push({ sets, folded: foldedIn(sets) }) - 1;
      this.#byText.set(text, number);
    }
    return number;
  }

  #eitherUses(one: number, other: number): number {
    if (one === other || other === NO_USES) return one;
    if (one === NO_USES) return other;
    const known = this.#either.row(one);
    let uses = known.get(other);
    if (uses === undefined) {
      const first = (this.#uses[one] as Uses).sets, second = (this.#uses[other] as Uses).sets;
      const all = new Int32Array(Math.max(first.length, second.length));
      all.set(first);
      for (let at = 0; at < second.length; at++) {
        all[at] = (all[at] as number) | (second[at] as number);
      }
      known.set(other, uses = this.#numberOf(all));
    }
    return uses;
  }

  #areApart(one: number, other: number): boolean {
    if (one === NO_USES || other === NO_USES) return true;
    const known = this.#apart.row(one);
    let answer = known.get(other);
    if (answer === undefined) {
      const first = this.#uses[one] as Uses, second = this.#uses[other] as Uses;
      const isApart = !awakensAny(first, second) && !awakensAny(second, first) &&
        !holdsEntered(first, second) && !holdsEntered(second, first);
      known.set(other, answer = isApart ? APART : TOGETHER);
    }
    return answer === APART;
  }
}
