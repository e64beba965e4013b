/** How words are used, and under which locks, as numbers: equal for what is the same. */
import { awakensAny, foldedIn, holdsEntered, type Uses, WordNumbers } from "../search/kind.ts";
import { Lists, PAIR, Table } from "./numbers.ts";

/** Stands for no uses. */
export const NO_USES = 0;

const APART = 1, TOGETHER = 2;

/**
 * Uses of words in one scenario. Under each set of locks, given as a mask, there are other uses; those under one are
 * what tasks do that had all of its locks in hand, or stood before them.
 */
export class GuardedUses {
  readonly #words = new WordNumbers();
  /** By number: uses under whatever locks, and their sets. */
  readonly #uses: Uses[] = [];
  readonly #sets = new Lists();
  /** By number: a mask and the uses under it, in turns, in the order of masks. */
  readonly #parts = new Lists();
  /** Footprints, and by their numbers their uses. */
  readonly #footprints = new Lists();
  readonly #ofFootprint: (number | undefined)[] = [];
  readonly #either = new Table();
  readonly #under = new Table();
  readonly #apart = new Map<number, Map<number, number>>();

  constructor() {
    this.#parts.of([]);
  }

  /** The number of what `footprint` has, under `locks`. */
  of(footprint: readonly number[], locks: number): number {
    if (footprint.length === 0) return NO_USES;
    const list = this.#footprints.of(footprint);
    const uses = this.#ofFootprint[list] ??= this.#numberOf(this.#words.setsOf(footprint));
    return this.#parts.of([locks, uses]);
  }

  /** What is in one of them. */
  either(one: number, other: number): number {
    if (one === other || other === NO_USES) return one;
    if (one === NO_USES) return other;
    const known = this.#either.row(one);
    let all = known.get(other);
    if (all === undefined) {
      known.set(
        other,
        all = this.#parts.of(this.#merged([one, other].map((each) => this.#parts.at(each)))),
      );
    }
    return all;
  }

  /** The same, with all of it under `locks` too. */
  under(uses: number, locks: number): number {
    if (uses === NO_USES || locks === 0) return uses;
    const known = this.#under.row(uses);
    let under = known.get(locks);
    if (under === undefined) {
      const parts = this.#parts.at(uses), each: number[][] = [];
      for (let at = 0; at < parts.length; at += 2) {
        each.push([(parts[at] as number) | locks, parts[at + 1] as number]);
      }
      known.set(locks, under = this.#parts.of(this.#merged(each)));
    }
    return under;
  }

  /** Does `one` commute with all of `other` that can be while a task has the locks in `held` in hand? */
  areApart(one: number, other: number, held: number): boolean {
    if (one === NO_USES || other === NO_USES) return true;
    const pair = one * PAIR + other;
    let known = this.#apart.get(pair);
    if (known === undefined) this.#apart.set(pair, known = new Map());
    let answer = known.get(held);
    if (answer === undefined) {
      known.set(held, answer = this.#commute(one, other, held) ? APART : TOGETHER);
    }
    return answer === APART;
  }

  #commute(one: number, other: number, held: number): boolean {
    const mine = this.#parts.at(one), theirs = this.#parts.at(other);
    for (let at = 1; at < mine.length; at += 2) {
      const first = this.#uses[mine[at] as number] as Uses;
      for (let their = 0; their < theirs.length; their += 2) {
        if (((theirs[their] as number) & held) !== 0) continue;
        const second = this.#uses[theirs[their + 1] as number] as Uses;
        if (awakensAny(first, second) || awakensAny(second, first)) return false;
        if (holdsEntered(first, second) || holdsEntered(second, first)) return false;
      }
    }
    return true;
  }

  /** Masks and uses in turns, out of some lists of these: each mask once, in their order. */
  #merged(lists: readonly (readonly number[])[]): number[] {
    const byMask = new Map<number, number>();
    for (const list of lists) {
      for (let at = 0; at < list.length; at += 2) {
        const mask = list[at] as number, uses = list[at + 1] as number, before = byMask.get(mask);
        byMask.set(mask, before === undefined ? uses : this.#joined(before, uses));
      }
    }
    return [...byMask].sort(([one], [other]) => one - other).flat();
  }

  #joined(one: number, other: number): number {
    if (one === other) return one;
    const first = (this.#uses[one] as Uses).sets, second = (this.#uses[other] as Uses).sets;
    const all = new Int32Array(Math.max(first.length, second.length));
    all.set(first);
    for (let at = 0; at < second.length; at++) {
      all[at] = (all[at] as number) | (second[at] as number);
    }
    return this.#numberOf(all);
  }

  #numberOf(sets: Int32Array): number {
    let end = sets.length;
    while (end > 0 && sets[end - 1] === 0) end--;
    const number = this.#sets.of([...sets.subarray(0, end)]);
    if (number === this.#uses.length) this.#uses.push({ sets, folded: foldedIn(sets) });
    return number;
  }
}
