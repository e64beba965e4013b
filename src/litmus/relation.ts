/** A set of events as a bit vector; words of 32 bits. */
export type EventSet = Uint32Array;

/**
 * A binary relation over events 0…size-1, as a matrix of bits: row a holds the b with (a, b) in the relation. Methods
 * return new relations; only {@link Relation.add} changes one. The names follow the operators of herd's cat language:
 * `seq` is `;`, `or` is `|`, `and` is `&`, `minus` is `\`, `inverse` is `^-1`, `star` is `*`, `maybe` is `?`.
 */
export class Relation {
  readonly size: number;
  private readonly words: number;
  private readonly bits: Uint32Array;

  constructor(size: number) {
    this.size = size;
    this.words = (size + 31) >>> 5;
    this.bits = new Uint32Array(size * this.words);
  }

  /** The relation of all pairs for which `holds` is true. */
  static of(size: number, holds: (a: number, b: number) => boolean): Relation {
    const relation = new Relation(size);
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) if (holds(a, b)) relation.add(a, b);
    }
    return relation;
  }

  add(a: number, b: number): void {
    const at = a * this.words + (b >>> 5);
    this.bits[at] = (this.bits[at] ?? 0) | (1 << (b & 31));
  }

  has(a: number, b: number): boolean {
    return ((this.bits[a * this.words + (b >>> 5)] ?? 0) >>> (b & 31) & 1) !== 0;
  }

  isEmpty(): boolean {
    return this.bits.every((word) => word === 0);
  }

  /** The pairs, in order. */
  pairs(): [number, number][] {
    const found: [number, number][] = [];
    for (let a = 0; a < this.size; a++) {
      for (let b = 0; b < this.size; b++) if (this.has(a, b)) found.push([a, b]);
    }
    return found;
  }

  private zip(other: Relation, operation: (a: number, b: number) => number): Relation {
    const result = new Relation(this.size);
    for (let i = 0; i < this.bits.length; i++) {
      result.bits[i] = operation(this.bits[i] ?? 0, other.bits[i] ?? 0);
    }
    return result;
  }

  or(...others: readonly Relation[]): Relation {
    const result = new Relation(this.size);
    result.bits.set(this.bits);
    for (const other of others) {
      for (let i = 0; i < result.bits.length; i++) {
        result.bits[i] = (result.bits[i] ?? 0) | (other.bits[i] ?? 0);
      }
    }
    return result;
  }

  and(other: Relation): Relation {
    return this.zip(other, (a, b) => a & b);
  }

  minus(other: Relation): Relation {
    return this.zip(other, (a, b) => a & ~b);
  }

  inverse(): Relation {
    return Relation.of(this.size, (a, b) => this.has(b, a));
  }

  /** This relation followed by each of `others` in turn. */
  seq(...others: readonly Relation[]): Relation {
    return others.reduce<Relation>((left, right) => left.compose(right), this);
  }

  private compose(other: Relation): Relation {
    const result = new Relation(this.size);
    const words = this.words;
    for (let a = 0; a < this.size; a++) {
      for (let word = 0; word < words; word++) {
        let row = this.bits[a * words + word] ?? 0;
        while (row !== 0) {
          const bit = 31 - Math.clz32(row);
          row &= ~(1 << bit);
          const from = (word * 32 + bit) * words;
          for (let i = 0; i < words; i++) {
            const at = a * words + i;
            result.bits[at] = (result.bits[at] ?? 0) | (other.bits[from + i] ?? 0);
          }
        }
      }
    }
    return result;
  }

  /** Only pairs that start in `domain`. */
  from(domain: EventSet): Relation {
    const result = new Relation(this.size);
    for (let a = 0; a < this.size; a++) {
      if (!contains(domain, a)) continue;
      const at = a * this.words;
      result.bits.set(this.bits.subarray(at, at + this.words), at);
    }
    return result;
  }

  /** Only pairs that end in `range`. */
  to(range: EventSet): Relation {
    const result = new Relation(this.size);
    for (let i = 0; i < this.bits.length; i++) {
      result.bits[i] = (this.bits[i] ?? 0) & (range[i % this.words] ?? 0);
    }
    return result;
  }

  /** With every event related to itself. */
  maybe(): Relation {
    const result = this.or();
    for (let a = 0; a < this.size; a++) result.add(a, a);
    return result;
  }

  /** Transitive closure (Warshall). */
  plus(): Relation {
    const result = this.or();
    const { words, bits } = result;
    for (let k = 0; k < this.size; k++) {
      for (let a = 0; a < this.size; a++) {
        if (!result.has(a, k)) continue;
        for (let i = 0; i < words; i++) {
          const at = a * words + i;
          bits[at] = (bits[at] ?? 0) | (bits[k * words + i] ?? 0);
        }
      }
    }
    return result;
  }

  /** Reflexive and transitive closure. */
  star(): Relation {
    return this.plus().maybe();
  }

  isAcyclic(): boolean {
    const closed = this.plus();
    for (let a = 0; a < this.size; a++) if (closed.has(a, a)) return false;
    return true;
  }
}

/** The set of the events below `size` for which `holds` is true. */
export function eventSet(size: number, holds: (event: number) => boolean): EventSet {
  const set = new Uint32Array((size + 31) >>> 5);
  for (let event = 0; event < size; event++) {
    if (holds(event)) set[event >>> 5] = (set[event >>> 5] ?? 0) | (1 << (event & 31));
  }
  return set;
}

/** Whether `event` is in `set`. */
export function contains(set: EventSet, event: number): boolean {
  return ((set[event >>> 5] ?? 0) >>> (event & 31) & 1) !== 0;
}
