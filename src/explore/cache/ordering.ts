/** What steps acquire of what others released, as bits. */
import type { Profile } from "../tape/profile.ts";
import type { Step } from "./step.ts";

/** Addresses that are released to, and slots where that is kept, each a bit of one of two numbers. */
export interface Places {
  readonly low: number;
  readonly high: number;
}

/** How a step orders others. */
export interface Ordering {
  readonly acquires: Places;
  readonly releases: Places;
  /** What it releases after all that it acquires. */
  readonly releasesLate: Places;
  /** The slots where it keeps what was released, and to which addresses. */
  readonly keeps: readonly { readonly slot: Places; readonly addresses: Places }[];
}

/** So many bits are in a number: with more, engines make an object of it. */
const BITS = 30;

/** So many have bits. Of others nobody knows, as if nothing were ever released to them. */
const LIMIT = 2 * BITS;

const NOWHERE: Places = { low: 0, high: 0 };

/** Works out how steps order others. */
export class Orderings {
  readonly #numbers = new Map<number, number>();
  /** By step. */
  readonly #known: Ordering[] = [];

  /** How the step does. */
  of({ id, profile }: Step): Ordering {
    return this.#known[id] ??= this.#read(profile);
  }

  /** What a step of the profile releases at `place` or later. */
  released({ releases }: Profile, place: number): Places {
    const late: number[] = [];
    for (let at = 0; at < releases.length; at += 2) {
      if ((releases[at + 1] as number) >= place) late.push(releases[at] as number);
    }
    return this.#places(late);
  }

  #read(profile: Profile): Ordering {
    const { acquires, observes, keeps, lastAcquire } = profile;
    return {
      acquires: this.#places([...acquires, ...observes.map(({ slot }) => asNumber(slot))]),
      releases: this.released(profile, 0),
      releasesLate: this.released(profile, lastAcquire),
      keeps: keeps.map(({ slot, addresses }) => ({
        slot: this.#places([asNumber(slot)]),
        addresses: this.#places([...addresses]),
      })),
    };
  }

  #places(all: readonly number[]): Places {
    if (all.length === 0) return NOWHERE;
    let low = 0, high = 0;
    for (const one of all) {
      const number = this.#numberOf(one);
      if (number < BITS) low |= 1 << number;
      else if (number < LIMIT) high |= 1 << number - BITS;
    }
    return { low, high };
  }

  #numberOf(place: number): number {
    let number = this.#numbers.get(place);
    if (number === undefined) this.#numbers.set(place, number = this.#numbers.size);
    return number;
  }
}

/** Other numbers than those of addresses. */
function asNumber(slot: number): number {
  return -1 - slot;
}

/** Is there one that is in both? */
export function meet(one: Places, other: Places): boolean {
  return (one.low & other.low | one.high & other.high) !== 0;
}
