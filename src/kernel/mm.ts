/** Life and death of an address space (kernel/fork.c, include/linux/sched/mm.h, mm/mmap.c). */
import { calling } from "explore/tape/call.ts";
import { spawn, type Step, type Task } from "explore/task.ts";
import { atomic_dec_and_test, atomic_inc, atomic_inc_not_zero } from "./atomic.ts";
import { mm_struct, type page, pgd_t, TASK_SIZE } from "./mm_types.ts";
import {
  __mmu_notifier_release,
  mm_has_notifiers,
  mmu_notifier_mm_destroy,
} from "./mmu_notifier.ts";
import { put_page } from "./page.ts";
import { pagesOf, pte_get, pte_page, pte_present, ptep_get_and_clear } from "./pgtable.ts";
import { init_rwsem } from "./rwsem.ts";
import { might_sleep } from "./sched.ts";
import { kfree, kzalloc } from "./slab.ts";
import { spin_lock, spin_lock_init, spin_unlock } from "./spinlock.ts";
import { flush_tlb_mm } from "./tlbflush.ts";

export { mm_struct, PAGE_SIZE, TASK_SIZE } from "./mm_types.ts";

/** A new, empty address space with one user, or null when memory is short. */
export function mm_alloc(): mm_struct | null {
  const mm = kzalloc(mm_struct);
  if (mm === null) return null;
  const pgd = kzalloc(pgd_t);
  if (pgd === null) {
    kfree(mm);
    return null;
  }
  mm.pgd = pgd;
  mm.mm_users.counter = 1;
  mm.mm_count.counter = 1;
  init_rwsem(mm.mmap_sem);
  init_rwsem(mm.rmap_lock);
  spin_lock_init(mm.page_table_lock);
  return mm;
}

/** Keeps the struct: the mappings may go meanwhile. The caller has a reference of either kind. */
export function mmgrab(mm: mm_struct): Step {
  return atomic_inc(mm.mm_count);
}

/** Gives back what mmgrab took; the last one frees page table and struct. Does not sleep. */
export function* mmdrop(mm: mm_struct): Task {
  if (yield* atomic_dec_and_test(mm.mm_count)) __mmdrop(mm);
}

function __mmdrop(mm: mm_struct): void {
  kfree(mm.pgd);
  mmu_notifier_mm_destroy(mm);
  kfree(mm);
}

/** Keeps the mappings, for a caller that uses them already. */
export function mmget(mm: mm_struct): Step {
  return atomic_inc(mm.mm_users);
}

/** Keeps the mappings unless their exit has begun, and answers whether it did. */
export function mmget_not_zero(mm: mm_struct): Step<boolean> {
  return atomic_inc_not_zero(mm.mm_users);
}

/**
 * Gives back what mmget took; the last one tears the mappings down in the caller's context, with
 * whatever mutexes the caller holds.
 * @throws {KernelFault} lockdep, in atomic context: it may sleep
 */
export function* mmput(mm: mm_struct): Task {
  might_sleep("mmput");
  if (yield* atomic_dec_and_test(mm.mm_users)) yield* __mmput(mm);
}

/** As mmput, but the tearing down is left to a worker; may be called anywhere. */
export function* mmput_async(mm: mm_struct): Task {
  if (yield* atomic_dec_and_test(mm.mm_users)) spawn("mmput_async", () => __mmput(mm));
}

function* __mmput(mm: mm_struct): Task {
  yield* calling(exit_mmap(mm));
  yield* mmdrop(mm);
}

/**
 * Tears all mappings down: first the notifiers are told and leave, then entries are cleared, then
 * the TLB is flushed, and last of all the pages are freed.
 */
function* exit_mmap(mm: mm_struct): Task {
  if (mm_has_notifiers(mm)) yield* calling(__mmu_notifier_release(mm));
  const pages = yield* zap_page_range(mm, 0, TASK_SIZE);
  yield* flush_tlb_mm(mm);
  for (const frame of pages) yield* put_page(frame);
}

/** Clears the entries of [start, end) and answers the pages that they pointed to (mm/memory.c). */
export function* zap_page_range(mm: mm_struct, start: number, end: number): Task<page[]> {
  const pages: page[] = [];
  yield* spin_lock(mm.page_table_lock);
  for (const address of pagesOf(start, end)) {
    const pte = yield* pte_get(mm.pgd, address);
    if (!pte_present(pte)) continue;
    pages.push(pte_page(yield* ptep_get_and_clear(mm, address)));
  }
  yield* spin_unlock(mm.page_table_lock);
  return pages;
}
