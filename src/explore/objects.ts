/**
 * What lies where in the kernel's memory: the words themselves and the shadow that tells, for each,
 * which object it belongs to and whether that object is alive.
 */
import { KernelFault } from "./fault.ts";
import { tape } from "./tape/tape.ts";

/** Most tasks that one execution may have, spawned work included; a mask of them fits in an int. */
export const TASK_LIMIT = 30;
/** Words that one task may allocate in one execution. */
export const REGION_WORDS = 1 << 10;
/** Words for static objects and for what a scenario's setup allocates. */
export const STATIC_WORDS = 1 << 14;
/** Words in all. */
export const ARENA_WORDS = STATIC_WORDS + TASK_LIMIT * REGION_WORDS;

/** How an object's storage stands, as KASAN's shadow would say. */
export const UNUSED = 0, LIVE = 1, FREED = 2;

/** The kernel's poison values for the links of a list entry that was deleted. */
export const LIST_POISON1 = -0x100, LIST_POISON2 = -0x200;

/** What is said of a piece of memory in a report. */
export interface Shape {
  /** The type's name, as the kernel spells it. */
  readonly name: string;
  /** Words that an object of this type takes. */
  readonly words: number;
  /** The field that word `offset` belongs to, as a path: `mm_head.next`. */
  fieldAt(offset: number): string;
  /** By offset: FOUND where an atomic was seen to be touched without a common lock, DECLARED where it was said. */
  readonly demoted: Uint8Array;
  /** By offset: what a word there says of names, as PLAIN and so on. */
  readonly roles: Uint8Array;
}

/**
 * A word that names nothing; a pointer; the link of a list; a task, as its id plus one with flags above
 * the lowest eight bits; one of a row of plain words that has one for each task.
 */
export const PLAIN = 0, POINTER = 1, LINK = 2, TASK = 3, BY_TASK = 4;

/** The memory. Only the modules of this folder touch it directly. */
export const words = new Int32Array(ARENA_WORDS);
/** By word: the base address of the object that it belongs to, 0 for none. */
export const ownerOf = new Int32Array(ARENA_WORDS);
/** By base address: UNUSED, LIVE or FREED. */
export const stateOf = new Uint8Array(ARENA_WORDS);
/** By base address. */
export const shapeOf: (Shape | undefined)[] = [];
/** By base address: the number of the shape. */
const kindOf = new Int32Array(ARENA_WORDS);

/** Reads a word behind the sanitizers' back: for the scheduler, reports and hashes, never for kernel code. */
export function peek(address: number): number {
  peeked?.push(address);
  tape?.reads(address);
  return words[address] as number;
}

/** As {@link peek}, of a lock's word: the caller keeps nothing but whether the lock was taken. */
export function peekHolder(address: number): number {
  tape?.looksAt(address);
  const holder = words[address] as number;
  tape?.knows(holder === 0 ? 0 : 1);
  return holder;
}

/** Is the word at least `least`? As {@link peek}, but the caller learns no more than that. */
export function isAtLeast(address: number, least: number): boolean {
  tape?.looksAt(address);
  const answer = (words[address] as number) >= least;
  tape?.knows(answer ? 1 : 0);
  return answer;
}

let peeked: number[] | undefined;

/** Answers `ask()` and the words that it looked at with `peek`. */
export function recordPeeks<T>(ask: () => T): { readonly answer: T; readonly words: number[] } {
  const outer = peeked;
  const mine: number[] = peeked = [];
  try {
    return { answer: ask(), words: mine };
  } finally {
    peeked = outer;
  }
}

/** Writes a word behind the sanitizers' back: for the machine's own bookkeeping. */
export function poke(address: number, value: number): void {
  tape?.writes(address);
  words[address] = value;
}

let isWatched = true;

/** Switches the check of every access off or on; see sanitizers.ts. */
export function checkAccesses(on: boolean): void {
  isWatched = on;
}

/** Is every access checked? */
export function checksAccesses(): boolean {
  return isWatched;
}

/** @throws {KernelFault} unless `address` lies in a live object */
export function checkAlive(address: number): void {
  if (!isWatched) return;
  if (address < 0) {
    throw new KernelFault("list debug", "poisoned list use", "list_head", "the entry was deleted");
  }
  const base = ownerOf[address] ?? 0;
  if (base === 0) throw new KernelFault("oops", "NULL pointer dereference", "NULL");
  tape?.asks(base, storageOf(base));
  if (stateOf[base] !== LIVE) {
    throw new KernelFault("KASAN", "use-after-free", describe(address), "", address);
  }
}

/** Names the word at `address` by type and field. */
export function describe(address: number): string {
  if (address <= 0) return address === 0 ? "NULL" : "list poison";
  const base = ownerOf[address] ?? 0;
  const shape = shapeOf[base];
  if (shape === undefined) return "wild pointer";
  const field = shape.fieldAt(address - base);
  return field === "" ? shape.name : `${shape.name}.${field}`;
}

/** The shape of the object that `address` lies in, and the offset there. */
export function place(address: number): { readonly shape: Shape; readonly offset: number } {
  const base = ownerOf[address] ?? 0;
  const shape = shapeOf[base];
  if (shape === undefined) throw new RangeError(`Cannot place address ${address}: no object there`);
  return { shape, offset: address - base };
}

/** Has the atomic at `address` been found to be touched without a common lock? */
export function isDemoted(address: number): boolean {
  const base = ownerOf[address] as number;
  return (shapeOf[base] as Shape).demoted[address - base] !== 0;
}

/** Why a word is a scheduling point. What was found holds for one scenario, what was declared for all. */
export const FOUND = 1, DECLARED = 2;

/** How often it changed what is a scheduling point. */
export let demotionsMade = 0;

const shapes: Shape[] = [];
const numberOf = new Map<Shape, number>();

/** Is an object of `shape` at `base`, or was there last? */
export function isLaidOut(base: number, shape: Shape): boolean {
  return shapeOf[base] === shape && ownerOf[base] === base;
}

/** The storage at `base` is a live object of `shape` from now on. */
export function occupy(base: number, shape: Shape): void {
  if (!isLaidOut(base, shape)) {
    ownerOf.fill(base, base, base + shape.words);
    shapeOf[base] = shape;
    kindOf[base] = numberOf.get(shape) as number;
  }
  stateOf[base] = LIVE;
}

/** The shape of which `storageOf` answered. */
export function shapeIn(storage: number): Shape {
  return shapes[storage >> 2] as Shape;
}

/** How the storage at `base` stands, and of which shape the object there is, as one number. */
export function storageOf(base: number): number {
  return (stateOf[base] as number) | (kindOf[base] as number) << 2;
}

/** Answers what puts back the `size` words from `base` on, and what is known of the objects there. */
export function keepStorage(base: number, size: number): () => void {
  const arrays = [words, ownerOf, kindOf, stateOf];
  const kept = arrays.map((array) => array.slice(base, base + size));
  const known = shapeOf.slice(base, base + size);
  return () => {
    for (const [at, array] of arrays.entries()) array.set(kept[at] as Int32Array, base);
    for (let at = 0; at < size; at++) shapeOf[base + at] = known[at];
  };
}

/** Makes a type known, so that its demotions can be told and set by name. */
export function registerShape<S extends Shape>(shape: S): S {
  numberOf.set(shape, shapes.length);
  shapes.push(shape);
  return shape;
}

/**
 * Makes the word at `offset` a scheduling point from now on, and with it all that have its name, as
 * the elements of an array do: names are what another process is told.
 */
export function demoteNamed(shape: Shape, offset: number): void {
  demotionsMade++;
  const name = shape.fieldAt(offset);
  for (const [other, why] of shape.demoted.entries()) {
    if (why === 0 && shape.fieldAt(other) === name) shape.demoted[other] = FOUND;
  }
}

/** The atomics that were demoted, as `type.field`, each once. */
export function demotions(): string[] {
  const names = shapes.flatMap((shape) =>
    [...shape.demoted.keys()]
      .filter((offset) => shape.demoted[offset] === FOUND)
      .map((offset) => `${shape.name}.${shape.fieldAt(offset)}`)
  );
  return [...new Set(names)];
}

/** Demotes the named atomics and, beside those declared, no others. */
export function setDemotions(names: readonly string[]): void {
  demotionsMade++;
  for (const shape of shapes) {
    const { demoted } = shape;
    for (let offset = 0; offset < demoted.length; offset++) {
      const why = demoted[offset];
      if (why === FOUND) demoted[offset] = 0;
      if (why === DECLARED || names.length === 0) continue;
      if (names.includes(`${shape.name}.${shape.fieldAt(offset)}`)) demoted[offset] = FOUND;
    }
  }
}

/** Is the object at `base` alive? */
export function isLive(base: number): boolean {
  tape?.asks(base, storageOf(base));
  tape?.knows(stateOf[base] as number);
  return stateOf[base] === LIVE;
}
