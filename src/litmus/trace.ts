import type { Position } from "./error.ts";
import type { FenceKind } from "./primitives.ts";

/**
 * A value of the modelled machine: a signed 32-bit integer, or the address of location i as `ADDRESS + i`, which no
 * integer of 32 bits equals.
 */
export type Value = number;

/** See {@link Value}. */
export const ADDRESS = 2 ** 40;

/** How an access is tagged in the model; `noreturn` is the read of a read-modify-write that returns nothing. */
export type Tag = "plain" | "once" | "acquire" | "release" | "noreturn";

/** Lock events: the read and the write of a lock taken, its release, and a read that finds out only. */
export type LockEvent = "LKR" | "LKW" | "UL" | "LF" | null;

/**
 * A memory access of one process. `addr`, `data` and `ctrl` are bit masks over the earlier accesses of the same process
 * on which the address, the value written, or the execution of this one depends. `rmw` is the index of the access that
 * forms a read-modify-write with this one, or -1.
 */
export interface Access {
  readonly kind: "R" | "W";
  readonly location: number;
  readonly value: Value;
  readonly tag: Tag;
  readonly lock: LockEvent;
  /** Part of an atomic operation, whether that succeeded or not. */
  readonly atomic: boolean;
  readonly addr: number;
  readonly data: number;
  readonly ctrl: number;
  rmw: number;
  readonly position: Position;
}

/** A fence, standing after the first `after` accesses of its process. */
export interface Fence {
  readonly kind: FenceKind;
  readonly after: number;
}

/** What one process does where its reads return given values. `fault` says why it could not run to its end. */
export interface Trace {
  readonly process: number;
  readonly accesses: readonly Access[];
  readonly fences: readonly Fence[];
  readonly registers: ReadonlyMap<string, Value>;
  readonly fault: { readonly position: Position; readonly reason: string } | null;
}

/** Bit masks over accesses bound their number in one process. */
export const MAX_ACCESSES = 31;
