/**
 * Where the machine speaks to a model of memory other than sequential consistency, if there is one.
 * Without one each of these places costs a comparison, and none of them lies on the fast path of an
 * access.
 */

/** Which writes a read can see: the latest, or all that the Linux kernel memory model allows. */
export type MemoryModel = "sequential" | "relaxed";

/** Barriers of the memory model, by the kernel's names. */
export type Barrier = "smp_mb" | "smp_rmb" | "smp_wmb";

/** What an atomic operation orders; `noreturn`: nothing, and smp_rmb does not order its read. */
export type AtomicOrder = "full" | "acquire" | "release" | "noreturn";

/** What a model of memory is told. All calls are of the running task. */
export interface MemoryListener {
  /**
   * The task reads or writes the word. Before a read this puts into memory what the task reads;
   * what the task then writes is taken from memory at the next call.
   */
  accesses(address: number, isWrite: boolean, isMarked: boolean): void;
  /** The task does `act`, one atomic operation on the word. */
  atomic<T>(address: number, act: () => T): T;
  /** The atomic operation under way orders more than nothing. */
  orders(order: AtomicOrder): void;
  barrier(barrier: Barrier): void;
  /** The task took the lock whose word is at `word`, or gives it back. */
  takes(word: number, isShared: boolean): void;
  releases(word: number): void;
  /** The task synchronises with all who do so on `address`, by a means that is stronger than the model's. */
  meets(address: number): void;
  /** The same around `act`, whose accesses are no part of the model. */
  meeting<T>(address: number, act: () => T): T;
  /** The task started the task `child`. */
  spawns(child: number): void;
}

/** Who models memory, if anybody does. */
export let relaxed: MemoryListener | null = null;

/** Sets or removes the model. */
export function modelMemory(next: MemoryListener | null): void {
  relaxed = next;
}

/** An atomic operation on the word at `address`. */
export function asAtomic<T>(
  address: number,
  act: (address: number, argument: number) => T,
  argument: number,
): T {
  if (relaxed === null) return act(address, argument);
  return relaxed.atomic(address, () => act(address, argument));
}

/** Does `act` on a word by which tasks synchronise in a way that the memory model does not describe. */
export function asMeeting<T>(
  address: number,
  act: (address: number) => T,
): T {
  return relaxed === null ? act(address) : relaxed.meeting(address, () => act(address));
}
