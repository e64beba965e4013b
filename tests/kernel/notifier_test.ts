import { assertEquals } from "@std/assert";
import { isLive } from "explore/objects.ts";
import { run } from "explore/run.ts";
import { bool, container_of, create, host, int, type Struct, struct } from "explore/struct.ts";
import { point, type Task } from "explore/task.ts";
import { atomic_read } from "linux/atomic.ts";
import { EINTR, ENOMEM } from "linux/errno.ts";
import { dup_mm } from "linux/fork.ts";
import { inject_fault } from "linux/inject.ts";
import { try_to_merge_one_page } from "linux/ksm.ts";
import { mm_alloc, type mm_struct, mmdrop, mmgrab, mmput, PAGE_SIZE } from "linux/mm.ts";
import type { mmu_notifier_ops, page } from "linux/mm_types.ts";
import {
  mmu_notifier,
  mmu_notifier_call_srcu,
  mmu_notifier_register,
  mmu_notifier_unregister,
  mmu_notifier_unregister_no_release,
} from "linux/mmu_notifier.ts";
import { alloc_page, put_page } from "linux/page.ts";
import { pte_get, pte_page, pte_present, pte_write } from "linux/pgtable.ts";
import { kfree, kzalloc } from "linux/slab.ts";
import { DEFINE_SPINLOCK, spin_lock, spin_unlock } from "linux/spinlock.ts";
import { rcu_head } from "linux/srcu.ts";
import { listen_to_tlb_flushes } from "linux/tlbflush.ts";
import {
  do_page_fault,
  mm_populate,
  mprotect_readonly,
  munmap,
  page_referenced,
  try_to_unmap,
} from "linux/vm.ts";
import { faults, found, interleave } from "./support.ts";

class spy extends struct("spy", {
  notifier: mmu_notifier,
  rcu: rcu_head,
  seen: host<string[]>(),
  released: int,
}) {}

const lock = DEFINE_SPINLOCK("lock");

function spyOf(mn: Struct): spy {
  return container_of(mn, spy, "notifier");
}

function* log(mn: mmu_notifier, line: string): Task {
  spyOf(mn).seen.push(line);
}

function range(name: string) {
  return function* (mn: mmu_notifier, _: mm_struct, start: number, end: number): Task {
    yield* log(mn, `${name} ${start / PAGE_SIZE}-${end / PAGE_SIZE}`);
  };
}

const watchAll: mmu_notifier_ops = {
  *release(mn) {
    yield* log(mn, "release");
    spyOf(mn).released++;
  },
  invalidate_range_start: range("start"),
  invalidate_range_end: range("end"),
  invalidate_range: range("invalidate"),
  *change_pte(mn, mm, address, pte) {
    const now = yield* pte_get(mm.pgd, address);
    yield* log(
      mn,
      `change${pte_write(pte) ? " writable" : ""} while ${now === 0 ? "clear" : "set"}`,
    );
  },
  *clear_flush_young(mn, _, start, end) {
    yield* range("young")(mn, _, start, end);
    return 0;
  },
};

function newSpy(ops: mmu_notifier_ops = watchAll): spy {
  const s = create(spy);
  s.notifier.ops = ops;
  s.seen = [];
  return s;
}

/** A populated address space that a spy watches; TLB flushes are logged with the rest. */
function* watched(): Task<{ mm: mm_struct; s: spy }> {
  const mm = mm_alloc() as mm_struct, s = newSpy(), { seen } = s;
  yield* mm_populate(mm, 0, 2 * PAGE_SIZE);
  assertEquals(yield* mmu_notifier_register(s.notifier, mm), 0);
  listen_to_tlb_flushes(function* (of, start, end) {
    if (of === mm) seen.push(`flush ${start / PAGE_SIZE}-${end / PAGE_SIZE}`);
  });
  return { mm, s };
}

/** What a spy hears while `event` happens to page 0. */
function heard(event: (mm: mm_struct) => Task<unknown>): string[] {
  return run(function* () {
    const { mm, s } = yield* watched();
    yield* event(mm);
    const seen = [...s.seen];
    yield* mmu_notifier_unregister(s.notifier, mm);
    kfree(s);
    yield* mmput(mm);
    return seen;
  });
}

Deno.test("munmap: start, end, flush, invalidate", () => {
  const seen = heard((mm) => munmap(mm, 0, PAGE_SIZE));
  assertEquals(seen, ["start 0-1", "invalidate 0-1", "end 0-1", "flush 0-1", "invalidate 0-1"]);
  assertEquals(heard((mm) => munmap(mm, 3 * PAGE_SIZE, 4 * PAGE_SIZE)), [
    "start 3-4",
    "invalidate 3-4",
    "end 3-4",
  ]);
});

Deno.test("pages are freed after all notifiers were told", () => {
  run(function* (): Task {
    const mm = mm_alloc() as mm_struct;
    yield* mm_populate(mm, 0, PAGE_SIZE);
    const frame = pte_page(yield* pte_get(mm.pgd, 0));
    const alive: boolean[] = [];
    const s = newSpy({
      *invalidate_range() {
        alive.push(isLive(frame.address));
      },
      *release() {
        alive.push(isLive(frame.address));
      },
    });
    yield* mmu_notifier_register(s.notifier, mm);
    yield* munmap(mm, 0, PAGE_SIZE);
    assertEquals([alive, isLive(frame.address)], [[true, true], false]);
    yield* mmu_notifier_unregister(s.notifier, mm);
    kfree(s);
    yield* mmput(mm);
  });
});

Deno.test("mprotect and fork: range_end comes before the flush", () => {
  assertEquals(heard((mm) => mprotect_readonly(mm, 0, PAGE_SIZE)), [
    "start 0-1",
    "invalidate 0-1",
    "end 0-1",
    "flush 0-1",
  ]);
  assertEquals(
    heard(function* (mm) {
      yield* mmput((yield* dup_mm(mm)) as mm_struct);
    }),
    ["start 0-4", "invalidate 0-4", "end 0-4", "flush 0-4"],
  );
});

Deno.test("copy-on-write: invalidate and change_pte under the lock, then only end", () => {
  const seen = heard(function* (mm) {
    const child = (yield* dup_mm(mm)) as mm_struct;
    const shared = pte_page(yield* pte_get(mm.pgd, 0));
    yield* do_page_fault(mm, 0, true);
    assertEquals(pte_page(yield* pte_get(mm.pgd, 0)) === shared, false);
    assertEquals(pte_page(yield* pte_get(child.pgd, 0)) === shared, true);
    yield* mmput(child);
  });
  assertEquals(seen.slice(4), [
    "start 0-1",
    "flush 0-1",
    "invalidate 0-1",
    "change writable while clear",
    "end 0-1",
  ]);
});

Deno.test("a page that nobody shares is made writable again without a word", () => {
  const seen = heard(function* (mm) {
    yield* mprotect_readonly(mm, 0, PAGE_SIZE);
    yield* do_page_fault(mm, 0, true);
    assertEquals(pte_write(yield* pte_get(mm.pgd, 0)), true);
  });
  assertEquals(seen.length, 4);
});

Deno.test("KSM: the flush is not told, change_pte is, invalidate comes with end", () => {
  const seen = heard(function* (mm) {
    const kpage = alloc_page() as page;
    assertEquals(yield* try_to_merge_one_page(mm, 0, kpage), true);
    assertEquals(pte_page(yield* pte_get(mm.pgd, 0)) === kpage, true);
    kpage.data = 1;
    assertEquals(yield* try_to_merge_one_page(mm, PAGE_SIZE, kpage), false);
    yield* put_page(kpage);
  });
  const once = ["start 0-1", "flush 0-1", "change while clear", "invalidate 0-1", "end 0-1"];
  assertEquals(seen, [...once, ...once, ...once.map((line) => line.replace("0-1", "1-2"))]);
});

Deno.test("ageing asks listeners too, reclaim invalidates under the lock", () => {
  assertEquals(
    heard(function* (mm) {
      assertEquals(yield* page_referenced(mm, 0), true);
      assertEquals(yield* page_referenced(mm, 0), false);
    }),
    ["flush 0-1", "young 0-1", "young 0-1"],
  );
  const seen = heard(function* (mm) {
    yield* page_referenced(mm, 0);
    assertEquals(yield* try_to_unmap(mm, 0), true);
    assertEquals(pte_present(yield* pte_get(mm.pgd, 0)), false);
    assertEquals(yield* try_to_unmap(mm, 0), false);
  });
  assertEquals(seen.slice(2, 8), [
    "start 0-1",
    "young 0-1",
    "flush 0-1",
    "invalidate 0-1",
    "invalidate 0-1",
    "end 0-1",
  ]);
});

Deno.test("exit: release, once, before anything is cleared; then nothing more is heard", () => {
  run(function* (): Task {
    const { mm, s } = yield* watched();
    yield* mmgrab(mm);
    yield* mmput(mm);
    assertEquals(s.seen, ["release", "flush 0-4"]);
    yield* mmu_notifier_unregister_no_release(s.notifier, mm);
    yield* mmdrop(mm);
    kfree(s);
  });
});

Deno.test("registering fails with -ENOMEM and -EINTR and leaves nothing behind", () => {
  for (
    const [site, error] of [
      ["kzalloc mmu_notifier_mm", -ENOMEM],
      ["mmu_notifier_register -EINTR", -EINTR],
    ] as const
  ) {
    run(function* (): Task {
      const mm = mm_alloc() as mm_struct, s = newSpy();
      inject_fault(site, { nth: 1 });
      assertEquals(yield* mmu_notifier_register(s.notifier, mm), error);
      assertEquals(mm.mmu_notifier_mm, null);
      assertEquals(yield* atomic_read(mm.mm_count), 1);
      assertEquals(yield* mmu_notifier_register(s.notifier, mm), 0);
      assertEquals(yield* atomic_read(mm.mm_count), 2);
      yield* mmu_notifier_unregister(s.notifier, mm);
      kfree(s);
      yield* mmput(mm);
    });
  }
});

Deno.test("registering without a user, or in atomic context, is a fault", () => {
  faults(
    function* () {
      const mm = mm_alloc() as mm_struct, s = newSpy();
      yield* mmgrab(mm);
      yield* mmput(mm);
      yield* mmu_notifier_register(s.notifier, mm);
    },
    "oops",
    "kernel BUG",
  );
  faults(
    function* () {
      const mm = mm_alloc() as mm_struct, s = newSpy();
      yield* spin_lock(lock);
      yield* mmu_notifier_register(s.notifier, mm);
    },
    "lockdep",
    "sleeping function called from invalid context",
  );
});

Deno.test("unregister_no_release does not sleep and calls nothing; unregister calls release", () => {
  run(function* (): Task {
    const { mm, s } = yield* watched();
    yield* spin_lock(lock);
    yield* mmu_notifier_unregister_no_release(s.notifier, mm);
    yield* spin_unlock(lock);
    assertEquals(s.released, 0);
    kfree(s);
    yield* mmput(mm);
  });
  run(function* (): Task {
    const { mm, s } = yield* watched();
    yield* mmu_notifier_unregister(s.notifier, mm);
    assertEquals(s.released, 1);
    kfree(s);
    yield* mmput(mm);
  });
});

Deno.test("an invalidate callback must not sleep", () => {
  faults(
    function* () {
      const mm = mm_alloc() as mm_struct;
      yield* mm_populate(mm, 0, PAGE_SIZE);
      const s = newSpy({
        *invalidate_range() {
          kfree(kzalloc(spy));
        },
      });
      yield* mmu_notifier_register(s.notifier, mm);
      yield* page_referenced(mm, 0);
      yield* try_to_unmap(mm, 0);
    },
    "lockdep",
    "sleeping function called from invalid context",
  );
});

/** A listener that leaves while the address space exits; how it frees itself is the question. */
function leaving(free: (s: spy) => Task) {
  const setup = function* (): Task<{ mm: mm_struct; s: spy }> {
    const mm = mm_alloc() as mm_struct;
    const s = create(spy);
    s.notifier.ops = leavingOps;
    yield* mmu_notifier_register(s.notifier, mm);
    yield* mmgrab(mm);
    return { mm, s };
  };
  return interleave(setup, {
    *exit({ mm }) {
      yield* mmput(mm);
    },
    *leaver({ mm, s }) {
      yield* mmu_notifier_unregister_no_release(s.notifier, mm);
      yield* free(s);
      yield* mmdrop(mm);
    },
  });
}

const leavingOps: mmu_notifier_ops = {
  *release(mn) {
    const s = spyOf(mn);
    yield* spin_lock(lock);
    s.released = 1;
    yield* spin_unlock(lock);
  },
};

Deno.test("who leaves during exit may free itself after a grace period, and not before", () => {
  const late = leaving(function* (s) {
    yield* mmu_notifier_call_srcu(s.rcu, function* () {
      kfree(s);
    });
  });
  assertEquals([late.outcome, found(late)], ["holds", []]);
  const early = leaving(function* (s) {
    kfree(s);
  });
  assertEquals(found(early).some((text) => text.startsWith("KASAN: use-after-free in spy")), true);
});

Deno.test("a callback of one address space holds up what another one wants to free", () => {
  class both extends struct("both", { inside: bool, freed: bool }) {}
  const verdict = interleave(
    function* () {
      const [mm, state, s, blocker] = [mm_alloc() as mm_struct, create(both), newSpy(), newSpy()];
      // Registered with one address space only; the other object needs none to wait.
      blocker.notifier.ops = {
        *release() {
          state.inside = true;
          yield* mmu_notifier_call_srcu(s.rcu, function* () {
            assertEquals(state.inside, false);
            state.freed = true;
            kfree(s);
          });
          yield* point("in release", state);
          assertEquals(state.freed, false);
          state.inside = false;
        },
      };
      yield* mmu_notifier_register(blocker.notifier, mm);
      return { mm, state, blocker };
    },
    {
      *exit({ mm, blocker }) {
        yield* mmput(mm);
        yield* mmu_notifier_unregister_no_release(blocker.notifier, mm);
      },
    },
    {
      finally({ state, blocker }) {
        assertEquals(state.freed, true);
        kfree(state);
        kfree(blocker);
      },
    },
  );
  assertEquals([verdict.outcome, found(verdict)], ["holds", []]);
});
