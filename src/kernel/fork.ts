/** fork(2) as far as the parent's address space sees it (kernel/fork.c, dup_mmap). */
import type { Task } from "explore/task.ts";
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
} from "./invalidate.ts";
import { mm_alloc } from "./mm.ts";
import { type mm_struct, TASK_SIZE } from "./mm_types.ts";
import { get_page } from "./page.ts";
import {
  pagesOf,
  pte_get,
  pte_page,
  pte_present,
  pte_wrprotect,
  ptep_set_wrprotect,
  set_pte_at,
} from "./pgtable.ts";
import { down_write, up_write } from "./rwsem.ts";
import { spin_lock, spin_unlock } from "./spinlock.ts";
import { flush_tlb_mm } from "./tlbflush.ts";

/**
 * A copy of `oldmm` that shares its pages; both may only read them from now on. The parent's
 * notifiers hear range_end before its TLB is flushed. Answers null when memory is short.
 */
export function* dup_mm(oldmm: mm_struct): Task<mm_struct | null> {
  const mm = mm_alloc();
  if (mm === null) return null;
  yield* down_write(oldmm.mmap_sem);
  yield* mmu_notifier_invalidate_range_start(oldmm, 0, TASK_SIZE);
  yield* copy_page_range(mm, oldmm);
  yield* mmu_notifier_invalidate_range_end(oldmm, 0, TASK_SIZE);
  yield* flush_tlb_mm(oldmm);
  yield* up_write(oldmm.mmap_sem);
  return mm;
}

/** Nobody knows of the new address space yet, so that its own locks need not be taken. */
function* copy_page_range(mm: mm_struct, oldmm: mm_struct): Task {
  yield* spin_lock(oldmm.page_table_lock);
  for (const address of pagesOf(0, TASK_SIZE)) {
    const pte = yield* pte_get(oldmm.pgd, address);
    if (!pte_present(pte)) continue;
    yield* get_page(pte_page(pte));
    yield* ptep_set_wrprotect(oldmm, address);
    yield* set_pte_at(mm, address, pte_wrprotect(pte));
  }
  yield* spin_unlock(oldmm.page_table_lock);
}
