/**
 * What happens to a living address space, with the notifiers called in the kernel's order:
 * munmap, mprotect, page faults with copy-on-write, ageing and reclaim. fork.ts and ksm.ts go on.
 */
import type { Task } from "explore/task.ts";
import { READ_ONCE, WRITE_ONCE } from "./barrier.ts";
import { EFAULT, ENOMEM } from "./errno.ts";
import {
  mmu_notifier_invalidate_range,
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_only_end,
  mmu_notifier_invalidate_range_start,
  ptep_clear_flush,
  ptep_clear_flush_notify,
  ptep_clear_flush_young_notify,
  set_pte_at_notify,
} from "./invalidate.ts";
import { zap_page_range } from "./mm.ts";
import { type mm_struct, type page, PAGE_SIZE, TASK_SIZE } from "./mm_types.ts";
import { alloc_page, get_page, page_count, put_page } from "./page.ts";
import {
  mk_pte,
  pagesOf,
  PTE_ACCESSED,
  pte_get,
  pte_page,
  pte_present,
  PTE_WRITE,
  pte_write,
  ptep_set_wrprotect,
  set_pte_at,
} from "./pgtable.ts";
import { down_read, down_write, up_read, up_write } from "./rwsem.ts";
import { spin_lock, spin_unlock } from "./spinlock.ts";
import { flush_tlb_range } from "./tlbflush.ts";

/** The next address that is a multiple of the page size. */
function pageOf(address: number): number {
  return Math.floor(address / PAGE_SIZE) * PAGE_SIZE;
}

/**
 * Unmaps [start, end), as munmap(2) (mm/mmap.c, unmap_region): entries are cleared, range_end comes,
 * then the TLB is flushed, invalidate_range follows, and last the pages are freed.
 */
export function* munmap(mm: mm_struct, start: number, end: number): Task {
  yield* down_write(mm.mmap_sem);
  yield* mmu_notifier_invalidate_range_start(mm, start, end);
  const pages = yield* zap_page_range(mm, start, end);
  yield* mmu_notifier_invalidate_range_end(mm, start, end);
  if (pages.length > 0) {
    yield* flush_tlb_range(mm, start, end);
    yield* mmu_notifier_invalidate_range(mm, start, end);
  }
  for (const frame of pages) yield* put_page(frame);
  yield* up_write(mm.mmap_sem);
}

/** Takes the permission to write [start, end) away, as mprotect(2): the TLB is flushed last. */
export function* mprotect_readonly(mm: mm_struct, start: number, end: number): Task {
  yield* down_write(mm.mmap_sem);
  yield* mmu_notifier_invalidate_range_start(mm, start, end);
  let changed = false;
  yield* spin_lock(mm.page_table_lock);
  for (const address of pagesOf(start, end)) {
    if (yield* ptep_set_wrprotect(mm, address)) changed = true;
  }
  yield* spin_unlock(mm.page_table_lock);
  yield* mmu_notifier_invalidate_range_end(mm, start, end);
  if (changed) yield* flush_tlb_range(mm, start, end);
  yield* up_write(mm.mmap_sem);
}

/**
 * Makes the page at `address` present, and writable if asked; every mapping here allows both. The
 * caller holds mmap_sem for reading (mm/memory.c, handle_mm_fault).
 * @returns 0, -ENOMEM, or -EFAULT for an address that no process has
 */
export function* handle_mm_fault(
  mm: mm_struct,
  address: number,
  isWrite: boolean,
): Task<number> {
  if (!(address >= 0 && address < TASK_SIZE)) return -EFAULT;
  const at = pageOf(address);
  yield* spin_lock(mm.page_table_lock);
  const pte = yield* pte_get(mm.pgd, at);
  if (pte_present(pte) && isWrite && !pte_write(pte)) return yield* do_wp_page(mm, at, pte);
  yield* spin_unlock(mm.page_table_lock);
  return pte_present(pte) ? 0 : yield* do_anonymous_page(mm, at);
}

function* do_anonymous_page(mm: mm_struct, address: number): Task<number> {
  const frame = alloc_page();
  if (frame === null) return -ENOMEM;
  yield* spin_lock(mm.page_table_lock);
  const isFree = !pte_present(yield* pte_get(mm.pgd, address));
  if (isFree) yield* set_pte_at(mm, address, mk_pte(frame, PTE_WRITE | PTE_ACCESSED));
  yield* spin_unlock(mm.page_table_lock);
  if (!isFree) yield* put_page(frame);
  return 0;
}

/** A write to a read-only page; the caller holds the page-table lock, which this gives back. */
function* do_wp_page(mm: mm_struct, address: number, pte: number): Task<number> {
  const old = pte_page(pte);
  if ((yield* page_count(old)) === 1) {
    // Nobody shares it (wp_page_reuse): more permission, so that nothing cached can be wrong.
    yield* set_pte_at(mm, address, pte | PTE_WRITE | PTE_ACCESSED);
    yield* spin_unlock(mm.page_table_lock);
    return 0;
  }
  yield* get_page(old);
  yield* spin_unlock(mm.page_table_lock);
  return yield* wp_page_copy(mm, address, pte, old);
}

/** Copies a page before the first write: invalidate_range comes under the page-table lock. */
function* wp_page_copy(mm: mm_struct, address: number, pte: number, old: page): Task<number> {
  const copy = alloc_page();
  if (copy === null) {
    yield* put_page(old);
    return -ENOMEM;
  }
  yield* WRITE_ONCE(copy, "data", yield* READ_ONCE(old, "data"));
  const end = address + PAGE_SIZE;
  let spare = copy;
  yield* mmu_notifier_invalidate_range_start(mm, address, end);
  yield* spin_lock(mm.page_table_lock);
  if ((yield* pte_get(mm.pgd, address)) === pte) {
    yield* ptep_clear_flush_notify(mm, address);
    yield* set_pte_at_notify(mm, address, mk_pte(copy, PTE_WRITE | PTE_ACCESSED));
    spare = old;
  }
  yield* spin_unlock(mm.page_table_lock);
  yield* mmu_notifier_invalidate_range_only_end(mm, address, end);
  yield* put_page(spare);
  yield* put_page(old);
  return 0;
}

/** A page fault of the process itself at `address`; answers as handle_mm_fault. */
export function* do_page_fault(mm: mm_struct, address: number, isWrite: boolean): Task<number> {
  yield* down_read(mm.mmap_sem);
  const ret = yield* handle_mm_fault(mm, address, isWrite);
  yield* up_read(mm.mmap_sem);
  return ret;
}

/** Maps and fills [start, end), as MAP_POPULATE does; answers 0 or -ENOMEM. */
export function* mm_populate(mm: mm_struct, start: number, end: number): Task<number> {
  for (const address of pagesOf(start, end)) {
    const ret = yield* do_page_fault(mm, address, true);
    if (ret !== 0) return ret;
  }
  return 0;
}

/** Was the page at `address` used since this was last asked? Clears the mark (mm/rmap.c). */
export function* page_referenced(mm: mm_struct, address: number): Task<boolean> {
  const at = pageOf(address);
  yield* down_read(mm.rmap_lock);
  yield* spin_lock(mm.page_table_lock);
  let young = false;
  if (pte_present(yield* pte_get(mm.pgd, at))) {
    young = yield* ptep_clear_flush_young_notify(mm, at);
  }
  yield* spin_unlock(mm.page_table_lock);
  yield* up_read(mm.rmap_lock);
  return young;
}

/**
 * Takes the page at `address` away from the process, as reclaim does (try_to_unmap_one): the entry
 * is cleared, the TLB flushed and invalidate_range called under the page-table lock.
 * @returns false when there was no page, or it was in use of late
 */
export function* try_to_unmap(mm: mm_struct, address: number): Task<boolean> {
  const at = pageOf(address), end = at + PAGE_SIZE;
  let frame: page | null = null;
  yield* down_read(mm.rmap_lock);
  yield* mmu_notifier_invalidate_range_start(mm, at, end);
  yield* spin_lock(mm.page_table_lock);
  if (
    pte_present(yield* pte_get(mm.pgd, at)) && !(yield* ptep_clear_flush_young_notify(mm, at))
  ) {
    frame = pte_page(yield* ptep_clear_flush(mm, at));
    yield* mmu_notifier_invalidate_range(mm, at, end);
  }
  yield* spin_unlock(mm.page_table_lock);
  yield* mmu_notifier_invalidate_range_end(mm, at, end);
  yield* up_read(mm.rmap_lock);
  if (frame === null) return false;
  yield* put_page(frame);
  return true;
}
