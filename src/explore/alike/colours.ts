/**
 * Owners told apart by what they have and by whom they are linked with, whatever they are called.
 *
 * What belongs to one owner is added to its colour. What ties several together refines their colours by
 * each other's until no more of them differ. In the order of colours they get new names, and the state in
 * these names is hashed. Where two have one colour the order between them is that of their old names:
 * then states that are the same but for names may get different hashes, and never the other way round.
 */
import { scrambled } from "../tape/history.ts";

const NAME = 0x6c8e9cf5;

/** The number that `spread` made last, in two lanes. */
export let low = 0, high = 0;

/** Makes one number of three. */
export function spread(one: number, two: number, three = 0): void {
  low = scrambled(scrambled(one ^ Math.imul(two, 0x9e3779b1)) + three | 0);
  high = scrambled(scrambled(Math.imul(one, 0x85ebca77) - two | 0) ^ Math.imul(three, 0xc2b2ae3d));
}

/** The colours of the owners in one state. Owners are given as their number plus one. */
export class Colours {
  /** By owner: its colour as it is by itself, in two lanes. */
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  /** What belongs to nobody. */
  #baseLow = 0;
  #baseHigh = 0;
  /** What ties owners together: a number in two lanes, how many they are, and the owners. */
  readonly #ties: number[] = [];
  /** By owner: its colour as refined so far, and as it will be. */
  #refined: Int32Array;
  #next: Int32Array;
  /** By owner: its new name. */
  readonly #names: Int32Array;

  constructor(count: number) {
    this.#low = new Int32Array(count);
    this.#high = new Int32Array(count);
    this.#refined = new Int32Array(count);
    this.#next = new Int32Array(count);
    this.#names = new Int32Array(count);
  }

  /** Begins with another state. */
  begin(): void {
    this.#low.fill(0);
    this.#high.fill(0);
    this.#ties.length = this.#baseLow = this.#baseHigh = 0;
  }

  /** Adds the number that was made last to the colour of `owner`, or with 0 to what belongs to nobody. */
  give(owner: number): void {
    if (owner === 0) {
      this.#baseLow = this.#baseLow + low | 0;
      this.#baseHigh = this.#baseHigh + high | 0;
    } else {
      this.#low[owner - 1] = (this.#low[owner - 1] as number) + low | 0;
      this.#high[owner - 1] = (this.#high[owner - 1] as number) + high | 0;
    }
  }

  /** The number that was made last ties `owners`, in this order. */
  tie(...owners: readonly number[]): void {
    this.#ties.push(low, high, owners.length, ...owners);
  }

  /** Names the owners anew, and answers the hash of the state in these names. */
  hash(): string {
    this.#refined.set(this.#low);
    for (let distinct = 0;;) {
      const now = this.#rank();
      if (now === this.#refined.length || now === distinct) break;
      distinct = now;
      this.#refine();
    }
    return this.#named();
  }

  /** Names the owners in the order of their colours, and of their numbers; answers how many colours there are. */
  #rank(): number {
    const colours = this.#refined;
    let distinct = 0;
    // There are few owners: each is held against each.
    for (let at = 0; at < colours.length; at++) {
      const colour = colours[at] as number;
      let below = 1, isFirst = true;
      for (let other = 0; other < colours.length; other++) {
        const its = colours[other] as number;
        if (its < colour || its === colour && other < at) below++;
        if (its === colour && other < at) isFirst = false;
      }
      this.#names[at] = below;
      if (isFirst) distinct++;
    }
    return distinct;
  }

  /** The new name of `owner`. */
  nameOf(owner: number): number {
    return this.#names[owner - 1] as number;
  }

  /** Is the state the same with the two owners in each other's place? */
  areTwins(one: number, other: number): boolean {
    const first = one - 1, second = other - 1, names = this.#names;
    if (this.#refined[first] !== this.#refined[second]) return false;
    const before = this.#named(), name = names[first] as number;
    names[first] = names[second] as number;
    names[second] = name;
    const after = this.#named();
    names[second] = names[first] as number;
    names[first] = name;
    return before === after;
  }

  #refine(): void {
    const ties = this.#ties, old = this.#refined, next = this.#next;
    next.set(old);
    for (let at = 0; at < ties.length;) {
      let hash = ties[at] as number;
      const first = at + 3, end = first + (ties[at + 2] as number);
      for (let of = first; of < end; of++) {
        hash = scrambled(hash + (old[(ties[of] as number) - 1] as number) | 0);
      }
      for (let of = first; of < end; of++) {
        const owner = (ties[of] as number) - 1;
        next[owner] = (next[owner] as number) + scrambled(hash + of - first | 0) | 0;
      }
      at = end;
    }
    this.#refined = next;
    this.#next = old;
  }

  /** A hash of the state in the new names. */
  #named(): string {
    const ties = this.#ties, names = this.#names;
    let one = this.#baseLow, two = this.#baseHigh;
    for (let at = 0; at < names.length; at++) {
      spread(this.#low[at] as number, names[at] as number, this.#high[at] as number);
      one = one + low | 0;
      two = two + high | 0;
    }
    for (let at = 0; at < ties.length;) {
      let tieLow = ties[at] as number, tieHigh = ties[at + 1] as number;
      const first = at + 3, end = first + (ties[at + 2] as number);
      for (let of = first; of < end; of++) {
        const name = names[(ties[of] as number) - 1] as number;
        tieLow = scrambled(tieLow + name | 0);
        tieHigh = scrambled(tieHigh ^ Math.imul(name, NAME));
      }
      one = one + tieLow | 0;
      two = two + tieHigh | 0;
      at = end;
    }
    return `${one},${two}`;
  }
}
