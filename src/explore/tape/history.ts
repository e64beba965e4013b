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

  constructor(low: number, high: number, outer: readonly number[] = []) {
    this.#low = low;
    this.#high = high;
    this.#outer = [...outer];
  }

  /** Adds what was read. */
  mix(value: number): void {
    this.#low = scrambled(this.#low ^ value);
    this.#high = scrambled(this.#high + value | 0) + 0x9e3779b9 | 0;
  }

  /** What is read from here on counts no more once `leave` was called. */
  enter(): void {
    this.#outer.push(this.#low, this.#high);
  }

  /** Nothing is left of what was read since `enter`, which counts as called again. */
  again(): void {
    this.#high = this.#outer[this.#outer.length - 1] as number;
    this.#low = this.#outer[this.#outer.length - 2] as number;
  }

  /** All is left of what was read since `enter`, as if it had not been called. */
  stay(): void {
    this.#outer.length -= 2;
  }

  /** Only `answer` is left of what was read since `enter`. */
  leave(answer: number): void {
    this.#high = this.#outer.pop() as number;
    this.#low = this.#outer.pop() as number;
    this.mix(answer);
  }

  /** A copy that goes its own way. */
  copy(): History {
    return new History(this.#low, this.#high, this.#outer);
  }

  /** The history of a task that this one starts, which knows what this one does. */
  ofChild(id: number): History {
    const child = new History(this.#low, this.#high);
    child.mix(id);
    return child;
  }

  /** Equal for equal histories. */
  key(): string {
    return `${this.#low},${this.#high},${this.#outer.join()}`;
  }
}

/** Spreads the bits of a number (the finalizer of MurmurHash3). */
export function scrambled(hash: number): number {
  let mixed = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  mixed = Math.imul(mixed ^ mixed >>> 13, 0xc2b2ae35);
  return mixed ^ mixed >>> 16;
}
