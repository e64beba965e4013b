/**
 * Address dependencies, by what a task was seen to read. A program in TypeScript does not say where
 * an address came from, so every earlier read of the task that answered a pointer to the object
 * counts as its source. That can be one too many, which orders more and shows less, never the
 * reverse. An index that picks a word out of a row may come from any earlier read.
 */
import { ADDRESS_MASK } from "../memory.ts";
import { ownerOf, shapeOf } from "../objects.ts";
import { bool, holder, int, partAt, type StructShape } from "../struct.ts";
import type { MemoryEvent } from "./events.ts";

/** What a task may know the address of from its reads. */
export class Pointers {
  /** By base address of an object: the reads that answered a pointer into it. */
  readonly #into = new Map<number, MemoryEvent[]>();
  readonly #reads: MemoryEvent[] = [];

  /** The reads on which the address of the word may depend. */
  sourcesOf(address: number): readonly MemoryEvent[] {
    if (isInRow(address)) return this.#reads.slice();
    return this.#into.get(ownerOf[address] as number)?.slice() ?? [];
  }

  /** The task has read `value`. */
  add(read: MemoryEvent, value: number): void {
    this.#reads.push(read);
    // Hardware holds physical addresses, which are negative here.
    if (value < 0) this.#point(read, -value);
    else if (value > 0 && mayPoint(read.word)) {
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

function partOf(address: number) {
  const base = ownerOf[address] ?? 0;
  const shape = shapeOf[base] as StructShape | undefined;
  return shape?.fields === undefined ? undefined : partAt(shape, address - base)?.field;
}

/** Is the word one of several in a field, so that code picks it by an index? */
function isInRow(address: number): boolean {
  const field = partOf(address);
  return field !== undefined && field.words > 1 && field.embeds === undefined;
}

/** May the word hold a pointer? Numbers, flags and owners of locks do not. */
function mayPoint(address: number): boolean {
  const field = partOf(address);
  return field !== int && field !== bool && field !== holder;
}
