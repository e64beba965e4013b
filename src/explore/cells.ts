/**
 * Words of hardware: registers, table entries, cache lines. Agents of the hardware share them without
 * locks, one aligned word at a time, so every access is a marked one, and a struct of cells says from
 * the start that its words are scheduling points.
 */
import { loadMarked, storeMarked } from "./memory.ts";
import { DECLARED, peek, poke } from "./objects.ts";
import type { Field, StructClass } from "./struct.ts";

/** A row of words at a fixed place. */
export interface Cells {
  readonly length: number;
  /** Reads word `index` as one single-copy-atomic access. */
  get(index: number): number;
  /** Writes word `index` as one single-copy-atomic access. */
  set(index: number, value: number): void;
  /** Reads word `index` unseen: for guards and reports. */
  peek(index: number): number;
  /** Writes word `index` unseen: for what only reports read. */
  poke(index: number, value: number): void;
}

class CellsAt implements Cells {
  constructor(readonly address: number, readonly length: number) {}

  get(index: number): number {
    return loadMarked(this.#at(index));
  }

  set(index: number, value: number): void {
    storeMarked(this.#at(index), value);
  }

  peek(index: number): number {
    return peek(this.#at(index));
  }

  poke(index: number, value: number): void {
    poke(this.#at(index), value);
  }

  #at(index: number): number {
    if (index < 0 || index >= this.length || !Number.isInteger(index)) {
      throw new RangeError(
        `Cannot use word ${index}: the row has ${this.length}`,
      );
    }
    return this.address + index;
  }
}

/** A field of `count` words, shown as a row. */
export function cells(count: number): Field<Cells> {
  return {
    words: count,
    define(prototype, name, offset) {
      Object.defineProperty(prototype, name, {
        get(this: { readonly address: number }): Cells {
          const row = new CellsAt(this.address + offset, count);
          Object.defineProperty(this, name, { value: row, enumerable: true });
          return row;
        },
        enumerable: true,
      });
    },
  };
}

/** Declares that all words of `type` are touched without locks: each access is a scheduling point. */
export function unlocked(type: Pick<StructClass, "shape">): void {
  type.shape.demoted.fill(DECLARED);
}
