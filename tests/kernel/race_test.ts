import { assertEquals } from "@std/assert";
import { create, struct } from "explore/struct.ts";
import type { Task } from "explore/task.ts";
import { dup_mm } from "linux/fork.ts";
import { mm_alloc, type mm_struct, mmdrop, mmget, mmgrab, mmput, PAGE_SIZE } from "linux/mm.ts";
import {
  mmu_notifier,
  mmu_notifier_call_srcu,
  mmu_notifier_register,
  mmu_notifier_unregister_no_release,
} from "linux/mmu_notifier.ts";
import { kfree } from "linux/slab.ts";
import { rcu_head } from "linux/srcu.ts";
import { do_page_fault, mm_populate, munmap, page_referenced, try_to_unmap } from "linux/vm.ts";
import { found, interleave } from "./support.ts";

class listener extends struct("listener", { notifier: mmu_notifier, rcu: rcu_head }) {}

function newListener(): listener {
  const l = create(listener);
  l.notifier.ops = { *invalidate_range() {} };
  return l;
}

/** An address space that each of `users` threads uses. */
function shared(users: number) {
  return function* (): Task<mm_struct> {
    const mm = mm_alloc() as mm_struct;
    yield* mm_populate(mm, 0, PAGE_SIZE);
    for (let more = 1; more < users; more++) yield* mmget(mm);
    return mm;
  };
}

function* use(mm: mm_struct): Task {
  const l = newListener();
  assertEquals(yield* mmu_notifier_register(l.notifier, mm), 0);
  yield* mmu_notifier_unregister_no_release(l.notifier, mm);
  yield* mmu_notifier_call_srcu(l.rcu, function* () {
    kfree(l);
  });
  yield* mmput(mm);
}

const EVENTS: readonly [string, (mm: mm_struct) => Task<unknown>][] = [
  ["munmap", (mm) => munmap(mm, 0, PAGE_SIZE)],
  ["page fault", (mm) => do_page_fault(mm, 0, true)],
  ["ageing", (mm) => page_referenced(mm, 0)],
  ["reclaim", (mm) => try_to_unmap(mm, 0)],
  [
    "fork",
    function* (mm) {
      yield* mmput((yield* dup_mm(mm)) as mm_struct);
    },
  ],
];

for (const [name, event] of EVENTS) {
  Deno.test(`registering, leaving and ${name} need no order among them`, () => {
    const verdict = interleave(shared(2), {
      use,
      *event(mm) {
        yield* event(mm);
        yield* mmput(mm);
      },
    }, { bounds: { preemptions: 2 } });
    assertEquals(verdict.executions > 40, true);
    assertEquals(found(verdict), []);
  });
}

Deno.test("two listeners come and go while the address space exits", () => {
  const verdict = interleave(
    function* () {
      const mm = yield* shared(2)();
      yield* mmgrab(mm);
      return mm;
    },
    {
      a: use,
      b: use,
      *keeper(mm) {
        yield* mmdrop(mm);
      },
    },
    { bounds: { preemptions: 2 } },
  );
  assertEquals(verdict.executions > 1000, true);
  assertEquals(found(verdict), []);
});
