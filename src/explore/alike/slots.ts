/**
 * What makes up a state, in slots: one for each word, object and task. From one state to the next only
 * the slots that differ are set again, which is why the sums over them are kept.
 */

/** A number in two lanes that ties owners together, in this order. */
export interface Tie {
  readonly low: number;
  readonly high: number;
  readonly owners: readonly number[];
}

/** Stand in place of an owner plus one for a slot that holds nothing, and for one that ties several. */
const NOTHING = 0, TIES = 255;

/** The slots of one scenario. Owners are given as their number plus one, with 0 for nobody. */
export class Slots {
  /** By owner: what the slots give to it, summed up in two lanes. */
  readonly low: Int32Array;
  readonly high: Int32Array;
  /** By slot. */
  readonly ties = new Map<number, Tie>();
  /** By slot: what it holds, and for whom, plus one. */
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  readonly #owner: Uint8Array;
  /** By slot: a mask of owners that keep their names for its sake; and by owner how many slots those are. */
  readonly #pins = new Map<number, number>();
  readonly #pinned: Int32Array;

  /** `count` slots, which hold nothing, for `owners` owners. */
  constructor(count: number, owners: number) {
    this.low = new Int32Array(owners + 1);
    this.high = new Int32Array(owners + 1);
    this.#pinned = new Int32Array(owners);
    this.#low = new Int32Array(count);
    this.#high = new Int32Array(count);
    this.#owner = new Uint8Array(count);
  }

  /** Does the owner, given by its number, keep its name? */
  isPinned(owner: number): boolean {
    return (this.#pinned[owner] as number) > 0;
  }

  /** All slots hold nothing. */
  clearAll(): void {
    this.low.fill(0);
    this.high.fill(0);
    this.ties.clear();
    this.#owner.fill(NOTHING);
    this.#pins.clear();
    this.#pinned.fill(0);
  }

  /** The slot holds nothing. */
  clear(slot: number): void {
    const owner = this.#owner[slot] as number;
    if (owner === NOTHING) return;
    this.#owner[slot] = NOTHING;
    if (owner === TIES) this.ties.delete(slot);
    else this.#add(owner - 1, -(this.#low[slot] as number), -(this.#high[slot] as number));
    if (this.#pins.size > 0) this.pin(slot, 0);
  }

  /** The slot, which holds nothing, holds a number in two lanes for `owner`. */
  give(slot: number, owner: number, low: number, high: number): void {
    this.#owner[slot] = owner + 1;
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.#add(owner, low, high);
  }

  /** The slot, which holds nothing, holds a number in two lanes that ties `owners`. */
  tie(slot: number, low: number, high: number, owners: readonly number[]): void {
    this.#owner[slot] = TIES;
    this.ties.set(slot, { low, high, owners });
  }

  /** For the sake of `slot`, which holds something, the owners in the mask keep their names. */
  pin(slot: number, owners: number): void {
    const before = this.#pins.get(slot) ?? 0;
    if (before === owners) return;
    for (let at = 0; at < this.#pinned.length; at++) {
      const more = (owners >> at & 1) - (before >> at & 1);
      this.#pinned[at] = (this.#pinned[at] as number) + more;
    }
    if (owners === 0) this.#pins.delete(slot);
    else this.#pins.set(slot, owners);
  }

  #add(owner: number, low: number, high: number): void {
    this.low[owner] = (this.low[owner] as number) + low | 0;
    this.high[owner] = (this.high[owner] as number) + high | 0;
  }
}
