/**
 * The ear of a recording. While one is set, the machine tells it where tasks suspend and what they
 * touch; searches leave it unset and pay one comparison on paths that are slow already.
 */

/** What a recording is told. The caller's stack is the kernel code's stack at that moment. */
export interface Recorder {
  /** The current task is about to suspend. */
  suspends(): void;
  /** The current task read or wrote the word at `address`. */
  accesses(address: number, isWrite: boolean): void;
  /** The current task reads an old value of the word at `address`, which memory shows now. */
  sees(address: number): void;
  /** An object came to be at `base`. */
  allocates(base: number): void;
  /** The object at `base` was given back. */
  frees(base: number): void;
  /** The current task took the lock at `address`. */
  acquires(address: number): void;
}

/** Who listens, if anybody does. */
export let recorder: Recorder | null = null;

/** Sets or removes the listener. */
export function recordTo(next: Recorder | null): void {
  recorder = next;
}
