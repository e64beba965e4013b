import { assertEquals, assertThrows } from "@std/assert";
import { isLive } from "explore/objects.ts";
import { run } from "explore/run.ts";
import { int, struct } from "explore/struct.ts";
import { machine, type Task } from "explore/task.ts";
import { EFAULT, ENOMEM } from "linux/errno.ts";
import { inject_fault } from "linux/inject.ts";
import {
  mm_alloc,
  type mm_struct,
  mmdrop,
  mmget,
  mmget_not_zero,
  mmgrab,
  mmput,
  mmput_async,
  PAGE_SIZE,
  TASK_SIZE,
} from "linux/mm.ts";
import type { page } from "linux/mm_types.ts";
import { mutex, mutex_lock, mutex_unlock } from "linux/mutex.ts";
import {
  mk_pte,
  pte_get,
  pte_page,
  pte_present,
  PTE_WRITE,
  pte_write,
  pte_wrprotect,
  pte_young,
} from "linux/pgtable.ts";
import { kfree, kzalloc } from "linux/slab.ts";
import { DEFINE_SPINLOCK, spin_lock, spin_unlock } from "linux/spinlock.ts";
import { do_page_fault, mm_populate } from "linux/vm.ts";
import { faults, found, interleave } from "./support.ts";

const lock = DEFINE_SPINLOCK("lock");

function* populated(pages = 2): Task<mm_struct> {
  const mm = mm_alloc() as mm_struct;
  assertEquals(yield* mm_populate(mm, 0, pages * PAGE_SIZE), 0);
  return mm;
}

function* frameAt(mm: mm_struct, address: number): Task<page> {
  return pte_page(yield* pte_get(mm.pgd, address));
}

Deno.test("the last mmput frees pages, page table and struct", () => {
  run(function* (): Task {
    const mm = yield* populated();
    const frame = yield* frameAt(mm, 0), { pgd } = mm;
    yield* mmget(mm);
    yield* mmput(mm);
    assertEquals(isLive(frame.address), true);
    yield* mmput(mm);
    assertEquals([frame, mm, pgd].map((it) => isLive(it.address)), [false, false, false]);
  });
});

Deno.test("mmgrab keeps the struct and the page table, not the pages", () => {
  run(function* (): Task {
    const mm = yield* populated();
    const frame = yield* frameAt(mm, 0);
    yield* mmgrab(mm);
    yield* mmput(mm);
    assertEquals([frame, mm, mm.pgd].map((it) => isLive(it.address)), [false, true, true]);
    assertEquals(yield* pte_get(mm.pgd, 0), 0);
    assertEquals(yield* mmget_not_zero(mm), false);
    yield* mmdrop(mm);
  });
});

Deno.test("mmget_not_zero races with the last mmput and always tells the truth", () => {
  const verdict = interleave(
    function* () {
      const mm = yield* populated(1);
      yield* mmgrab(mm);
      return mm;
    },
    {
      *exit(mm) {
        yield* mmput(mm);
      },
      *user(mm) {
        if (yield* mmget_not_zero(mm)) {
          assertEquals(pte_present(yield* pte_get(mm.pgd, 0)), true);
          yield* mmput(mm);
        }
        yield* mmdrop(mm);
      },
    },
  );
  assertEquals([verdict.outcome, found(verdict)], ["holds", []]);
});

Deno.test("without a reference of its own the same user meets freed memory", () => {
  const verdict = interleave(() => populated(1), {
    *exit(mm) {
      yield* mmput(mm);
    },
    *user(mm) {
      if (yield* mmget_not_zero(mm)) yield* mmput(mm);
    },
  });
  assertEquals(
    found(verdict).includes("KASAN: use-after-free in mm_struct.mm_users.counter"),
    true,
  );
});

Deno.test("mmput must not be called in atomic context; mmput_async may", () => {
  faults(
    function* () {
      const mm = yield* populated();
      yield* spin_lock(lock);
      yield* mmput(mm);
    },
    "lockdep",
    "sleeping function called from invalid context",
  );
  run(function* (): Task {
    const mm = yield* populated();
    yield* spin_lock(lock);
    yield* mmput_async(mm);
    yield* spin_unlock(lock);
    assertEquals(machine.tasks.map((task) => task.name), ["setup", "mmput_async"]);
  });
});

Deno.test("mmput tears down under the caller's mutexes, mmput_async does not", () => {
  class pair extends struct("pair", { mutex: mutex, n: int }) {}
  for (const put of [mmput, mmput_async]) {
    run(function* (): Task {
      const p = kzalloc(pair) as pair, mm = yield* populated();
      yield* mutex_lock(p.mutex);
      yield* put(mm);
      assertEquals(isLive(mm.address), put === mmput_async);
      yield* mutex_unlock(p.mutex);
      kfree(p);
    });
  }
});

Deno.test("one mmput too many is a use after free", () => {
  faults(
    function* () {
      const mm = yield* populated();
      yield* mmput(mm);
      yield* mmput(mm);
    },
    "KASAN",
    "use-after-free",
  );
});

Deno.test("entries carry a frame and flags; addresses outside are refused", () => {
  run(function* (): Task {
    const mm = yield* populated(1);
    const pte = yield* pte_get(mm.pgd, PAGE_SIZE - 1);
    assertEquals([pte_present(pte), pte_write(pte)], [true, true]);
    assertEquals(pte_young(pte), true);
    const old = mk_pte(pte_page(pte), PTE_WRITE);
    assertEquals([pte_young(old), pte_write(pte_wrprotect(old))], [false, false]);
    assertEquals(pte_page(old) === pte_page(pte), true);
    assertEquals(yield* pte_get(mm.pgd, PAGE_SIZE), 0);
    for (const address of [-1, TASK_SIZE, NaN]) {
      assertThrows(() => pte_get(mm.pgd, address), RangeError, "Cannot translate");
    }
    yield* mmput(mm);
  });
});

Deno.test("memory may be short at every allocation", () => {
  for (const type of ["mm_struct", "pgd_t"]) {
    run(function* (): Task {
      inject_fault(`kzalloc ${type}`);
      assertEquals(mm_alloc(), null);
    });
  }
  run(function* (): Task {
    const mm = yield* populated(1);
    inject_fault("kzalloc page");
    assertEquals(yield* do_page_fault(mm, PAGE_SIZE, false), -ENOMEM);
    assertEquals(yield* do_page_fault(mm, TASK_SIZE, false), -EFAULT);
    yield* mmput(mm);
  });
});
