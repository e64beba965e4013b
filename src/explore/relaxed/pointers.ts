/**
 * Address dependencies, by what a task was seen to read. A program in TypeScript does not say where
 * an address came from, so every earlier read of the task that answered a pointer to the object
 * counts as its source. That can be one too many, which orders more and shows less, never the
 * reverse. An index that picks a word out of a row may come from any earlier read.
 */
import { ADDRESS_MASK } from "../memory.ts";
import { ownerOf, shapeOf } from "../objects.ts";
import { bool, holder, host, int, partAt, type StructShape } from "../struct.ts";
import type { MemoryEvent } from "./events.ts";

/** What a task may know the address of from its reads. */
export class Pointers {
  /** By base address of an object: the reads that answered a pointer into it. */
  readonly #into = new Map<number, MemoryEvent[]>();
  readonly #reads: MemoryEvent[] = [];

  /** The reads on which the address of the word may depend. */
  sourcesOf(address: number): readonly MemoryEvent[] {
    if ((kindOf(address) & IN_ROW) !== 0) return this.#reads.slice();
    return this.#into.get(ownerOf[address] as number)?.slice() ?? [];
  }

  /** The task has read `value`. */
  add(read: MemoryEvent, value: number): void {
    this.#reads.push(read);
    // Hardware holds physical addresses, which are negative here.
    if (value < 0) this.#point(read, -value);
    else if (value > 0 && (kindOf(read.word) & MAY_POINT) !== 0) {
      this.#point(read, value);
      if (value > ADDRESS_MASK) this.#point(read, value & ADDRESS_MASK);
    }
  }

  #point(read: MemoryEvent, address: number): void {
    const base = ownerOf[address] ?? 0;
    if (base === 0) return;
    const known = this.#into.get(base);
    if (known === undefined) this.#into.set(base, [read]);
    else known.push(read);
  }
}

/** What is known of a word: whether code picks it by an index, and whether it may hold a pointer. */
const IN_ROW = 1, MAY_POINT = 2;

/** Numbers, flags, owners of locks, and what lies outside of memory. */
const NO_POINTERS: ReadonlySet<unknown> = new Set([int, bool, holder, host()]);

/** By shape and offset. */
const kinds = new WeakMap<object, (number | undefined)[]>();

function kindOf(address: number): number {
  const base = ownerOf[address] ?? 0;
  const shape = shapeOf[base] as StructShape | undefined;
  if (shape?.fields === undefined) return MAY_POINT;
  let known = kinds.get(shape);
  if (known === undefined) kinds.set(shape, known = []);
  return known[address - base] ??= kindIn(shape, address - base);
}

function kindIn(shape: StructShape, offset: number): number {
  const field = partAt(shape, offset)?.field;
  if (NO_POINTERS.has(field)) return 0;
  const isRow = field !== undefined && field.words > 1 && field.embeds === undefined;
  return MAY_POINT | (isRow ? IN_ROW : 0);
}
