/** The structures of address spaces and of who listens to them (mm_types.h, mmu_notifier.h). */
import { host, int, nullable, ptr, struct } from "explore/struct.ts";
import type { Task } from "explore/task.ts";
import { atomic_t } from "./atomic.ts";
import { hlist_head, hlist_node } from "./hlist.ts";
import { rw_semaphore } from "./rwsem.ts";
import { spinlock_t } from "./spinlock.ts";
import { words } from "./words.ts";

/** Bytes in a page. */
export const PAGE_SIZE = 4096;
/** Pages in an address space here: enough for ranges and neighbours, few enough to explore. */
export const PTRS_PER_PGD = 4;
/** The first address that no process has. */
export const TASK_SIZE = PTRS_PER_PGD * PAGE_SIZE;

/** A page frame. It is freed with its last reference: a later access is a use after free. */
export class page extends struct("page", {
  _refcount: atomic_t,
  /** What is written there. */
  data: int,
}) {}

/** A process's page table, one entry a page. It lives until the last mmdrop. */
export class pgd_t extends struct("pgd_t", { entries: words(PTRS_PER_PGD) }) {}

/** What a driver wants to be told of an address space. Absent: not interested. */
export interface mmu_notifier_ops {
  /** MMU_INVALIDATE_DOES_NOT_BLOCK or nothing. */
  readonly flags?: number;
  /** The address space goes away; nothing may use it after this returns. May sleep. */
  readonly release?: (mn: mmu_notifier, mm: mm_struct) => Task;
  /** Tests and clears the accessed bits of [start, end); answers whether one was set. */
  readonly clear_flush_young?: RangeOp<number>;
  /** As clear_flush_young, but translations need not be invalidated. */
  readonly clear_young?: RangeOp<number>;
  /** Tests the accessed bit at `address`. */
  readonly test_young?: (mn: mmu_notifier, mm: mm_struct, address: number) => Task<number>;
  /** The entry at `address` is about to become `pte`. */
  readonly change_pte?: (
    mn: mmu_notifier,
    mm: mm_struct,
    address: number,
    pte: number,
  ) => Task;
  /** Entries of [start, end) are going to change. */
  readonly invalidate_range_start?: RangeOp<void>;
  /** Entries of [start, end) have changed. */
  readonly invalidate_range_end?: RangeOp<void>;
  /** Forget all translations of [start, end); called under spinlocks, must not sleep. */
  readonly invalidate_range?: RangeOp<void>;
}

/** A callback for a range of addresses, in bytes, `end` not included. */
export type RangeOp<T> = (
  mn: mmu_notifier,
  mm: mm_struct,
  start: number,
  end: number,
) => Task<T>;

/** Whoever registered this never sleeps in its invalidate callbacks. */
export const MMU_INVALIDATE_DOES_NOT_BLOCK = 1;

/** A registration with an address space, embedded in the driver's own object. */
export class mmu_notifier extends struct("mmu_notifier", {
  hlist: hlist_node,
  ops: host<mmu_notifier_ops>(),
}) {}

/** The registrations of an address space; there once the first was made. */
export class mmu_notifier_mm extends struct("mmu_notifier_mm", {
  list: hlist_head,
  lock: spinlock_t,
}) {}

/**
 * An address space. `mm_users` counts who may use the mappings, `mm_count` who may use the struct;
 * all users together hold one `mm_count`. `rmap_lock` stands for the locks of the reverse map.
 */
export class mm_struct extends struct("mm_struct", {
  mm_users: atomic_t,
  mm_count: atomic_t,
  mmap_sem: rw_semaphore,
  rmap_lock: rw_semaphore,
  page_table_lock: spinlock_t,
  pgd: ptr<pgd_t>(),
  mmu_notifier_mm: nullable<mmu_notifier_mm>(),
}) {}
