/** Numbers for questions, 53 bits of what was mixed in since `startKey`, and answers that are kept by them. */
import { scrambled } from "../tape/history.ts";

let low = 0, high = 0;

/** A question about the node with this id. */
export function startKey(id: number): void {
  low = scrambled(id);
  high = scrambled(~id);
}

/** The question depends on `value`. */
export function mix(value: number): void {
  low = Math.imul(low ^ value, 0x85ebca6b) ^ low >>> 15;
  high = (Math.imul(high + value | 0, 0xc2b2ae35) ^ high >>> 13) + 0x9e3779b9 | 0;
}

/** The number of the question. */
export function endKey(): number {
  return (scrambled(low) >>> 0) * 0x20_0000 + (scrambled(high) >>> 11);
}

/** Most answers that are kept. */
const LIMIT = 1 << 20;

/** Answers by the numbers of questions. */
export class Memo<T> {
  readonly #answers = new Map<number, T>();

  get(key: number): T | undefined {
    return this.#answers.get(key);
  }

  /** Keeps the answer, and answers it. */
  keep(key: number, answer: T): T {
    if (this.#answers.size === LIMIT) this.#answers.clear();
    this.#answers.set(key, answer);
    return answer;
  }
}
