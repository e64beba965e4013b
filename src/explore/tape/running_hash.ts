/**
 * A hash of memory that is kept up to date while steps are run and taken back, so that a state can be
 * told from others without a look at all of its words.
 *
 * It is the sum of a number for each word that is alive, in two lanes.
 */
import type { Listener } from "../search/stepper.ts";
import { scrambled } from "./history.ts";

/** Stands for the object that begins at an address. */
const OBJECT = 0x51ed270b;

/** The hash of the state that a path leads to, counted from that in which it begins. */
export class RunningHash implements Listener {
  low = 0;
  high = 0;
  /** By depth: what it was before the step there. */
  readonly #lows: number[] = [];
  readonly #highs: number[] = [];

  begin(): void {
    this.low = this.high = 0;
    this.#lows.length = this.#highs.length = 0;
  }

  beginStep(): void {
    this.#lows.push(this.low);
    this.#highs.push(this.high);
  }

  backTo(depth: number): void {
    if (depth >= this.#lows.length) return;
    this.low = this.#lows[depth] as number;
    this.high = this.#highs[depth] as number;
    this.#lows.length = this.#highs.length = depth;
  }

  change(address: number, before: number, after: number): void {
    if (before === after) return;
    this.#add(address, after, 1);
    this.#add(address, before, -1);
  }

  allocate(base: number, words: Int32Array): void {
    this.#all(base, words, 0, words.length, 1);
  }

  free(base: number, words: Int32Array, size: number): void {
    this.#all(base, words, base, size, -1);
  }

  #all(base: number, words: Int32Array, from: number, size: number, sign: number): void {
    this.#add(base, OBJECT, sign);
    for (let at = 0; at < size; at++) this.#add(base + at, words[from + at] as number, sign);
  }

  #add(address: number, value: number, sign: number): void {
    const mixed = value ^ Math.imul(address, 0x9e3779b1);
    this.low = this.low + sign * scrambled(mixed) | 0;
    this.high = this.high + sign * scrambled(Math.imul(address, 0x85ebca77) - value | 0) | 0;
  }
}
