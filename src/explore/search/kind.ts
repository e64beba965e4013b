/**
 * Footprints as sets of bits, so that whether one step depends on another is a handful of ANDs.
 *
 * A search compares each new step with most of those before it. The words that steps touch get
 * numbers; a kind of step has, for each use of footprint.ts, the set of words that it used so.
 */
import {
  ALTERS,
  CHANGE,
  type Footprint,
  GIVE,
  HOLD,
  LOW,
  NEAR,
  READ,
  SECTION,
  TAKE,
  WORD_BITS,
  WORD_MASK,
  WRITE,
} from "../footprint.ts";
import { ARENA_WORDS } from "../objects.ts";

/** How words are used. */
export interface Uses {
  /** By row of 32 words: the sets below, one number each. */
  readonly sets: Int32Array;
  /** All words that were used, in one row: uses that have no bit in common have no word in common. */
  readonly folded: number;
}

/** What a step did, as far as a search can tell. Steps that did the same are of one kind. */
export interface Kind extends Uses {
  /** Of no other kind of the same numbers. */
  readonly id: number;
  readonly footprint: Footprint;
  /** The words of locks that it took and gave back. */
  readonly sections: readonly number[];
  /** Where in its footprint the last of these stands. */
  readonly sectionsEnd: number;
  /** Entries of its footprint of locks that it ended with in hand, or that an earlier step had taken. */
  readonly holds: readonly number[];
  /** The words of a condition that it waited for and that may cease to hold. */
  readonly waited: readonly number[];
  /** Did it use words before the last of its sections, or wait for one? */
  readonly hasBefore: boolean;
  /** Might it have given the last reference of something, had others come later? */
  readonly hasNear: boolean;
  /** Did it take references, or give some back? */
  readonly hasCounts: boolean;
}

/** Numbers in a row. */
const ROW = 16;
/** Words that were used in any way, written, read, changed so that a read can tell, held. */
const USED = 0, WRITTEN = 1, IS_READ = 2, CHANGED = 3, HELD = 4;
/** Words of counts and links: with NEAR, taken, given, with LOW, taken or given, taken out of a list. */
const IS_NEAR = 5, TAKEN = 6, GIVEN = 7, IS_LOW = 8, COUNTED = 9, UNLINKED = 10;
/** Words of locks that were taken and given back. */
const ENTERED = 11;
/** Words that were used before the last of these was taken, or waited for. */
const BEFORE = 12;
/** Words that were altered. */
const ALTERED = 13;

/** By set: the bits of a use that put its word into it; the rest of a row is filled in another way. */
const INTO = new Int32Array(ROW);
INTO[WRITTEN] = WRITE;
INTO[IS_READ] = READ;
INTO[CHANGED] = TAKE | GIVE | CHANGE | HOLD;
INTO[HELD] = HOLD;
INTO[IS_NEAR] = NEAR;
INTO[TAKEN] = TAKE;
INTO[GIVEN] = GIVE;
INTO[IS_LOW] = LOW;
INTO[COUNTED] = TAKE | GIVE;
INTO[UNLINKED] = CHANGE;
INTO[ENTERED] = SECTION;
INTO[ALTERED] = ALTERS;

const NO_WORDS: readonly number[] = [];

/** The numbers of the words of one scenario. */
export class WordNumbers {
  /** By word: its number, from 1. */
  readonly #numbers = new Uint16Array(ARENA_WORDS);
  #count = 0;
  readonly #kinds = new Map<string, Kind>();
  /** Is there a kind with sections, or with `hasBefore`? */
  hasSections = false;
  hasBefore = false;

  /** The number of the word, which gets one. */
  of(word: number): number {
    let number = this.#numbers[word] as number;
    if (number === 0) number = this.#numbers[word] = ++this.#count;
    return number - 1;
  }

  /** How many rows of 32 words there are. */
  get rows(): number {
    return (this.#count + 31) >> 5;
  }

  /** Did a step of the kind alter the word? */
  isAltered({ sets }: Kind, word: number): boolean {
    return this.#isIn(sets, ALTERED, word);
  }

  /** Must a step that did no more than `footprint`, reads and writes, be explored again after one of the kind? */
  wakens({ sets }: Kind, footprint: Footprint): boolean {
    for (let at = 0; at < footprint.length; at++) {
      const entry = footprint[at] as number, word = entry & WORD_MASK;
      const isWrite = (entry >>> WORD_BITS & WRITE) !== 0;
      if (this.#isIn(sets, isWrite ? USED : ALTERED, word)) return true;
    }
    return false;
  }

  #isIn(sets: Int32Array, which: number, word: number): boolean {
    const number = this.#numbers[word] as number - 1;
    if (number < 0) return false;
    const at = (number >> 5) * ROW + which;
    return at < sets.length && ((sets[at] as number) >> (number & 31) & 1) === 1;
  }

  /** The kind of steps that have the footprint and `waited` for a condition that may cease to hold. */
  kind(footprint: Footprint, waited: readonly number[] = NO_WORDS): Kind {
    const key = `${footprint} ${waited}`;
    let kind = this.#kinds.get(key);
    if (kind === undefined) this.#kinds.set(key, kind = this.#make(footprint, waited));
    return kind;
  }

  /** The sets of what a footprint has, but for what was used before a section. */
  setsOf(footprint: ArrayLike<number>): Int32Array {
    for (let at = 0; at < footprint.length; at++) this.of((footprint[at] as number) & WORD_MASK);
    const sets = new Int32Array(this.rows * ROW);
    for (let at = 0; at < footprint.length; at++) {
      const entry = footprint[at] as number;
      addUse(sets, this.of(entry & WORD_MASK), entry >>> WORD_BITS);
    }
    return sets;
  }

  #make(footprint: Footprint, waited: readonly number[]): Kind {
    let sections: number[] | undefined, holds: number[] | undefined;
    let sectionsEnd = 0, hasNear = false, hasCounts = false;
    for (let at = 0; at < footprint.length; at++) {
      const entry = footprint[at] as number, use = entry >>> WORD_BITS;
      // A number for each, before it is known how many rows there are.
      this.of(entry & WORD_MASK);
      if ((use & NEAR) !== 0) hasNear = true;
      if ((use & (TAKE | GIVE)) !== 0) hasCounts = true;
      if ((use & HOLD) !== 0) (holds ??= []).push(entry);
      if ((use & SECTION) === 0) continue;
      (sections ??= []).push(entry & WORD_MASK);
      sectionsEnd = at;
    }
    for (const word of waited) this.of(word);
    const sets = new Int32Array(this.rows * ROW);
    for (let at = 0; at < footprint.length; at++) {
      const entry = footprint[at] as number, number = this.of(entry & WORD_MASK);
      addUse(sets, number, entry >>> WORD_BITS);
      if (at < sectionsEnd) add(sets, BEFORE, number);
    }
    if (sections !== undefined) { for (const word of waited) add(sets, BEFORE, this.of(word)); }
    const hasBefore = sectionsEnd > 0 || sections !== undefined && waited.length > 0;
    if (hasBefore) this.hasBefore = true;
    if (sections !== undefined) this.hasSections = true;
    return {
      id: this.#kinds.size,
      footprint,
      sets,
      folded: foldedIn(sets),
      sections: sections ?? NO_WORDS,
      sectionsEnd,
      holds: holds ?? NO_WORDS,
      waited,
      hasBefore,
      hasNear,
      hasCounts,
    };
  }
}

/** All words that are used in one row. */
export function foldedIn(sets: Int32Array): number {
  let folded = 0;
  for (let at = USED; at < sets.length; at += ROW) folded |= sets[at] as number;
  return folded;
}

function addUse(sets: Int32Array, number: number, use: number): void {
  add(sets, USED, number);
  for (let which = 0; which < ROW; which++) {
    if ((use & (INTO[which] as number)) !== 0) add(sets, which, number);
  }
}

function add(sets: Int32Array, which: number, number: number): void {
  const at = (number >> 5) * ROW + which;
  sets[at] = (sets[at] as number) | 1 << (number & 31);
}

/** Two steps are independent; one depends on the other; it does by a word that one used before a section. */
export const APART = 0, DEPENDENT = 1, DEPENDENT_BEFORE = 2;

/** As `dependsOn` of footprint.ts for all words of a later and an earlier step. */
export function dependence(later: Int32Array, earlier: Int32Array): number {
  const end = Math.min(later.length, earlier.length);
  let found = APART;
  for (let at = 0; at < end; at += ROW) {
    if (((later[at] as number) & (earlier[at] as number)) === 0) continue;
    const words = conflict(later, earlier, at);
    if (words === 0) continue;
    const before = (later[at + BEFORE] as number) | (earlier[at + BEFORE] as number);
    if ((words & before) !== 0) return DEPENDENT_BEFORE;
    found = DEPENDENT;
  }
  return found;
}

/** As `awakens` of footprint.ts for all words of a step that was taken and one that sleeps. */
export function awakensAny(one: Uses, other: Uses): boolean {
  if ((one.folded & other.folded) === 0) return false;
  const taken = one.sets, sleeping = other.sets;
  const end = Math.min(taken.length, sleeping.length);
  for (let at = 0; at < end; at += ROW) {
    if (((taken[at] as number) & (sleeping[at] as number)) === 0) continue;
    const words = conflict(taken, sleeping, at) |
      (taken[at + TAKEN] as number) & (sleeping[at + IS_NEAR] as number) |
      (taken[at + IS_LOW] as number) & (sleeping[at + GIVEN] as number) |
      (taken[at + ENTERED] as number) & (sleeping[at + HELD] as number);
    if (words !== 0) return true;
  }
  return false;
}

/** Are `near` and `other` gives at a count of which `taken` took references, the former NEAR? */
export function areGivesOf(taken: Uses, near: Uses, other: Uses): boolean {
  const end = Math.min(taken.sets.length, near.sets.length, other.sets.length);
  for (let at = 0; at < end; at += ROW) {
    const words = (taken.sets[at + TAKEN] as number) & (near.sets[at + IS_NEAR] as number);
    if ((words & (other.sets[at + GIVEN] as number)) !== 0) return true;
  }
  return false;
}

/** Does a step of the one kind change a count at which one of the other gives back? With `takes`, does it take there? */
export function countsGiven(one: Uses, other: Uses, takes: boolean): boolean {
  const end = Math.min(one.sets.length, other.sets.length), which = takes ? TAKEN : COUNTED;
  for (let at = 0; at < end; at += ROW) {
    if (((one.sets[at + which] as number) & (other.sets[at + GIVEN] as number)) !== 0) return true;
  }
  return false;
}

/** Does a step of the one kind end with a lock in hand that one of the other takes and gives back? */
export function holdsEntered(one: Uses, other: Uses): boolean {
  const end = Math.min(one.sets.length, other.sets.length);
  for (let at = 0; at < end; at += ROW) {
    if (((one.sets[at + HELD] as number) & (other.sets[at + ENTERED] as number)) !== 0) return true;
  }
  return false;
}

/** Of the row at `at`: the words that make the later step depend on the earlier one. */
function conflict(later: Int32Array, earlier: Int32Array, at: number): number {
  return (later[at + WRITTEN] as number) & (earlier[at + USED] as number) |
    (later[at + USED] as number) & (earlier[at + WRITTEN] as number) |
    (later[at + IS_READ] as number) & (earlier[at + CHANGED] as number) |
    (later[at + CHANGED] as number) & (earlier[at + IS_READ] as number) |
    (later[at + HELD] as number) & (earlier[at + HELD] as number) |
    (later[at + IS_NEAR] as number) & (earlier[at + TAKEN] as number) |
    (later[at + UNLINKED] as number) & (earlier[at + COUNTED] as number) |
    (later[at + COUNTED] as number) & (earlier[at + UNLINKED] as number);
}
