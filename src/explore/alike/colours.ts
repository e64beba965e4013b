/**
 * Owners told apart by what they have and by whom they are linked with, whatever they are called.
 *
 * What belongs to one owner is added to its colour. What ties several together refines their colours by
 * each other's until no more of them differ. In the order of colours they get new names, and the state in
 * these names is hashed. Where two have one colour the order between them is that of their old names:
 * then states that are the same but for names may get different hashes, and never the other way round.
 */
import type { StateKey } from "../search/stepper.ts";
import { scrambled } from "../tape/history.ts";
import type { Slots } from "./slots.ts";

const NAME = 0x6c8e9cf5, PIN = 0x27d4eb2f;

/** The number that `spread` made last, in two lanes. */
export let low = 0, high = 0;

/** Makes one number of three. */
export function spread(one: number, two: number, three = 0): void {
  low = scrambled(scrambled(one ^ Math.imul(two, 0x9e3779b1)) + three | 0);
  high = scrambled(scrambled(Math.imul(one, 0x85ebca77) - two | 0) ^ Math.imul(three, 0xc2b2ae3d));
}

/** The colours of the owners in one state. Owners are given as their number plus one. */
export class Colours {
  readonly #groups: readonly number[];
  readonly #slots: Slots;
  /** By owner: its colour as it is by itself, in two lanes. */
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  /** By owner: its colour as refined so far, and as it will be. */
  #refined: Int32Array;
  #next: Int32Array;
  /** By owner: its new name. */
  readonly #names: Int32Array;

  /** By owner the group that it is of; what makes up the state is in `slots`. */
  constructor(groups: readonly number[], slots: Slots) {
    this.#groups = groups;
    this.#slots = slots;
    this.#low = new Int32Array(groups.length);
    this.#high = new Int32Array(groups.length);
    this.#refined = new Int32Array(groups.length);
    this.#next = new Int32Array(groups.length);
    this.#names = new Int32Array(groups.length);
  }

  /** Names the owners anew, and answers the hash of the state in these names. */
  hash(): StateKey {
    this.#begin();
    this.#refined.set(this.#low);
    for (let distinct = 0;;) {
      const now = this.#rank();
      if (now === this.#refined.length || now === distinct) break;
      distinct = now;
      this.#refine();
    }
    return this.#named();
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
    return before.low === after.low && before.high === after.high;
  }

  /** Of each owner it counts what it has, its group and whether it keeps its name. */
  #begin(): void {
    const slots = this.#slots, groups = this.#groups;
    for (let at = 0; at < groups.length; at++) {
      spread(PIN, groups[at] as number, slots.isPinned(at) ? at + 1 : 0);
      this.#low[at] = (slots.low[at + 1] as number) + low;
      this.#high[at] = (slots.high[at + 1] as number) + high;
    }
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

  #refine(): void {
    const old = this.#refined, next = this.#next;
    next.set(old);
    for (const tie of this.#slots.ties.values()) {
      const { owners } = tie;
      let hash = tie.low;
      for (const owner of owners) hash = scrambled(hash + (old[owner - 1] as number) | 0);
      for (let of = 0; of < owners.length; of++) {
        const owner = (owners[of] as number) - 1;
        next[owner] = (next[owner] as number) + scrambled(hash + of | 0) | 0;
      }
    }
    this.#refined = next;
    this.#next = old;
  }

  /** A hash of the state in the new names. */
  #named(): StateKey {
    const slots = this.#slots, names = this.#names;
    let allLow = slots.low[0] as number, allHigh = slots.high[0] as number;
    for (let at = 0; at < names.length; at++) {
      spread(this.#low[at] as number, names[at] as number, this.#high[at] as number);
      allLow = allLow + low | 0;
      allHigh = allHigh + high | 0;
    }
    for (const tie of slots.ties.values()) {
      let tieLow = tie.low, tieHigh = tie.high;
      for (const owner of tie.owners) {
        const name = names[owner - 1] as number;
        tieLow = scrambled(tieLow + name | 0);
        tieHigh = scrambled(tieHigh ^ Math.imul(name, NAME));
      }
      allLow = allLow + tieLow | 0;
      allHigh = allHigh + tieHigh | 0;
    }
    return { low: allLow, high: allHigh };
  }
}
