/**
 * Who can know of accesses: tasks, which do all that they do from here on after these; and addresses and
 * slots, from where others come to know of them. Each has a bit, so that a set of them is a few words.
 */
import { KEEP_LIMIT } from "../clocks.ts";
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
  /** The bit of an address, of a guarded word with its use, or of a slot. */
  readonly #bits = new Map<number, number>();
  /** By bit: whose it is, and its number among the bits of that owner; and by owner its bits. */
  readonly #owners: number[] = new Array(WORD).fill(0);
  readonly #numbers: number[] = new Array(WORD).fill(0);
  readonly #ofOwner: number[][] = [];
  readonly #moved: (Int32Array | undefined)[] = [];

  constructor(renamings: Renamings) {
    this.#renamings = renamings;
  }

  /** How many words a set takes. */
  get words(): number {
    return Math.ceil(this.#owners.length / WORD);
  }

  /** The bit of what is released to an address. */
  ofAddress(address: number): number {
    const all = this.#renamings, owner = all.ownerOfWord(address);
    return this.#bitOf(address, owner, (other) => all.wordOf(other, address));
  }

  /** The bit of what is done up to the end of a section under the lock that guards `word`, which is used there so. */
  ofSections(word: number, use: Use): number {
    const all = this.#renamings, owner = all.ownerOfWord(word);
    const placeIn = (other: number): number => GUARDED + all.wordOf(other, word) * USES + use;
    return this.#bitOf(GUARDED + word * USES + use, owner, placeIn);
  }

  /** The bit of what is kept in a slot. */
  ofSlot(slot: number): number {
    const all = this.#renamings, task = Math.floor(slot / KEEP_LIMIT), at = slot % KEEP_LIMIT;
    const placeIn = (other: number): number => SLOTS + all.taskOf(other, task) * KEEP_LIMIT + at;
    return this.#bitOf(SLOTS + slot, all.ownerOfTask(task), placeIn);
  }

  /** The bit of who is in the place of the one of `bit`. */
  renamed(renaming: number, bit: number): number {
    if (bit < WORD) return this.#renamings.task(renaming, bit);
    const other = this.#renamings.owner(renaming, this.#owners[bit] as number);
    return (this.#ofOwner[other] as number[])[this.#numbers[bit] as number] as number;
  }

  /** By word: a mask of the bits in whose place another is. */
  moved(renaming: number): Int32Array {
    let moved = this.#moved[renaming];
    if (moved === undefined) {
      this.#moved[renaming] = moved = new Int32Array(this.words);
      for (let bit = 0; bit < this.#owners.length; bit++) {
        if (this.renamed(renaming, bit) === bit) continue;
        moved[bit >> 5] = (moved[bit >> 5] as number) | 1 << (bit & 31);
      }
    }
    return moved;
  }

  /** The bit of a place that `owner` has, whose like owners have theirs where `placeIn` says: all get one at once. */
  #bitOf(place: number, owner: number, placeIn: (owner: number) => number): number {
    const known = this.#bits.get(place);
    if (known !== undefined) return known;
    for (const other of this.#renamings.like(owner)) {
      const bit = this.#owners.push(other) - 1, all = this.#ofOwner[other] ??= [];
      this.#numbers.push(all.push(bit) - 1);
      this.#bits.set(placeIn(other), bit);
    }
    return this.#bits.get(place) as number;
  }
}
