/**
 * What a way adds to footprints.
 *
 * Mostly that is the same each time. Not so for a give, which may be NEAR (footprint.ts), for a link
 * that a removal handed on (links.ts), and for what the task waited for before. So a way has a few
 * variants, which it is told apart by what came of these; only a new one is worked out use by use.
 */
import { countTaken, isNearLast } from "../counts.ts";
import { type Footprint, OWN, READ, SECTION, WORD_BITS, WRITE } from "../footprint.ts";
import { findSources, handOn, hasSources, readSources, sourceAt } from "../links.ts";
import { isWordVisible, noteUse, noteUsed, useGive, useTake } from "../observe.ts";
import type { Kind } from "../search/kind.ts";
import type { Sharing } from "./sharing.ts";
import {
  ALLOCATE,
  CHANGE,
  FREE,
  GIVE,
  HAND_ON,
  HARDWARE,
  hasList,
  READS,
  SYNC,
  TAKE,
  TOUCH,
  USES,
} from "./tape.ts";
import type { Piece, Way } from "./way.ts";

/** Uses of a word, three numbers each: what, the word, and one more. */
export interface Uses {
  readonly all: Int32Array;
  /** Those that do not come to the same each time, or that matter to later steps. */
  readonly open: Int32Array;
  /** What is not shared, as a footprint. */
  readonly rest: Footprint;
}

/** One of the ways to go a way. */
export interface Variant {
  /** Of no other variant of the same scenario, and counted from 0. */
  readonly id: number;
  readonly way: Way;
  /** The words that the task waited for before the step. */
  readonly waited: readonly number[];
  /** A hash of what came of the open uses, and of the words that the task waited for. */
  readonly low: number;
  readonly high: number;
  /** Which of its gives are NEAR. */
  readonly nears: readonly boolean[];
  readonly kind: Kind;
}

/** The word is used so; it is read after all; its value was handed on; a look at it is used. */
const USE = 0, TAKEN = 1, GIVEN = 2, HANDED = 3, LINK = 4, LOOKED = 5;

const NOTHING: Footprint = new Int32Array(0);

/** Of a way whose uses are not worked out. */
export const NO_USES: Uses = { all: NOTHING, open: NOTHING, rest: NOTHING };

/** Works out the uses of the operations of `way`, which are in `ops`, as words are shared now. */
export function usesOf(ops: Int32Array, way: Piece, sharing: Sharing): Uses {
  const all: number[] = [], open: number[] = [], rest = new Map<number, number>();
  const owned = new Set<number>();
  const use = (word: number, bits: number): void => {
    if (owned.has(word)) return;
    if (sharing.isShared(word)) all.push(USE, word, bits);
    else rest.set(word, (rest.get(word) ?? 0) | bits);
  };
  const change = (what: number, word: number, more: number): void => {
    all.push(what, word, more);
    if (what !== LOOKED) open.push(what, word, more);
  };
  const link = (word: number): void => {
    if (sharing.isHandedOn(word)) change(LINK, word, 0);
  };
  for (let at = way.ops; at < way.opsEnd; at += 3) {
    const code = ops[at] as number, word = ops[at + 1] as number, more = ops[at + 2] as number;
    if (code === TOUCH) {
      use(word, (more & 1) !== 0 ? WRITE : READ);
      if ((more & 1) === 0) link(word);
    } else if (code === ALLOCATE || code === FREE) {
      for (let each = word; each < word + more; each++) use(each, WRITE);
    } else if (code === CHANGE) {
      all.push(USE, word, more >> 1);
      if ((more >> 1 & OWN) !== 0) owned.add(word);
    } else if (code === SYNC) {
      all.push(USE, word, more === SECTION && isWordVisible(word) ? READ : more);
    } else if (code === TAKE) change(TAKEN, word, 0);
    else if (code === GIVE) change(GIVEN, word, more);
    else if (code === HAND_ON) change(HANDED, word, more);
    else if (code === READS) all.push(USE, word, READ);
    else if (code === HARDWARE) all.push(USE, word, more !== 0 ? WRITE : READ);
    else if (code === USES) {
      change(LOOKED, word, 0);
      link(word);
    } else if (hasList(code)) at += more;
  }
  return { all: Int32Array.from(all), open: Int32Array.from(open), rest: footprintOf(rest) };
}

function footprintOf(uses: ReadonlyMap<number, number>): Footprint {
  if (uses.size === 0) return NOTHING;
  return Int32Array.from(uses, ([word, use]) => word | use << WORD_BITS);
}

/** A hash of what came of the open uses of the step under way, and of the words that it waited for. */
let low = 0, high = 0;
/** Which of its gives are NEAR. */
const nears: boolean[] = [];

/** Goes through the open uses of the step that has just run; `variantIn` and `newVariant` tell what came of it. */
export function useOpen({ open }: Uses, waited: readonly number[] | undefined): void {
  low = high = 0;
  for (let at = 0; at < open.length; at += 3) {
    const word = open[at + 1] as number, more = open[at + 2] as number;
    switch (open[at]) {
      case TAKEN:
        countTaken(word);
        break;
      case GIVEN:
        mix(isNearLast(word, more) ? 1 : 0);
        break;
      case HANDED:
        handOn(word, more);
        break;
      case LINK: {
        if (!hasSources(word)) {
          mix(0);
          break;
        }
        const count = findSources(word);
        mix(count);
        for (let each = 0; each < count; each++) mix(sourceAt(each));
      }
    }
  }
  if (waited !== undefined) {
    for (let at = 0; at < waited.length; at++) {
      mix(waited[at] as number);
    }
  }
}

/** Hashes as in history.ts: that two are alike by chance is out of the question. */
function mix(value: number): void {
  low = Math.imul(low ^ value, 0x85ebca6b);
  low ^= low >>> 15;
  high = Math.imul(high + value | 0, 0xc2b2ae35) + 0x9e3779b9 | 0;
  high ^= high >>> 13;
}

/** The variant of which the step is that `useOpen` went through. */
export function variantIn(variants: readonly Variant[]): Variant | undefined {
  for (let at = 0; at < variants.length; at++) {
    const variant = variants[at] as Variant;
    if (variant.low === low && variant.high === high) return variant;
  }
  return undefined;
}

/** The variant of which `useOpen` went through the first step. */
export function newVariant(given: Pick<Variant, "id" | "way" | "waited" | "kind">): Variant {
  return { ...given, low, high, nears: [...nears] };
}

/** Adds all uses to the footprint of the step under way. */
export function useAll({ all }: Uses, waited: readonly number[] | undefined): void {
  nears.length = 0;
  for (let at = 0; at < all.length; at += 3) {
    const word = all[at + 1] as number, more = all[at + 2] as number;
    switch (all[at]) {
      case USE:
        noteUse(word, more);
        break;
      case TAKEN:
        useTake(word);
        break;
      case GIVEN:
        nears.push(isNearLast(word, more));
        useGive(word, more, nears[nears.length - 1] === true);
        break;
      case HANDED:
        handOn(word, more);
        break;
      case LINK:
        readSources(word);
        break;
      case LOOKED:
        noteUsed(word);
    }
  }
  for (const word of waited ?? []) noteUse(word, READ);
}
