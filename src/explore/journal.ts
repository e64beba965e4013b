/**
 * What is remembered of an execution, kept so that its last steps can be taken back.
 *
 * A search that turns back goes on from a step in the middle of its path. All that is written by
 * `put` is noted in a log, and taken back from its end; so a new execution begins with nothing, and
 * a beginning that two executions share is run once.
 *
 * All numbers of a journal are in one array, so that to take one back is two reads and a write.
 */

/** A row of numbers, 0 at first, whose latest changes can be taken back. */
export class Journal {
  /** Read them; write them by `put`. */
  readonly cells: Int32Array;
  /** Pairs of an index and the number that was there before. */
  #log: Int32Array = new Int32Array(1 << 12);
  #end = 0;
  #allotted = 0;

  /** A journal of at most `limit` numbers; only those in use take up memory. */
  constructor(limit: number) {
    this.cells = new Int32Array(limit);
  }

  /** Sets `count` numbers aside and answers the index of the first. */
  allot(count: number): number {
    const first = this.#allotted;
    this.#allotted += count;
    if (this.#allotted > this.cells.length) {
      throw new RangeError(
        `Cannot set ${count} numbers aside: ${this.cells.length} are the most`,
      );
    }
    return first;
  }

  /** Writes a number until the step is taken back. */
  put(index: number, value: number): void {
    const before = this.cells[index] as number;
    if (before === value) return;
    if (this.#end === this.#log.length) this.#log = grown(this.#log);
    this.#log[this.#end] = index;
    this.#log[this.#end + 1] = before;
    this.#end += 2;
    this.cells[index] = value;
  }

  /** Where the log ends now, for `takeBack`. */
  mark(): number {
    return this.#end;
  }

  /** Takes back all that was written since the log ended at `mark`; 0 takes back everything. */
  takeBack(mark: number): void {
    while (this.#end > mark) {
      this.#end -= 2;
      this.cells[this.#log[this.#end] as number] = this.#log[this.#end + 1] as number;
    }
  }
}

/** What the sanitizers remember. */
const sanitizers = new Journal(1 << 23);

/** The numbers of the sanitizers. Read them; write them by `put`. */
export const cells = sanitizers.cells;

/** Sets `count` numbers aside for a sanitizer and answers the index of the first. */
export function allot(count: number): number {
  return sanitizers.allot(count);
}

/** Writes a number of a sanitizer until the step is taken back. */
export function put(index: number, value: number): void {
  sanitizers.put(index, value);
}

/** Where the log of the sanitizers ends now, for `takeBack`. */
export function journalMark(): number {
  return sanitizers.mark();
}

/** Takes back what the sanitizers wrote since their log ended at `mark`; 0 takes back everything. */
export function takeBack(mark: number): void {
  sanitizers.takeBack(mark);
}

/** What the footprints of steps depend on beside the steps: counts.ts and links.ts. */
export const trail = new Journal(1 << 21);

/** A copy of `array` with room for twice as much, or for `length` if that is more. */
export function grown(array: Int32Array, length = 0): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(Math.max(array.length * 2, length));
  copy.set(array);
  return copy;
}
