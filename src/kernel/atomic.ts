/**
 * Atomic counters (include/linux/atomic.h, Documentation/atomic_t.txt).
 *
 * An operation on a counter that a lock always protects moves both ways and costs no scheduling
 * point. The first pair of operations that no lock orders, and whose order somebody can tell, demotes
 * the field: from then on each of its operations is one. Nobody can tell the order of references that
 * are taken and given back as long as none is the last, or might have been (explore/footprint.ts).
 */
import { giveCount, isCounted, loadMarked, storeMarked, takeCount } from "explore/memory.ts";
import { checkAlive, isAtLeast, isDemoted } from "explore/objects.ts";
import { asAtomic, relaxed } from "explore/relaxed/hook.ts";
import { int, type Struct, struct } from "explore/struct.ts";
import { done, indivisible, machine, observePublished, publish, type Step } from "explore/task.ts";

/** An atomic counter. */
export class atomic_t extends struct("atomic_t", { counter: int }) {}

/** Is an atomic operation on the word at `address` a scheduling point? */
export function isScheduled(address: number): boolean {
  checkAlive(address);
  return isDemoted(address) || machine.granularity === "operations";
}

/** Does `act(address, argument)` on an atomic word of `subject`, as a scheduling point if need be. */
export function atomically<T>(
  label: string,
  subject: Struct,
  address: number,
  act: (address: number, argument: number) => T,
  argument = 0,
): Step<T> {
  if (!isScheduled(address)) return done(asAtomic(address, act, argument));
  return indivisible(label, subject, () => {
    checkAlive(address);
    return asAtomic(address, act, argument);
  });
}

/** Where the counter of an atomic_t or refcount_t lies. */
export function counterOf(v: Struct): number {
  return v.address + 1;
}

/**
 * What the counter's order of changes cannot tell anybody orders nothing: takes, and gives that are
 * not the last, publish what came before them here, and only the last give and the operations that
 * answer a value look. Had the order counted, a search that tries one of both would miss races.
 */
function countsOf(address: number): number {
  return address - 1;
}

/** Orders as an atomic that answers a value does: all before it, all after it. */
function fullyOrdered(address: number): void {
  relaxed?.orders("full");
  publish(address);
  observePublished(address);
  observePublished(countsOf(address));
}

/** Can nobody tell the order of a take, or of a give, while the counter is at least `least`? */
export function commutes(address: number, least: number): boolean {
  checkAlive(address);
  return relaxed === null && isAtLeast(address, least);
}

function set(address: number, value: number): void {
  storeMarked(address, value);
}

function add(address: number, amount: number): void {
  storeMarked(address, (loadMarked(address) + amount) | 0);
  relaxed?.orders("noreturn");
}

function addReturn(address: number, amount: number): number {
  const value = (loadMarked(address) + amount) | 0;
  storeMarked(address, value);
  fullyOrdered(address);
  return value;
}

function inc(address: number): void {
  if (commutes(address, 1)) takeCount(address);
  else add(address, 1);
}

function dec(address: number): void {
  if (commutes(address, 2)) giveCount(address);
  else add(address, -1);
}

function decAndTest(address: number): boolean {
  if (!commutes(address, 2)) return addReturn(address, -1) === 0;
  giveCount(address);
  publish(countsOf(address));
  return false;
}

function incNotZero(address: number): boolean {
  if (!commutes(address, 1)) {
    const value = loadMarked(address);
    if (value === 0) return false;
    storeMarked(address, value + 1);
    fullyOrdered(address);
    return true;
  }
  takeCount(address);
  publish(countsOf(address));
  observePublished(address);
  return true;
}

function isPositive(address: number): boolean {
  return commutes(address, 1) ? isCounted(address) : loadMarked(address) > 0;
}

/** Is the counter above 0? For assertions: asks no more than that, and orders nothing. */
export function atomic_is_positive(v: atomic_t): Step<boolean> {
  return atomically("atomic_read", v, counterOf(v), isPositive);
}

/** Reads the counter; orders nothing. */
export function atomic_read(v: atomic_t): Step<number> {
  return atomically("atomic_read", v, counterOf(v), loadMarked);
}

/** Sets the counter; orders nothing. */
export function atomic_set(v: atomic_t, value: number): Step {
  return atomically("atomic_set", v, counterOf(v), set, value);
}

/** Adds one; orders nothing. */
export function atomic_inc(v: atomic_t): Step {
  return atomically("atomic_inc", v, counterOf(v), inc);
}

/** Takes one off; orders nothing. */
export function atomic_dec(v: atomic_t): Step {
  return atomically("atomic_dec", v, counterOf(v), dec);
}

/** Adds `amount` and answers the new value; fully ordered. */
export function atomic_add_return(amount: number, v: atomic_t): Step<number> {
  return atomically("atomic_add_return", v, counterOf(v), addReturn, amount);
}

/** Takes one off and answers whether that gave 0; fully ordered. */
export function atomic_dec_and_test(v: atomic_t): Step<boolean> {
  return atomically("atomic_dec_and_test", v, counterOf(v), decAndTest);
}

/** Adds one unless the counter is 0, and answers whether it did; fully ordered when it did. */
export function atomic_inc_not_zero(v: atomic_t): Step<boolean> {
  return atomically("atomic_inc_not_zero", v, counterOf(v), incNotZero);
}
