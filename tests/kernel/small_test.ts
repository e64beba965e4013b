import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { dmesg, run } from "explore/run.ts";
import { int, struct } from "explore/struct.ts";
import { machine, type Task } from "explore/task.ts";
import { BUG_ON, dev_WARN, WARN_ON, WARN_ON_ONCE } from "linux/bug.ts";
import { ERR_PTR, IS_ERR, PTR_ERR } from "linux/err.ts";
import { EINVAL, ENOMEM, ENOSPC, errname } from "linux/errno.ts";
import {
  DEFINE_IDR,
  idr_alloc,
  idr_find,
  idr_for_each_entry,
  idr_is_empty,
  idr_preload,
  idr_preload_end,
  idr_remove,
} from "linux/idr.ts";
import { inject_fault } from "linux/inject.ts";
import { might_sleep, schedule } from "linux/sched.ts";
import { GFP_ATOMIC, GFP_KERNEL, kfree, kzalloc } from "linux/slab.ts";
import { DEFINE_SPINLOCK, spin_lock, spin_unlock } from "linux/spinlock.ts";
import { INIT_WORK, schedule_work, work_struct } from "linux/workqueue.ts";
import { faults, found, interleave } from "./support.ts";

class thing extends struct("thing", { n: int, work: work_struct }) {}

const map = DEFINE_IDR<thing>("test_idr");
const lock = DEFINE_SPINLOCK("test_lock");

function make(n = 0): thing {
  const it = kzalloc(thing) as thing;
  it.n = n;
  return it;
}

Deno.test("error pointers carry a code and compare by identity", () => {
  const error = ERR_PTR(-ENOMEM);
  assertStrictEquals(error, ERR_PTR(-ENOMEM));
  assertEquals([IS_ERR(error), IS_ERR(null), IS_ERR({})], [true, false, false]);
  assertEquals([PTR_ERR(error), String(error)], [-12, "ERR_PTR(-ENOMEM)"]);
  assertEquals([errname(EINVAL), errname(-9999)], ["EINVAL", "-9999"]);
  for (const bad of [0, 12, -4096, NaN]) assertThrows(() => ERR_PTR(bad), RangeError);
});

Deno.test("warnings go to the log, a BUG is an oops", () => {
  const log = run(function* (): Task<readonly string[]> {
    assertEquals(WARN_ON(false), false);
    assertEquals(WARN_ON(true, "odd"), true);
    assertEquals([WARN_ON_ONCE(true, "once"), WARN_ON_ONCE(true, "once")], [true, true]);
    dev_WARN({ name: "dev0" }, "possible trouble");
    BUG_ON(false);
    return [...dmesg()];
  });
  assertEquals(log, ["WARNING: odd", "WARNING: once", "WARNING: dev0: possible trouble"]);
  faults(
    function* () {
      BUG_ON(true, "impossible");
    },
    "oops",
    "kernel BUG",
  );
});

Deno.test("what is freed twice, or never, is reported", () => {
  faults(
    function* () {
      const it = make();
      kfree(it);
      kfree(it);
    },
    "KASAN",
    "double-free",
  );
  faults(
    function* () {
      kfree(make().work);
    },
    "KASAN",
    "invalid-free",
  );
  faults(
    function* () {
      make();
    },
    "kmemleak",
    "unreferenced object",
  );
  run(function* (): Task {
    kfree(null);
  });
});

Deno.test("injected faults hit the call, the thread and the count that were named", () => {
  run(function* (): Task {
    inject_fault("kzalloc thing", { nth: 2 });
    const results = [1, 2, 3].map(() => kzalloc(thing));
    assertEquals(results.map((it) => it === null), [false, true, false]);
    results.forEach(kfree);
    inject_fault("kzalloc thing");
    assertEquals(kzalloc(thing), null);
    assertThrows(() => inject_fault("x", { nth: 0 }), RangeError);
  });
  run(function* (): Task {
    kfree(make());
  });
  const failed = new Set<string>();
  const verdict = interleave(
    function* () {
      inject_fault("kzalloc thing", { task: "b" });
      return null;
    },
    Object.fromEntries(["a", "b"].map((name) => [name, function* () {
      const it = kzalloc(thing);
      if (it === null) failed.add(name);
      kfree(it);
    }])),
  );
  assertEquals([found(verdict), [...failed]], [[], ["b"]]);
});

Deno.test("an idr hands out the lowest free id, and a removed one next", () => {
  run(function* (): Task {
    const [a, b, c] = [make(1), make(2), make(3)];
    assertEquals(idr_alloc(map, a, 1, 4, GFP_KERNEL), 1);
    assertEquals(idr_alloc(map, b, 1, 4, GFP_KERNEL), 2);
    assertEquals(idr_alloc(map, c, 0, 0, GFP_KERNEL), 0);
    assertEquals([...idr_for_each_entry(map)].map((it) => it.n), [3, 1, 2]);
    assertEquals(idr_remove(map, 1) === a, true);
    assertEquals([idr_remove(map, 1), idr_find(map, 1)], [null, null]);
    assertEquals(idr_alloc(map, a, 1, 4, GFP_KERNEL), 1);
    assertEquals(idr_find(map, 2) === b, true);
    for (const id of [0, 1, 2]) idr_remove(map, id);
    assertEquals(idr_is_empty(map), true);
    [a, b, c].forEach(kfree);
  });
});

Deno.test("a walk of an idr stands changes under it", () => {
  run(function* (): Task {
    const things = [1, 2, 3].map((n) => make(n));
    things.forEach((it) => idr_alloc(map, it, 1, 0, GFP_KERNEL));
    const seen: number[] = [];
    for (const it of idr_for_each_entry(map)) {
      seen.push(it.n);
      if (it.n === 1) idr_remove(map, 2);
    }
    assertEquals(seen, [1, 3]);
    for (const id of [1, 3]) idr_remove(map, id);
    things.forEach(kfree);
  });
});

Deno.test("idr_alloc fails with -ENOSPC, -ENOMEM and -EINVAL", () => {
  run(function* (): Task {
    const it = make();
    assertEquals(idr_alloc(map, it, 1, 2, GFP_KERNEL), 1);
    assertEquals(idr_alloc(map, it, 1, 2, GFP_KERNEL), -ENOSPC);
    assertEquals(idr_alloc(map, it, -1, 0, GFP_KERNEL), -EINVAL);
    assertEquals(dmesg().length, 1);
    inject_fault("idr_alloc");
    assertEquals(idr_alloc(map, it, 1, 9, GFP_KERNEL), -ENOMEM);
    idr_remove(map, 1);
    kfree(it);
  });
});

Deno.test("idr_preload lets an allocation under a spinlock do without sleeping", () => {
  run(function* (): Task {
    const it = make();
    idr_preload(GFP_KERNEL);
    yield* spin_lock(lock);
    assertEquals(idr_alloc(map, it, 1, 0, GFP_ATOMIC), 1);
    yield* spin_unlock(lock);
    idr_preload_end();
    idr_remove(map, 1);
    kfree(it);
  });
  faults(
    function* () {
      const it = make();
      yield* spin_lock(lock);
      idr_alloc(map, it, 1, 0, GFP_KERNEL);
    },
    "lockdep",
    "sleeping function called from invalid context",
  );
  faults(
    function* () {
      idr_preload(GFP_KERNEL);
      might_sleep("test");
    },
    "lockdep",
    "sleeping function called from invalid context",
  );
});

Deno.test("work runs in a thread of its own, once until it has started", () => {
  const order: string[] = [];
  const verdict = interleave(
    function* () {
      const it = make();
      INIT_WORK(it.work, function* () {
        it.n++;
      });
      return it;
    },
    {
      *a(it) {
        order.push(String(yield* schedule_work(it.work)));
        order.push(String(yield* schedule_work(it.work)));
      },
    },
    {
      finally: (it) => kfree(it),
      reachable: { once: (it) => it.n === 1, twice: (it) => it.n === 2 },
    },
  );
  assertEquals([found(verdict), verdict.unreached], [[], []]);
  assertEquals(order.includes("false"), true);
});

Deno.test("schedule lets others run, and is a fault in atomic context", () => {
  run(function* (): Task {
    const before = machine.step;
    yield* schedule();
    assertEquals(machine.step, before + 1);
  });
  faults(
    function* () {
      yield* spin_lock(lock);
      yield* schedule();
    },
    "lockdep",
    "scheduling while atomic",
  );
});
