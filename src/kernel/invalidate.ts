/** What the VM calls when mappings change (include/linux/mmu_notifier.h, mm/mmu_notifier.c). */
import type { Task } from "explore/task.ts";
import { type mm_struct, PAGE_SIZE } from "./mm_types.ts";
import { each_notifier, mm_has_notifiers } from "./mmu_notifier.ts";
import { ptep_get_and_clear, ptep_test_and_clear_young, set_pte_at } from "./pgtable.ts";
import { flush_tlb_page } from "./tlbflush.ts";

/** Entries of [start, end) are going to change. May sleep if a notifier's callback does. */
export function* mmu_notifier_invalidate_range_start(
  mm: mm_struct,
  start: number,
  end: number,
): Task {
  if (!mm_has_notifiers(mm)) return;
  yield* each_notifier(mm, (mn, ops) => ops.invalidate_range_start?.(mn, mm, start, end));
}

/** Entries of [start, end) have changed; also calls invalidate_range of every notifier, first. */
export function* mmu_notifier_invalidate_range_end(
  mm: mm_struct,
  start: number,
  end: number,
): Task {
  if (!mm_has_notifiers(mm)) return;
  yield* each_notifier(mm, function* (mn, ops) {
    if (ops.invalidate_range !== undefined) yield* ops.invalidate_range(mn, mm, start, end);
    if (ops.invalidate_range_end !== undefined) yield* ops.invalidate_range_end(mn, mm, start, end);
  });
}

/** As mmu_notifier_invalidate_range_end, for a caller that has called invalidate_range itself. */
export function* mmu_notifier_invalidate_range_only_end(
  mm: mm_struct,
  start: number,
  end: number,
): Task {
  if (!mm_has_notifiers(mm)) return;
  yield* each_notifier(mm, (mn, ops) => ops.invalidate_range_end?.(mn, mm, start, end));
}

/** Translations of [start, end) are out of date. Called under the page-table lock: no sleeping. */
export function* mmu_notifier_invalidate_range(mm: mm_struct, start: number, end: number): Task {
  if (!mm_has_notifiers(mm)) return;
  yield* each_notifier(mm, (mn, ops) => ops.invalidate_range?.(mn, mm, start, end));
}

/** The entry at `address` becomes `pte` next. */
export function* mmu_notifier_change_pte(mm: mm_struct, address: number, pte: number): Task {
  if (!mm_has_notifiers(mm)) return;
  yield* each_notifier(mm, (mn, ops) => ops.change_pte?.(mn, mm, address, pte));
}

/** Clears accessed bits that only hardware knows of; answers whether one was set. */
export function* mmu_notifier_clear_flush_young(
  mm: mm_struct,
  start: number,
  end: number,
): Task<boolean> {
  if (!mm_has_notifiers(mm)) return false;
  let young = 0;
  yield* each_notifier(mm, function* (mn, ops) {
    if (ops.clear_flush_young !== undefined) {
      young |= yield* ops.clear_flush_young(mn, mm, start, end);
    }
  });
  return young !== 0;
}

/** Clears the entry and flushes the CPU's TLB; notifiers are not told (mm/pgtable-generic.c). */
export function* ptep_clear_flush(mm: mm_struct, address: number): Task<number> {
  const pte = yield* ptep_get_and_clear(mm, address);
  yield* flush_tlb_page(mm, address);
  return pte;
}

/** As ptep_clear_flush, then invalidate_range for the page. */
export function* ptep_clear_flush_notify(mm: mm_struct, address: number): Task<number> {
  const pte = yield* ptep_clear_flush(mm, address);
  yield* mmu_notifier_invalidate_range(mm, address, address + PAGE_SIZE);
  return pte;
}

/** Clears the accessed bit, of the CPU and of whoever listens; answers whether one was set. */
export function* ptep_clear_flush_young_notify(mm: mm_struct, address: number): Task<boolean> {
  const young = yield* ptep_test_and_clear_young(mm, address);
  if (young) yield* flush_tlb_page(mm, address);
  return (yield* mmu_notifier_clear_flush_young(mm, address, address + PAGE_SIZE)) || young;
}

/** Calls change_pte while the entry is clear, and then sets it. */
export function* set_pte_at_notify(mm: mm_struct, address: number, pte: number): Task {
  yield* mmu_notifier_change_pte(mm, address, pte);
  yield* set_pte_at(mm, address, pte);
}
