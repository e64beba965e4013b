/** What relaxed memory keeps of each task. */
import { TASK_LIMIT } from "../objects.ts";
import type { Fence, History, MemoryEvent, TaskRecord } from "./events.ts";
import { Pointers } from "./pointers.ts";

/** What it keeps of one. */
export class Local implements TaskRecord {
  readonly events: MemoryEvent[] = [];
  readonly fences: Fence[] = [];
  readonly pointers = new Pointers();
  /** By word: the write that it read or made last. */
  readonly seen = new Map<number, MemoryEvent | null>();
  /** By task: how many of its accesses come before whatever this task does next. */
  readonly known = new Int32Array(TASK_LIMIT);
  /** What it read and when it was told of it, as one number for all equal pasts. */
  past = 0;
  steps = 0;
  started = false;

  /** Where it is bound to be in a history: at this write or after it, -1 for the initial value. */
  floorOf({ word, writes }: History): number {
    const { seen, known } = this, last = seen.get(word);
    for (let at = writes.length - 1; at >= 0; at--) {
      const write = writes[at] as MemoryEvent;
      if (write === last || (known[write.task] as number) > write.index) return at;
    }
    return -1;
  }

  /**
   * Is there an earlier access of another task, one of the two a write, that nothing is known to order before what
   * this task, which has the id `me`, does now?
   */
  conflicts({ lastRead, lastWrite }: History, me: number, isWrite: boolean): boolean {
    const { known } = this;
    const isUnknown = (index: number | undefined, task: number): boolean =>
      index !== undefined && task !== me && (known[task] as number) <= index;
    return lastWrite.some(isUnknown) || (isWrite && lastRead.some(isUnknown));
  }
}

/** What is known to whoever comes to a word next, of those who passed it on. */
export class Passed {
  /** By word of a lock or of a meeting, and by task: how many of its accesses. */
  readonly #counts = new Map<number, Int32Array>();

  clear(): void {
    this.#counts.clear();
  }

  /** What was known to those who passed `word` on is known to the task. */
  learn(word: number, { known }: Local): void {
    const passed = this.#counts.get(word);
    if (passed === undefined) return;
    for (const [task, count] of passed.entries()) {
      if (count > (known[task] as number)) known[task] = count;
    }
  }

  /** The task, which has the id `me`, passes `word` on. */
  pass(word: number, local: Local, me: number): void {
    this.learn(word, local);
    const passed = local.known.slice();
    passed[me] = local.events.length;
    this.#counts.set(word, passed);
  }
}
