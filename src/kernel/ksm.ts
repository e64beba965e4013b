/** Merging of equal pages (mm/ksm.c). Both steps clear and set an entry without invalidate_range. */
import type { Task } from "explore/task.ts";
import { READ_ONCE } from "./barrier.ts";
import {
  mmu_notifier_invalidate_range_end,
  mmu_notifier_invalidate_range_start,
  ptep_clear_flush,
  set_pte_at_notify,
} from "./invalidate.ts";
import { type mm_struct, type page, PAGE_SIZE } from "./mm_types.ts";
import { get_page, put_page } from "./page.ts";
import { mk_pte, pte_get, pte_page, pte_present, pte_write, pte_wrprotect } from "./pgtable.ts";
import { down_read, up_read } from "./rwsem.ts";
import { spin_lock, spin_unlock } from "./spinlock.ts";

/**
 * Takes the permission to write the page at `address` away. The only word to notifiers before
 * range_end is change_pte. The caller holds mmap_sem for reading.
 */
export function* write_protect_page(mm: mm_struct, address: number): Task {
  const end = address + PAGE_SIZE;
  yield* mmu_notifier_invalidate_range_start(mm, address, end);
  yield* spin_lock(mm.page_table_lock);
  const pte = yield* pte_get(mm.pgd, address);
  if (pte_present(pte) && pte_write(pte)) {
    const old = yield* ptep_clear_flush(mm, address);
    yield* set_pte_at_notify(mm, address, pte_wrprotect(old));
  }
  yield* spin_unlock(mm.page_table_lock);
  yield* mmu_notifier_invalidate_range_end(mm, address, end);
}

/**
 * Puts `kpage` in the place of a read-only page of equal content. The caller holds mmap_sem for
 * reading and a reference on the old page.
 */
export function* replace_page(mm: mm_struct, address: number, kpage: page): Task {
  const end = address + PAGE_SIZE;
  yield* mmu_notifier_invalidate_range_start(mm, address, end);
  yield* spin_lock(mm.page_table_lock);
  const pte = yield* pte_get(mm.pgd, address);
  if (pte_present(pte) && !pte_write(pte)) {
    yield* get_page(kpage);
    yield* ptep_clear_flush(mm, address);
    yield* set_pte_at_notify(mm, address, mk_pte(kpage, 0));
    yield* put_page(pte_page(pte));
  }
  yield* spin_unlock(mm.page_table_lock);
  yield* mmu_notifier_invalidate_range_end(mm, address, end);
}

/** Merges the page at `address` into `kpage`, if their contents are equal; answers whether. */
export function* try_to_merge_one_page(
  mm: mm_struct,
  address: number,
  kpage: page,
): Task<boolean> {
  yield* down_read(mm.mmap_sem);
  let merged = false;
  yield* spin_lock(mm.page_table_lock);
  const pte = yield* pte_get(mm.pgd, address);
  const old = pte_present(pte) ? pte_page(pte) : null;
  if (old !== null) yield* get_page(old);
  yield* spin_unlock(mm.page_table_lock);
  if (old !== null) {
    yield* write_protect_page(mm, address);
    merged = (yield* READ_ONCE(old, "data")) === (yield* READ_ONCE(kpage, "data"));
    if (merged) yield* replace_page(mm, address, kpage);
    yield* put_page(old);
  }
  yield* up_read(mm.mmap_sem);
  return merged;
}
