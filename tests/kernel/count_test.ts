import { assert, assertEquals } from "@std/assert";
import { explore } from "explore/explore.ts";
import { keep } from "explore/leak.ts";
import { checkAlive } from "explore/objects.ts";
import { run } from "explore/run.ts";
import { scenario } from "explore/scenario.ts";
import { bool, int, struct } from "explore/struct.ts";
import type { Step, Task } from "explore/task.ts";
import {
  atomic_add_return,
  atomic_dec,
  atomic_dec_and_test,
  atomic_inc,
  atomic_inc_not_zero,
  atomic_read,
  atomic_set,
  atomic_t,
} from "linux/atomic.ts";
import { READ_ONCE, smp_load_acquire, smp_store_release, WRITE_ONCE } from "linux/barrier.ts";
import {
  kref,
  kref_get,
  kref_get_unless_zero,
  kref_init,
  kref_put,
  kref_read,
} from "linux/kref.ts";
import {
  refcount_dec,
  refcount_dec_and_test,
  refcount_dec_not_one,
  refcount_inc,
  refcount_inc_not_zero,
  refcount_read,
  refcount_set,
  refcount_t,
} from "linux/refcount.ts";
import { kfree, kzalloc } from "linux/slab.ts";
import { spin_lock, spin_lock_init, spin_unlock, spinlock_t } from "linux/spinlock.ts";
import { faults, found, interleave } from "./support.ts";

class counted extends struct("counted", {
  refs: refcount_t,
  plain: atomic_t,
  kref: kref,
  lock: spinlock_t,
  flag: bool,
  data: int,
}) {}

const UINT_MAX = 0xffff_ffff;

function* start(refs: number): Task<counted> {
  const c = kzalloc(counted) as counted;
  yield* refcount_set(c.refs, refs);
  return c;
}

/** The count and the answer of `operation` on a count that starts at `from`. */
function effect(from: number, operation: (r: refcount_t) => Step<unknown>): [number, unknown] {
  return run(function* (): Task<[number, unknown]> {
    const c = yield* start(from);
    const answer = yield* operation(c.refs);
    const count = yield* refcount_read(c.refs);
    kfree(c);
    return [count, answer];
  });
}

Deno.test("a thread that asks something of a count knows the answer alone", () => {
  const statesOf = (read: (r: refcount_t) => Step<unknown>) => {
    const look = function* (c: counted): Task {
      yield* refcount_inc(c.refs);
      yield* read(c.refs);
      yield* spin_lock(c.lock);
      yield* spin_unlock(c.lock);
    };
    const { states, outcome } = explore(
      scenario({
        name: "asked",
        title: "three read a count",
        about: "Does what they read matter?",
        *setup() {
          const c = yield* start(1);
          spin_lock_init(c.lock);
          return keep(c);
        },
        threads: { one: look, two: look, three: look },
        expect: { verdict: "holds" },
      }),
      { mode: "states", granularity: "operations" },
    );
    assertEquals(outcome, "holds");
    return states as number;
  };
  const whole = statesOf((r) => refcount_read(r));
  assert(statesOf((r) => refcount_read(r, (refs) => refs > 1)) < whole);
});

Deno.test("refcount_t counts, and sticks when saturated", () => {
  assertEquals(effect(1, refcount_inc), [2, undefined]);
  assertEquals(effect(1, refcount_inc_not_zero), [2, true]);
  assertEquals(effect(0, refcount_inc_not_zero), [0, false]);
  assertEquals(effect(2, refcount_dec_and_test), [1, false]);
  assertEquals(effect(1, refcount_dec_and_test), [0, true]);
  assertEquals(effect(2, refcount_dec), [1, undefined]);
  assertEquals(effect(1, refcount_dec_not_one), [1, false]);
  assertEquals(effect(3, refcount_dec_not_one), [2, true]);
  for (const operation of [refcount_inc, refcount_dec]) {
    assertEquals(effect(UINT_MAX, operation), [UINT_MAX, undefined]);
  }
  assertEquals(effect(UINT_MAX, refcount_inc_not_zero), [UINT_MAX, true]);
  assertEquals(effect(UINT_MAX, refcount_dec_and_test), [UINT_MAX, false]);
  assertEquals(effect(UINT_MAX, refcount_dec_not_one), [UINT_MAX, true]);
});

Deno.test("refcount_t reports every misuse", () => {
  const misuses = [
    [0, refcount_inc, "increment on 0; use-after-free"],
    [0, refcount_dec_and_test, "underflow; use-after-free"],
    [0, refcount_dec, "underflow; use-after-free"],
    [1, refcount_dec, "decrement hit 0; leaking memory"],
    [UINT_MAX - 1, refcount_inc, "saturated; leaking memory"],
    [UINT_MAX - 1, refcount_inc_not_zero, "saturated; leaking memory"],
  ] as const;
  for (const [from, operation, kind] of misuses) {
    const fault = faults(
      function* () {
        yield* operation((yield* start(from)).refs);
      },
      "refcount",
      kind,
    );
    assertEquals(fault.subject, "counted.refs.refs");
  }
});

Deno.test("a count in freed memory is a use after free", () => {
  faults(
    function* () {
      const c = yield* start(1);
      kfree(c);
      yield* refcount_inc(c.refs);
    },
    "KASAN",
    "use-after-free",
  );
});

Deno.test("kref_put calls release once, with the last reference", () => {
  run(function* (): Task {
    const c = kzalloc(counted) as counted;
    yield* kref_init(c.kref);
    yield* kref_get(c.kref);
    assertEquals(yield* kref_get_unless_zero(c.kref), true);
    assertEquals(yield* kref_read(c.kref), 3);
    let released = 0;
    const release = function* (k: kref): Task {
      assertEquals(k === c.kref, true);
      released++;
    };
    assertEquals(yield* kref_put(c.kref, release), false);
    assertEquals(yield* kref_put(c.kref, release), false);
    assertEquals(yield* kref_put(c.kref, release), true);
    assertEquals(released, 1);
    assertEquals(yield* kref_get_unless_zero(c.kref), false);
    kfree(c);
  });
});

Deno.test("the last put frees, whoever it is, and all that was done comes before", () => {
  const put = function* (c: counted): Task {
    c.data;
    yield* kref_put(c.kref, function* () {
      kfree(c);
    });
  };
  const verdict = interleave(
    function* () {
      const c = kzalloc(counted) as counted;
      yield* kref_init(c.kref);
      yield* kref_get(c.kref);
      return c;
    },
    { a: put, b: put },
  );
  assertEquals([verdict.outcome, found(verdict)], ["holds", []]);
  assertEquals(verdict.executions > 1, true);
});

Deno.test("unless_zero from a pointer that nothing keeps alive is a use after free", () => {
  const verdict = interleave(
    function* () {
      const c = kzalloc(counted) as counted;
      yield* kref_init(c.kref);
      return c;
    },
    {
      *owner(c) {
        yield* kref_put(c.kref, function* () {
          kfree(c);
        });
      },
      *finder(c) {
        if (yield* kref_get_unless_zero(c.kref)) {
          checkAlive(c.address);
          yield* kref_put(c.kref, function* () {
            kfree(c);
          });
        }
      },
    },
  );
  assertEquals(
    found(verdict).includes("KASAN: use-after-free in counted.kref.refcount.refs"),
    true,
  );
});

Deno.test("atomic_t counts; nothing is checked", () => {
  run(function* (): Task {
    const c = kzalloc(counted) as counted;
    yield* atomic_set(c.plain, 2);
    yield* atomic_inc(c.plain);
    yield* atomic_dec(c.plain);
    assertEquals(yield* atomic_add_return(3, c.plain), 5);
    yield* atomic_set(c.plain, 1);
    assertEquals(yield* atomic_inc_not_zero(c.plain), true);
    assertEquals(yield* atomic_dec_and_test(c.plain), false);
    assertEquals(yield* atomic_dec_and_test(c.plain), true);
    assertEquals(yield* atomic_inc_not_zero(c.plain), false);
    yield* atomic_dec(c.plain);
    assertEquals(yield* atomic_read(c.plain), -1);
    kfree(c);
  });
});

Deno.test("an atomic under a lock is no scheduling point; without one it becomes one", () => {
  class guarded extends struct("guarded", { lock: spinlock_t, n: atomic_t }) {}
  const setup = function* (): Task<guarded> {
    return kzalloc(guarded) as guarded;
  };
  const locked = function* (g: guarded): Task {
    yield* spin_lock(g.lock);
    yield* atomic_inc(g.n);
    yield* atomic_inc(g.n);
    yield* spin_unlock(g.lock);
  };
  const bare = function* (g: guarded): Task {
    yield* atomic_inc(g.n);
    yield* atomic_inc(g.n);
  };
  const end = {
    finally(g: guarded) {
      assertEquals(g.n.counter, 4);
      kfree(g);
    },
  };
  assertEquals(interleave(setup, { a: locked, b: locked }, end).executions, 2);
  // Two steps each: the orders of 2 and 2.
  assertEquals(interleave(setup, { a: bare, b: bare }, end).executions, 6);
});

Deno.test("marked accesses of fields do not race with each other, plain ones do", () => {
  const setup = function* (): Task<counted> {
    return kzalloc(counted) as counted;
  };
  const marked = interleave(setup, {
    *a(c) {
      yield* WRITE_ONCE(c, "flag", true);
    },
    *b(c) {
      assertEquals(typeof (yield* READ_ONCE(c, "flag")), "boolean");
    },
  }, { finally: (c) => kfree(c) });
  assertEquals(found(marked), []);
  const plain = interleave(setup, {
    *a(c) {
      yield* WRITE_ONCE(c, "flag", true);
    },
    *b(c) {
      c.flag;
    },
  }, { finally: (c) => kfree(c) });
  assertEquals(found(plain), ["KCSAN: data-race in counted.flag"]);
});

Deno.test("a release that is acquired orders plain accesses; marked accesses alone do not", () => {
  const publish = (by: "release" | "mark") =>
    found(interleave(function* (): Task<counted> {
      return kzalloc(counted) as counted;
    }, {
      *a(c) {
        c.data = 1;
        if (by === "release") yield* smp_store_release(c, "flag", true);
        else yield* WRITE_ONCE(c, "flag", true);
      },
      *b(c) {
        const flag = by === "release"
          ? yield* smp_load_acquire(c, "flag")
          : yield* READ_ONCE(c, "flag");
        if (flag) assertEquals(c.data, 1);
      },
    }, { finally: (c) => kfree(c) }));
  assertEquals(publish("release"), []);
  assertEquals(publish("mark"), ["KCSAN: data-race in counted.data"]);
});
