/** What there is to say of a place where a task stands, without names. */
import { regionStart, topOf } from "../memory.ts";
import type { Place } from "../tape/place.ts";
import type { Mentions } from "./mentions.ts";

/** A number in two lanes, equal for places that differ in names only, and the names that matter. */
export interface PlaceCode {
  readonly low: number;
  readonly high: number;
  /** Owners that are mentioned, as their number plus one; and a mask of those that are known by name. */
  readonly owners: readonly number[];
  readonly pinned: number;
}

/** All that have ended stand alike. */
const ENDED: PlaceCode = { low: 0, high: 1, owners: [], pinned: 0 };

/** Makes the code of `place`, of what its key is made of (tape/place.ts). */
export function codeOf({ state, history }: Place): PlaceCode {
  const { id, finished, pending, word, label, subject, atomic, irqsOff, spawned, kept } = state;
  if (finished) return ENDED;
  const known = (history.nameless as Mentions).copy();
  known.mixAddress(word);
  known.mixAddress(subject?.address ?? 0);
  for (const { lock, kind, isLocal, isInner } of state.held) {
    known.mixAddress(lock.address);
    known.mixNumber(textNumber(`${kind}${isLocal}${isInner}`));
  }
  const rest = `${label},${pending},${atomic},${irqsOff},${spawned},${kept}`;
  known.mixNumber(textNumber(`${rest},${topOf(id) - regionStart(id)}`));
  return known;
}

const texts = new Map<string, number>();

/** A number for a text. */
export function textNumber(text: string): number {
  let number = texts.get(text);
  if (number === undefined) texts.set(text, number = texts.size);
  return number;
}
