/** Reference counts with CONFIG_REFCOUNT_FULL (lib/refcount.c): every misuse is reported. */
import { KernelFault } from "explore/fault.ts";
import { giveCount, loadMarked, storeMarked, takeCount } from "explore/memory.ts";
import { describe } from "explore/objects.ts";
import { relaxed } from "explore/relaxed/hook.ts";
import { int, struct } from "explore/struct.ts";
import { type Answer, called } from "explore/tape/call.ts";
import { observePublished, publish, type Step } from "explore/task.ts";
import { atomically, commutes, counterOf } from "./atomic.ts";

/** A reference count: an unsigned 32-bit number that sticks at its maximum. */
export class refcount_t extends struct("refcount_t", { refs: int }) {}

/** UINT_MAX as a word. */
const SATURATED = -1;

function warn(address: number, kind: string): KernelFault {
  return new KernelFault("refcount", kind, describe(address), "", address);
}

function set(address: number, value: number): void {
  storeMarked(address, value | 0);
}

function incNotZero(address: number): boolean {
  // Far from both ends the order of takes and gives cannot be told.
  if (commutes(address, 1)) {
    takeCount(address);
    return true;
  }
  const value = loadMarked(address);
  if (value === 0) return false;
  if (value === SATURATED) return true;
  storeMarked(address, (value + 1) | 0);
  if (((value + 1) | 0) === SATURATED) throw warn(address, "saturated; leaking memory");
  return true;
}

function inc(address: number): void {
  if (!incNotZero(address)) throw warn(address, "increment on 0; use-after-free");
  relaxed?.orders("noreturn");
}

function decAndTest(address: number): boolean {
  if (commutes(address, 2)) {
    giveCount(address);
    publish(address);
    return false;
  }
  const value = loadMarked(address);
  if (value === SATURATED) return false;
  if (value === 0) throw warn(address, "underflow; use-after-free");
  storeMarked(address, (value - 1) | 0);
  relaxed?.orders("release");
  publish(address);
  if (value !== 1) return false;
  // A release on the way down and the dependency on the last one order the free after every user.
  observePublished(address);
  return true;
}

function dec(address: number): void {
  if (decAndTest(address)) throw warn(address, "decrement hit 0; leaking memory");
}

function decNotOne(address: number): boolean {
  const value = loadMarked(address);
  if (value === SATURATED) return true;
  if (value === 1) return false;
  return decAndTest(address) || true;
}

/** Sets the count; orders nothing. */
export function refcount_set(r: refcount_t, n: number): Step {
  return atomically("refcount_set", r, counterOf(r), set, n);
}

/**
 * Reads the count, unsigned; orders nothing. With `ask` it answers what that says of the count, and the
 * caller comes to know nothing else: threads that got the same answer can stand in the same place.
 */
export function refcount_read(r: refcount_t): Step<number>;
export function refcount_read<T extends Answer>(r: refcount_t, ask: (count: number) => T): Step<T>;
export function refcount_read<T extends Answer>(
  r: refcount_t,
  ask?: (count: number) => T,
): Step<number | T> {
  const read = ask === undefined
    ? readUnsigned
    : (address: number) => called(() => ask(readUnsigned(address)));
  return atomically<number | T>("refcount_read", r, counterOf(r), read);
}

function readUnsigned(address: number): number {
  return loadMarked(address) >>> 0;
}

/**
 * Adds a reference to one that the caller has; orders nothing.
 * @throws {KernelFault} refcount, "increment on 0; use-after-free", "saturated; leaking memory"
 */
export function refcount_inc(r: refcount_t): Step {
  return atomically("refcount_inc", r, counterOf(r), inc);
}

/**
 * Adds a reference unless there is none, and answers whether it did. Only the branch on the answer
 * orders what follows: reads may still be early.
 */
export function refcount_inc_not_zero(r: refcount_t): Step<boolean> {
  return atomically("refcount_inc_not_zero", r, counterOf(r), incNotZero);
}

/**
 * Gives a reference back and answers whether it was the last. Release: what the caller did with the
 * object comes before.
 * @throws {KernelFault} refcount, "underflow; use-after-free"
 */
export function refcount_dec_and_test(r: refcount_t): Step<boolean> {
  return atomically("refcount_dec_and_test", r, counterOf(r), decAndTest);
}

/**
 * Gives back a reference that is known not to be the last.
 * @throws {KernelFault} refcount, "decrement hit 0; leaking memory", "underflow; use-after-free"
 */
export function refcount_dec(r: refcount_t): Step {
  return atomically("refcount_dec", r, counterOf(r), dec);
}

/** Gives a reference back unless it is the last, and answers whether it did. */
export function refcount_dec_not_one(r: refcount_t): Step<boolean> {
  return atomically("refcount_dec_not_one", r, counterOf(r), decNotOne);
}
