/** What an execution under relaxed memory is made of: accesses in the order of their task, and barriers. */
import type { Barrier } from "./hook.ts";

/** How an access is marked, by the names of the memory model. */
export type Tag = "plain" | "once" | "acquire" | "release" | "noreturn";

/** What an access is to a lock: the read and the write that take it, and the write that gives it back. */
export type LockPart = "LKR" | "LKW" | "UL";

/** An access of a task to a word. */
export interface MemoryEvent {
  readonly task: number;
  /** Its place among the accesses of its task. */
  readonly index: number;
  readonly word: number;
  readonly kind: "R" | "W";
  tag: Tag;
  readonly lock: LockPart | null;
  readonly isAtomic: boolean;
  /** For a write: what it wrote, known once the task has gone on. */
  value: number;
  /** For a read: the write that it read from; null for the initial value. */
  readonly source: MemoryEvent | null;
  /** The other half of an atomic operation that reads and writes. */
  partner: MemoryEvent | null;
  /** Earlier reads of the task from which the address of this access may have come. */
  readonly addresses: readonly MemoryEvent[];
}

/** A barrier of a task, after its first `after` accesses. */
export interface Fence {
  readonly barrier: Barrier;
  readonly after: number;
}

/** What one task has done so far. */
export interface TaskRecord {
  readonly events: MemoryEvent[];
  readonly fences: Fence[];
}

/** A word and the writes to it, the first in coherence order first. Its initial value comes before. */
export interface History {
  readonly word: number;
  readonly initial: number;
  readonly writes: MemoryEvent[];
  /** By task: the index of its last read and of its last write here. */
  readonly lastRead: (number | undefined)[];
  readonly lastWrite: (number | undefined)[];
  /** Have two tasks made conflicting accesses that no lock and no meeting orders? */
  isContested: boolean;
}
