/**
 * Who can know of accesses: tasks, which do all that they do from here on after these; and addresses and
 * slots, from where others come to know of them. Each has a bit, so that a set of them is a few words.
 */
import { KEEP_LIMIT } from "../clocks.ts";
import { TASK_LIMIT } from "../objects.ts";
import type { Renamings } from "./renamings.ts";

/** Bits in a word. Tasks have those of the first. */
const WORD = 32;
/** Words that a lock guards are counted from the first, slots from the second, and addresses below. */
const GUARDED = 1 << 20, SLOTS = 1 << 24;

/** How a word is used in a section: written, read, or changed in a way that commutes with other changes. */
export type Use = 0 | 1 | 2;
const USES = 3;

/** The knowers of one scenario. */
export class Knowers {
  readonly #renamings: Renamings;
  /** By bit from that of the first address on: the address, guarded word with its use, or slot. */
  readonly #places: number[] = [];
  readonly #bits = new Map<number, number>();
  readonly #renamed: (Int32Array | undefined)[] = [];

  constructor(renamings: Renamings) {
    this.#renamings = renamings;
  }

  /** How many words a set takes. */
  get words(): number {
    return 1 + Math.ceil(this.#places.length / WORD);
  }

  /** The bit of what is released to an address. */
  ofAddress(address: number): number {
    return this.#bitOf(address, () => this.#renamings.wordsLike(address));
  }

  /** The bit of what is done up to the end of a section under the lock that guards `word`, which is used there so. */
  ofSections(word: number, use: Use): number {
    return this.#bitOf(GUARDED + word * USES + use, () => {
      return this.#renamings.wordsLike(word).map((other) => GUARDED + other * USES + use);
    });
  }

  /** The bit of what is kept in a slot. */
  ofSlot(slot: number): number {
    return this.#bitOf(SLOTS + slot, () => {
      const tasks = this.#renamings.tasksLike(Math.floor(slot / KEEP_LIMIT));
      return tasks.map((task) => SLOTS + task * KEEP_LIMIT + slot % KEEP_LIMIT);
    });
  }

  /** By bit: that of who is in its place. */
  renamed(renaming: number): Int32Array {
    let bits = this.#renamed[renaming];
    if (bits === undefined) {
      bits = new Int32Array(this.words * WORD);
      for (let task = 0; task < TASK_LIMIT; task++) {
        bits[task] = this.#renamings.task(renaming, task);
      }
      for (const [at, place] of this.#places.entries()) {
        bits[WORD + at] = this.#bits.get(this.#inPlaceOf(renaming, place)) as number;
      }
      this.#renamed[renaming] = bits;
    }
    return bits;
  }

  /** All that could be in the place of one that has a bit have one too. */
  #bitOf(place: number, like: () => readonly number[]): number {
    let bit = this.#bits.get(place);
    if (bit === undefined) {
      for (const other of like()) this.#bits.set(other, WORD + this.#places.push(other) - 1);
      bit = this.#bits.get(place) as number;
    }
    return bit;
  }

  #inPlaceOf(renaming: number, place: number): number {
    if (place < GUARDED) return this.#renamings.word(renaming, place);
    if (place < SLOTS) {
      const word = Math.floor((place - GUARDED) / USES), use = (place - GUARDED) % USES;
      return GUARDED + this.#renamings.word(renaming, word) * USES + use;
    }
    const slot = place - SLOTS,
      task = this.#renamings.task(renaming, Math.floor(slot / KEEP_LIMIT));
    return SLOTS + task * KEEP_LIMIT + slot % KEEP_LIMIT;
  }
}
