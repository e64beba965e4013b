/**
 * Values that live outside the kernel's memory: functions, tables of constants, tokens. The word
 * that stands for one comes from what the value is, not from when it was first met, so that another
 * process, which met others before, ends in the same words. Only values that cannot be told apart,
 * such as two closures of one text, are numbered in the order in which they came.
 */
import { ARENA_WORDS } from "./objects.ts";
import type { Shown } from "./struct.ts";
import { isRepeating, tape, Unrecordable } from "./tape/tape.ts";

/** By place: the values that are known. */
const hostValues: unknown[] = new Array(1 << 16).fill(undefined);
/** The place in `hostValues` of each value that is known. */
const hostIndex = new Map<unknown, number>();
/** The known values in the order in which they came. */
const hostOrder: unknown[] = [];
/** The hash of each value's text, known or not: to make it takes far longer than to look it up. */
const hostHash = new WeakMap<object, number>();
/** All words for host values are above it: none looks like an address to the leak check. */
const HOST_BASE = ARENA_WORDS;

/** The word that stands for `value`, which is known from now on; 0 for `undefined`. */
export function wordOfHost(value: unknown): number {
  if (value === undefined) return 0;
  const known = hostIndex.get(value);
  if (known !== undefined) return HOST_BASE + known;
  if (hostOrder.length >= hostValues.length >> 1) {
    throw new RangeError(`Cannot keep a host value: there are ${hostOrder.length} already`);
  }
  const first = hashHost(value) % hostValues.length;
  // A copy of a task makes such values anew, and nobody reads what it writes.
  if (isRepeating) return HOST_BASE + first;
  let index = first;
  while (hostValues[index] !== undefined) index = (index + 1) % hostValues.length;
  // Which word it gets depends on which of those like it came before.
  if (index !== first && tape !== null) throw new Unrecordable("Cannot record a value like others");
  hostValues[index] = value;
  hostIndex.set(value, index);
  hostOrder.push(value);
  return HOST_BASE + index;
}

/** A hash of what there is to tell of a value from outside. */
function hashHost(value: unknown): number {
  if (typeof value === "function") {
    let hash = hostHash.get(value);
    if (hash === undefined) hostHash.set(value, hash = hashText(`${value.name} ${value}`));
    return hash;
  }
  if (typeof value === "object" && value !== null) return hashText(Object.keys(value).join());
  return hashText(`${typeof value} ${String(value)}`);
}

/** FNV-1a, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** How many host values are known now; see {@link forgetHostValues}. */
export function hostValuesKnown(): number {
  return hostOrder.length;
}

/**
 * Forgets all host values but the first `known`, once no word stands for one of the others any more:
 * code that makes closures then gives them the same words each time it runs.
 */
export function forgetHostValues(known: number): void {
  while (hostOrder.length > known) {
    const value = hostOrder.pop();
    hostValues[hostIndex.get(value) as number] = undefined;
    hostIndex.delete(value);
  }
}

/** The value for which `word` stands. */
export function hostValue(word: number): unknown {
  return word === 0 ? undefined : hostValues[word - HOST_BASE];
}

/** A host value by its name, or by what it is when it has none. */
export function showHost(word: number): Shown {
  const value = hostValue(word);
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  const { name } = value as { readonly name?: unknown };
  return typeof name === "string" && name !== "" ? name : `${typeof value}#${word}`;
}
