/** Which slots of a state may differ from those of the last one that was looked at. */
import { ARENA_WORDS, TASK_LIMIT } from "../objects.ts";
import type { Listener } from "../search/stepper.ts";

/** Slots of words are their addresses; those of objects, of tasks and of the kernel log lie above. */
export const OBJECTS = ARENA_WORDS, TASKS = 2 * ARENA_WORDS, LOG = TASKS + TASK_LIMIT;
/** How many slots there are. */
export const SLOTS = LOG + 1;

/** Hears of the steps of a path, forwards and back. */
export class Changes implements Listener {
  /** Slots of words and objects, each once; they may be any where `isWhole`. */
  readonly slots: number[] = [];
  isWhole = true;
  readonly #isIn = new Uint8Array(TASKS);
  /** What the steps changed, in their order, and by depth where that of the step there begins. */
  readonly #path: number[] = [];
  readonly #marks: number[] = [];

  /** Somebody has looked at them all. */
  clear(): void {
    for (let at = 0; at < this.slots.length; at++) this.#isIn[this.slots[at] as number] = 0;
    this.slots.length = 0;
    this.isWhole = false;
  }

  begin(): void {
    this.#path.length = this.#marks.length = 0;
    this.isWhole = true;
  }

  beginStep(): void {
    this.#marks.push(this.#path.length);
  }

  backTo(depth: number): void {
    if (depth >= this.#marks.length) return;
    const end = this.#marks[depth] as number;
    for (let at = end; at < this.#path.length; at++) this.#note(this.#path[at] as number);
    this.#path.length = end;
    this.#marks.length = depth;
  }

  change(address: number, before: number, after: number): void {
    if (before !== after) this.#add(address);
  }

  allocate(base: number, { length }: Int32Array): void {
    this.#addObject(base, length);
  }

  free(base: number, _words: Int32Array, size: number): void {
    this.#addObject(base, size);
  }

  #addObject(base: number, size: number): void {
    this.#add(OBJECTS + base);
    for (let at = 0; at < size; at++) this.#add(base + at);
  }

  #add(slot: number): void {
    this.#path.push(slot);
    this.#note(slot);
  }

  #note(slot: number): void {
    if (this.#isIn[slot] === 1) return;
    this.#isIn[slot] = 1;
    this.slots.push(slot);
  }
}
