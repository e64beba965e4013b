/**
 * The MMU notifier core (mm/mmu_notifier.c): who is told what happens to an address space.
 *
 * Callbacks run in a read section of one SRCU domain that all address spaces share.
 */
import { calling } from "explore/tape/call.ts";
import type { Task } from "explore/task.ts";
import { atomic_is_positive } from "./atomic.ts";
import { BUG_ON } from "./bug.ts";
import { EINTR, ENOMEM } from "./errno.ts";
import {
  hlist_add_head,
  hlist_del_init_rcu,
  hlist_empty,
  hlist_entry,
  hlist_first,
  hlist_first_rcu,
  hlist_next_rcu,
  hlist_unhashed,
  INIT_HLIST_HEAD,
} from "./hlist.ts";
import { should_fail } from "./inject.ts";
import { mmdrop, mmgrab } from "./mm.ts";
import {
  type mm_struct,
  mmu_notifier,
  mmu_notifier_mm,
  type mmu_notifier_ops,
} from "./mm_types.ts";
import { DEFINE_MUTEX, mutex_lock, mutex_unlock } from "./mutex.ts";
import { down_write, up_write } from "./rwsem.ts";
import { kfree, kzalloc } from "./slab.ts";
import { spin_lock, spin_lock_init, spin_unlock } from "./spinlock.ts";
import {
  call_srcu,
  DEFINE_SRCU,
  type rcu_head,
  type RcuCallback,
  srcu_read_lock,
  srcu_read_unlock,
  synchronize_srcu,
} from "./srcu.ts";

export { mmu_notifier, type mmu_notifier_ops } from "./mm_types.ts";

/** One domain for all address spaces: a reader of any of them holds up the callbacks of all. */
const srcu = DEFINE_SRCU("mmu_notifier srcu");

const mm_all_locks_mutex = DEFINE_MUTEX("mm_all_locks_mutex");

/** Has anybody ever registered with `mm`? */
export function mm_has_notifiers(mm: mm_struct): boolean {
  return mm.mmu_notifier_mm !== null;
}

/** Shuts out every walk of the reverse map; -EINTR as `inject_fault` arranges (mm/mmap.c). */
function* mm_take_all_locks(mm: mm_struct): Task<number> {
  yield* mutex_lock(mm_all_locks_mutex);
  if (should_fail("mmu_notifier_register -EINTR")) {
    yield* mutex_unlock(mm_all_locks_mutex);
    return -EINTR;
  }
  yield* down_write(mm.rmap_lock);
  return 0;
}

function* mm_drop_all_locks(mm: mm_struct): Task {
  yield* up_write(mm.rmap_lock);
  yield* mutex_unlock(mm_all_locks_mutex);
}

/**
 * Registers `mn` with `mm`, which the caller must be using (mm_users above 0). Takes mmap_sem for
 * writing and one reference on mm_count. Nothing fails after `mn` can be reached.
 * @returns 0, -ENOMEM (`inject_fault("kzalloc mmu_notifier_mm")`) or -EINTR, when a signal is
 * pending (`inject_fault("mmu_notifier_register -EINTR")`)
 * @throws {KernelFault} oops, "kernel BUG", when mm_users is 0
 */
export function* mmu_notifier_register(mn: mmu_notifier, mm: mm_struct): Task<number> {
  BUG_ON(!(yield* atomic_is_positive(mm.mm_users)), "mmu_notifier_register: mm_users <= 0");
  let fresh = kzalloc(mmu_notifier_mm);
  if (fresh === null) return -ENOMEM;
  yield* down_write(mm.mmap_sem);
  const ret = yield* mm_take_all_locks(mm);
  if (ret === 0) {
    if (mm.mmu_notifier_mm === null) {
      INIT_HLIST_HEAD(fresh.list);
      spin_lock_init(fresh.lock);
      mm.mmu_notifier_mm = fresh;
      fresh = null;
    }
    yield* mmgrab(mm);
    const listeners = registered(mm);
    yield* spin_lock(listeners.lock);
    yield* hlist_add_head(mn.hlist, listeners.list);
    yield* spin_unlock(listeners.lock);
    yield* mm_drop_all_locks(mm);
  }
  yield* up_write(mm.mmap_sem);
  kfree(fresh);
  BUG_ON(!(yield* atomic_is_positive(mm.mm_users)), "mmu_notifier_register: mm_users <= 0");
  return ret;
}

function registered(mm: mm_struct): mmu_notifier_mm {
  return mm.mmu_notifier_mm as mmu_notifier_mm;
}

/** Takes `mn` out of the list unless it is out already. */
function* unhash(mn: mmu_notifier, mm: mm_struct): Task {
  const listeners = registered(mm);
  yield* spin_lock(listeners.lock);
  yield* hlist_del_init_rcu(mn.hlist);
  yield* spin_unlock(listeners.lock);
}

/**
 * Takes `mn` out and drops its reference on mm_count; calls nothing and waits for nothing, so that
 * a callback may still be running on return. Does not sleep.
 */
export function* mmu_notifier_unregister_no_release(mn: mmu_notifier, mm: mm_struct): Task {
  yield* unhash(mn, mm);
  BUG_ON(!(yield* atomic_is_positive(mm.mm_count)), "mmu_notifier_unregister: mm_count <= 0");
  yield* mmdrop(mm);
}

/**
 * Takes `mn` out, calls its release unless the exit of `mm` did, and waits until no callback runs.
 * As in 4.17 it asks without a lock whether `mn` is in the list, which KCSAN calls a data race with
 * whoever registers or leaves at the same time.
 * @throws {KernelFault} lockdep, in atomic context: it sleeps
 */
export function* mmu_notifier_unregister(mn: mmu_notifier, mm: mm_struct): Task {
  BUG_ON(!(yield* atomic_is_positive(mm.mm_count)), "mmu_notifier_unregister: mm_count <= 0");
  if (!hlist_unhashed(mn.hlist)) {
    const id = yield* srcu_read_lock(srcu);
    if (mn.ops.release !== undefined) yield* calling(mn.ops.release(mn, mm));
    yield* srcu_read_unlock(srcu, id);
    yield* unhash(mn, mm);
  }
  yield* synchronize_srcu(srcu);
  BUG_ON(!(yield* atomic_is_positive(mm.mm_count)), "mmu_notifier_unregister: mm_count <= 0");
  yield* mmdrop(mm);
}

/** Calls `func` with `rcu` when every callback that now runs has returned. It must not sleep. */
export function mmu_notifier_call_srcu(rcu: rcu_head, func: RcuCallback): Task {
  return call_srcu(srcu, rcu, func);
}

/** Calls `call` for each notifier of `mm`, in a read section, front of the list first. */
export function* each_notifier(
  mm: mm_struct,
  call: (mn: mmu_notifier, ops: mmu_notifier_ops) => Task | undefined,
): Task {
  const id = yield* srcu_read_lock(srcu);
  let node = yield* hlist_first_rcu(registered(mm).list);
  while (node !== null) {
    const mn = hlist_entry(node, mmu_notifier, "hlist");
    const callback = call(mn, mn.ops);
    if (callback !== undefined) yield* calling(callback);
    node = yield* hlist_next_rcu(node);
  }
  yield* srcu_read_unlock(srcu, id);
}

/**
 * Tells all notifiers that `mm` goes away, then takes those out that did not leave by themselves,
 * and waits until no callback runs. Before this returns no page of `mm` is freed; after it no
 * notifier is left.
 */
export function* __mmu_notifier_release(mm: mm_struct): Task {
  const id = yield* srcu_read_lock(srcu);
  let node = yield* hlist_first_rcu(registered(mm).list);
  while (node !== null) {
    const mn = hlist_entry(node, mmu_notifier, "hlist");
    if (mn.ops.release !== undefined) yield* calling(mn.ops.release(mn, mm));
    node = yield* hlist_next_rcu(node);
  }
  const listeners = registered(mm);
  yield* spin_lock(listeners.lock);
  for (let left = hlist_first(listeners.list); left !== null; left = hlist_first(listeners.list)) {
    yield* hlist_del_init_rcu(left);
  }
  yield* spin_unlock(listeners.lock);
  yield* srcu_read_unlock(srcu, id);
  yield* synchronize_srcu(srcu);
}

/** Frees the list of registrations with its address space. */
export function mmu_notifier_mm_destroy(mm: mm_struct): void {
  const listeners = mm.mmu_notifier_mm;
  if (listeners === null) return;
  BUG_ON(!hlist_empty(listeners.list), "mmu_notifier_mm_destroy: list not empty");
  kfree(listeners);
}
