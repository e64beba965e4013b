/**
 * What a task can know: a hash of all that it read, each call that has returned counted by its
 * answer alone.
 *
 * Two tasks that started alike, stand before the same operation and have the same history are in
 * the same state, whatever else happened. A function of the substrate that keeps nothing but what it
 * answers says so with `enter` and `leave`; what it read in between is forgotten.
 */
export class History {
  #low: number;
  #high: number;
  /** Histories to go back to, two numbers each. */
  readonly #outer: number[];
  /** The same without names; null where they matter. */
  readonly nameless: Nameless | null;

  constructor(
    low: number,
    high: number,
    outer: readonly number[] = [],
    nameless: Nameless | null = null,
  ) {
    this.#low = low;
    this.#high = high;
    this.#outer = [...outer];
    this.nameless = nameless;
  }

  /** Adds what was read: a number that names nothing. */
  mix(value: number): void {
    this.#mix(value);
    this.nameless?.mixPlain(value);
  }

  /** Adds what was read: an address. */
  mixAddress(value: number): void {
    this.#mix(value);
    this.nameless?.mixAddress(value);
  }

  /** Adds which tasks there are. */
  mixTasks(mask: number): void {
    this.#mix(mask);
    this.nameless?.mixTasks(mask);
  }

  /** Adds what was read in the word at `address`. */
  mixWord(address: number, value: number): void {
    this.#mix(value);
    this.nameless?.mixWord(address, value);
  }

  #mix(value: number): void {
    this.#low = scrambled(this.#low ^ value);
    this.#high = scrambled(this.#high + value | 0) + 0x9e3779b9 | 0;
  }

  /** What is read from here on counts no more once `leave` was called. */
  enter(): void {
    this.#outer.push(this.#low, this.#high);
    this.nameless?.enter();
  }

  /** Nothing is left of what was read since `enter`, which counts as called again. */
  again(): void {
    this.#high = this.#outer[this.#outer.length - 1] as number;
    this.#low = this.#outer[this.#outer.length - 2] as number;
    this.nameless?.again();
  }

  /** All is left of what was read since `enter`, as if it had not been called. */
  stay(): void {
    this.#outer.length -= 2;
    this.nameless?.stay();
  }

  /** Only `answer` is left of what was read since `enter`. */
  leave(answer: number, isAddress = false): void {
    this.#high = this.#outer.pop() as number;
    this.#low = this.#outer.pop() as number;
    this.nameless?.leave();
    if (isAddress) this.mixAddress(answer);
    else this.mix(answer);
  }

  /** A copy that goes its own way. */
  copy(): History {
    return new History(this.#low, this.#high, this.#outer, this.nameless?.copy() ?? null);
  }

  /** The history of a task that this one starts, which knows what this one does. */
  ofChild(id: number): History {
    const nameless = this.nameless?.ofChild(id) ?? null;
    const child = new History(this.#low, this.#high, [], nameless);
    child.#mix(id);
    return child;
  }

  /** Equal for equal histories. */
  key(): string {
    return `${this.#low},${this.#high},${this.#outer.join()}`;
  }
}

/** A history that counts what alike threads have of their own as the same. */
export interface Nameless {
  /** The task touches the object at `base`. */
  uses(base: number): void;
  mixPlain(value: number): void;
  mixAddress(value: number): void;
  mixWord(address: number, value: number): void;
  enter(): void;
  again(): void;
  stay(): void;
  leave(): void;
  /** Which tasks there are. */
  mixTasks(mask: number): void;
  copy(): Nameless;
  /** Of a task that this one starts, which knows what this one does, or no more than whose child it is. */
  ofChild(id: number): Nameless;
  bornAs(id: number): Nameless;
}

/** Spreads the bits of a number (the finalizer of MurmurHash3). */
export function scrambled(hash: number): number {
  let mixed = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  mixed = Math.imul(mixed ^ mixed >>> 13, 0xc2b2ae35);
  return mixed ^ mixed >>> 16;
}
