/**
 * Page-table entries (include/asm-generic/pgtable.h). An entry is a number: the frame's address
 * below three flag bits, 0 for none. Hardware walks the table without a lock, so entries are read
 * and written as marked accesses.
 */
import { ADDRESS_MASK, loadMarked, storeMarked } from "explore/memory.ts";
import { peek, poke } from "explore/objects.ts";
import { noteHardware } from "explore/observe.ts";
import { viewAt } from "explore/struct.ts";
import type { Step } from "explore/task.ts";
import { atomically } from "./atomic.ts";
import { type mm_struct, type page, PAGE_SIZE, type pgd_t, TASK_SIZE } from "./mm_types.ts";

/** Flags of an entry, above the bits of an address, where the leak check looks past them. */
export const PTE_PRESENT = 1 << 24, PTE_WRITE = 1 << 25, PTE_ACCESSED = 1 << 26;

/** No translation. */
export const PTE_NONE = 0;

/** An entry for `frame` with `flags`; it is present. */
export function mk_pte(frame: page, flags: number): number {
  return frame.address | flags | PTE_PRESENT;
}

/** The frame that a present entry points to. */
export function pte_page(pte: number): page {
  return viewAt(pte & ADDRESS_MASK) as page;
}

/** Does the entry translate? */
export function pte_present(pte: number): boolean {
  return (pte & PTE_PRESENT) !== 0;
}

/** Does the entry allow writes? */
export function pte_write(pte: number): boolean {
  return (pte & PTE_WRITE) !== 0;
}

/** Was the entry used since its accessed bit was cleared? */
export function pte_young(pte: number): boolean {
  return (pte & PTE_ACCESSED) !== 0;
}

/** The entry without permission to write. */
export function pte_wrprotect(pte: number): number {
  return pte & ~PTE_WRITE;
}

/** Where the table keeps the entry for `address`. */
function slotOf(table: pgd_t, address: number): number {
  if (!(address >= 0 && address < TASK_SIZE)) {
    throw new RangeError(`Cannot translate ${address}: an address space ends at ${TASK_SIZE}`);
  }
  return table.address + 1 + Math.floor(address / PAGE_SIZE);
}

function set(slot: number, pte: number): void {
  storeMarked(slot, pte);
}

function exchange(slot: number, pte: number): number {
  const old = loadMarked(slot);
  storeMarked(slot, pte);
  return old;
}

function clearFlag(slot: number, flag: number): boolean {
  const old = loadMarked(slot);
  if ((old & flag) === 0) return false;
  storeMarked(slot, old & ~flag);
  return true;
}

function walkAndMark(slot: number, flags: number): number {
  const old = loadMarked(slot);
  if (pte_present(old) && (old & flags) !== flags) storeMarked(slot, old | flags);
  return old;
}

/** Reads the entry for `address`, in bytes. */
export function pte_get(table: pgd_t, address: number): Step<number> {
  return atomically("pte_get", table, slotOf(table, address), loadMarked);
}

/** Reads the entry as a hardware walker does, which sets its accessed bit in the same moment. */
export function pte_walk(table: pgd_t, address: number): Step<number> {
  return atomically("pte_walk", table, slotOf(table, address), walkAndMark, PTE_ACCESSED);
}

/**
 * As {@link pte_walk}, within a step of hardware that does more in the same moment and is a
 * scheduling point itself.
 */
export function pte_walk_now(table: pgd_t, address: number): number {
  return walkAndMark(slotOf(table, address), PTE_ACCESSED);
}

/**
 * As {@link pte_walk_now}, for a walk whose result will be thrown away: the step depends on the
 * entry, but to free the table meanwhile is no race.
 */
export function pte_walk_discarded(table: pgd_t, address: number): number {
  const slot = slotOf(table, address), old = peek(slot);
  const marks = pte_present(old) && !pte_young(old);
  noteHardware(slot, marks);
  if (marks) poke(slot, old | PTE_ACCESSED);
  return old;
}

/** Reads the entry for `address` for a question about the state. */
export function pte_get_now(table: pgd_t, address: number): number {
  return loadMarked(slotOf(table, address));
}

/** Writes the entry for `address`. The caller holds the page-table lock. */
export function set_pte_at(mm: mm_struct, address: number, pte: number): Step {
  return atomically("set_pte_at", mm.pgd, slotOf(mm.pgd, address), set, pte);
}

/** Clears the entry and answers what it was, in one piece. The caller holds the page-table lock. */
export function ptep_get_and_clear(mm: mm_struct, address: number): Step<number> {
  return atomically("ptep_get_and_clear", mm.pgd, slotOf(mm.pgd, address), exchange, PTE_NONE);
}

/** Takes the permission to write away, in one piece; answers whether it was there. */
export function ptep_set_wrprotect(mm: mm_struct, address: number): Step<boolean> {
  return atomically("ptep_set_wrprotect", mm.pgd, slotOf(mm.pgd, address), clearFlag, PTE_WRITE);
}

/** Clears the accessed bit, in one piece; answers whether it was set. */
export function ptep_test_and_clear_young(mm: mm_struct, address: number): Step<boolean> {
  const slot = slotOf(mm.pgd, address);
  return atomically("ptep_test_and_clear_young", mm.pgd, slot, clearFlag, PTE_ACCESSED);
}

/** The addresses of the pages of [start, end). */
export function pagesOf(start: number, end: number): number[] {
  const pages: number[] = [];
  const first = Math.floor(start / PAGE_SIZE) * PAGE_SIZE;
  for (let address = first; address < end; address += PAGE_SIZE) pages.push(address);
  return pages;
}
