/**
 * Every sanitizer, with a program that seeds its fault and the nearest harmless one, over which it
 * must stay silent. What needs a chapter, such as the device's cache, is tested there.
 */
import { assert, assertEquals } from "@std/assert";
import { explore } from "explore/explore.ts";
import type { Sanitizer } from "explore/fault.ts";
import { keep } from "explore/leak.ts";
import { scenario } from "explore/scenario.ts";
import { create, destroy, int, nullable, struct } from "explore/struct.ts";
import type { Task } from "explore/task.ts";
import { BUG_ON } from "linux/bug.ts";
import { complete, completion, init_completion, wait_for_completion } from "linux/completion.ts";
import { GFP_ATOMIC, GFP_KERNEL } from "linux/gfp.ts";
import { check_id, guard_ids, idr, idr_alloc, idr_remove, keep_id } from "linux/idr.ts";
import { INIT_LIST_HEAD, list_add, list_del, list_head } from "linux/list.ts";
import { mutex, mutex_lock, mutex_unlock } from "linux/mutex.ts";
import {
  refcount_dec,
  refcount_dec_and_test,
  refcount_inc,
  refcount_inc_not_zero,
  refcount_set,
  refcount_t,
} from "linux/refcount.ts";
import { schedule } from "linux/sched.ts";
import { kfree, kzalloc } from "linux/slab.ts";
import {
  lockdep_assert_held,
  spin_lock,
  spin_lock_irq,
  spin_unlock,
  spin_unlock_irq,
  spinlock_t,
} from "linux/spinlock.ts";
import {
  call_srcu,
  DEFINE_SRCU,
  rcu_head,
  srcu_read_lock,
  srcu_read_unlock,
  synchronize_srcu,
} from "linux/srcu.ts";
import { init_waitqueue_head, wait_event, wait_queue_head, wake_up_all } from "linux/wait.ts";
import { READ_ONCE, WRITE_ONCE } from "linux/barrier.ts";

class thing extends struct("thing", { value: int, entry: list_head, rcu: rcu_head }) {}

class desk extends struct("desk", {
  gate: mutex,
  a: mutex,
  b: mutex,
  lock: spinlock_t,
  inner: spinlock_t,
  refs: refcount_t,
  done: completion,
  other: completion,
  wq: wait_queue_head,
  list: list_head,
  thing: nullable<thing>(),
  value: int,
  ids: idr,
  user: int,
}) {}

const srcu = DEFINE_SRCU("srcu"), srcu2 = DEFINE_SRCU("srcu2");

type Body = (d: desk) => Task<unknown>;

function* setup(): Task<desk> {
  const d = keep(create(desk));
  init_completion(d.done);
  init_completion(d.other);
  init_waitqueue_head(d.wq);
  INIT_LIST_HEAD(d.list);
  yield* refcount_set(d.refs, 1);
  return d;
}

/** Everything that is found when the threads are explored, as `sanitizer: kind in subject`. */
function findings(threads: readonly Body[], mode: "naive" | "reduced"): string[] {
  const verdict = explore(
    scenario<desk>({
      name: "seeded",
      title: "a seeded fault, or none",
      about: "a sanitizer",
      setup,
      threads: Object.fromEntries(threads.map((body, index) => [`t${index}`, body])),
      expect: { verdict: "holds" },
    }),
    { mode },
  );
  assert(verdict.exhaustive);
  return verdict.findings.map(({ sanitizer, kind, subject }) =>
    `${sanitizer}: ${kind} in ${subject}`
  )
    .sort();
}

interface Row {
  readonly sanitizer: Sanitizer;
  readonly kind: string;
  readonly subject: string;
  readonly seeded: readonly Body[];
  readonly harmless: readonly Body[];
  /** What the seeded program is found to do besides. */
  readonly also?: readonly string[];
}

function row(
  sanitizer: Sanitizer,
  kind: string,
  subject: string,
  seeded: Body | readonly Body[],
  harmless: Body | readonly Body[],
  also: readonly string[] = [],
): Row {
  const list = (bodies: Body | readonly Body[]) => typeof bodies === "function" ? [bodies] : bodies;
  return { sanitizer, kind, subject, seeded: list(seeded), harmless: list(harmless), also };
}

/** Holds `locks` of the desk, the first one outermost, around `inside`. */
function holding(locks: readonly ("gate" | "a" | "b")[], inside?: Body): Body {
  return function* (d) {
    for (const lock of locks) yield* mutex_lock(d[lock]);
    if (inside !== undefined) yield* inside(d);
    for (const lock of locks.toReversed()) yield* mutex_unlock(d[lock]);
  };
}

const CIRCLE = "possible circular locking dependency";
const INVALID = "sleeping function called from invalid context";

const memory: Row[] = [
  row("KASAN", "use-after-free", "thing.value", function* () {
    const t = create(thing);
    kfree(t);
    t.value = 1;
  }, function* () {
    const t = create(thing);
    t.value = 1;
    kfree(t);
  }),
  row("KASAN", "double-free", "thing", function* () {
    const t = create(thing);
    kfree(t);
    kfree(t);
  }, function* () {
    kfree(create(thing));
    kfree(null);
  }),
  row("KASAN", "invalid-free", "thing.entry", function* () {
    destroy(create(thing).entry);
  }, function* () {
    destroy(create(thing));
  }),
  row("kmemleak", "unreferenced object", "thing", function* (d) {
    d.thing = create(thing);
    d.thing = null;
  }, function* (d) {
    d.thing = create(thing);
  }),
  row("oops", "NULL pointer dereference", "value", function* (d) {
    (d.thing as thing).value = 1;
  }, function* (d) {
    d.thing = create(thing);
    (d.thing as thing).value = 1;
  }),
  row("oops", "kernel BUG", "value is set", function* (d) {
    BUG_ON(d.value === 0, "value is set");
  }, function* (d) {
    BUG_ON(d.value !== 0, "value is set");
  }),
  row("list debug", "list_del corruption", "thing.entry", function* (d) {
    const t = d.thing = create(thing);
    list_add(t.entry, d.list);
    list_del(t.entry);
    list_del(t.entry);
  }, function* (d) {
    const t = d.thing = create(thing);
    list_add(t.entry, d.list);
    list_del(t.entry);
    list_add(t.entry, d.list);
    list_del(t.entry);
  }),
];

const races: Row[] = [
  row("KCSAN", "data-race", "desk.value", [
    holding(["a"], function* (d) {
      d.value++;
    }),
    holding(["b"], function* (d) {
      d.value++;
    }),
  ], [
    holding(["a"], function* (d) {
      d.value++;
    }),
    holding(["a"], function* (d) {
      d.value++;
    }),
  ]),
  row("KCSAN", "data-race", "desk.value", [
    function* (d) {
      yield* WRITE_ONCE(d, "value", 1);
    },
    function* (d) {
      d.value;
    },
  ], [
    function* (d) {
      yield* WRITE_ONCE(d, "value", 1);
    },
    function* (d) {
      yield* READ_ONCE(d, "value");
    },
  ]),
];

const locks: Row[] = [
  row("lockdep", "recursive locking", "desk.a", holding(["a", "a"]), holding(["a", "b"])),
  row("lockdep", "bad unlock balance", "desk.a", function* (d) {
    yield* mutex_unlock(d.a);
  }, holding(["a"])),
  row("lockdep", "lock held at exit", "desk.a", function* (d) {
    yield* mutex_lock(d.a);
  }, holding(["a"])),
  row(
    "lockdep",
    "lock not held",
    "desk.a",
    function* (d) {
      lockdep_assert_held(d.a);
    },
    holding(["a"], function* (d) {
      lockdep_assert_held(d.a);
    }),
  ),
  row(
    "lockdep",
    INVALID,
    "mutex_lock",
    function* (d) {
      yield* spin_lock(d.lock);
      yield* mutex_lock(d.a);
    },
    holding(["a"], function* (d) {
      yield* spin_lock(d.lock);
      yield* spin_unlock(d.lock);
    }),
  ),
  row("lockdep", INVALID, "kzalloc", function* (d) {
    yield* spin_lock(d.lock);
    d.thing = kzalloc(thing, GFP_KERNEL);
  }, function* (d) {
    yield* spin_lock(d.lock);
    d.thing = kzalloc(thing, GFP_ATOMIC);
    yield* spin_unlock(d.lock);
  }),
  row("lockdep", "scheduling while atomic", "schedule", function* (d) {
    yield* spin_lock(d.lock);
    yield* schedule();
  }, function* (d) {
    yield* spin_lock(d.lock);
    yield* spin_unlock(d.lock);
    yield* schedule();
  }),
  row("lockdep", "inconsistent IRQ state", "desk.inner", function* (d) {
    yield* spin_lock_irq(d.lock);
    yield* spin_lock_irq(d.inner);
    yield* spin_unlock_irq(d.inner);
  }, function* (d) {
    yield* spin_lock_irq(d.lock);
    yield* spin_lock(d.inner);
    yield* spin_unlock(d.inner);
    yield* spin_unlock_irq(d.lock);
  }),
  row("lockdep", "interrupts disabled at exit", "t0", function* (d) {
    yield* spin_lock_irq(d.lock);
    yield* spin_unlock(d.lock);
  }, function* (d) {
    yield* spin_lock_irq(d.lock);
    yield* spin_unlock_irq(d.lock);
  }),
];

const inside: Body = function* (d) {
  const idx = yield* srcu_read_lock(srcu);
  yield* holding(["a"])(d);
  yield* srcu_read_unlock(srcu, idx);
};

/** In a read section of the one domain waits for the readers of the other. */
function crossing(own: typeof srcu, other: typeof srcu): Body {
  return function* (d) {
    yield* mutex_lock(d.gate);
    const idx = yield* srcu_read_lock(own);
    yield* synchronize_srcu(other);
    yield* srcu_read_unlock(own, idx);
    yield* mutex_unlock(d.gate);
  };
}

const waiting: Body = function* (d) {
  yield* wait_for_completion(d.done);
};
const completing: Body = function* (d) {
  yield* complete(d.done);
};

const order: Row[] = [
  // The gate keeps the two apart in every schedule.
  row(
    "lockdep",
    CIRCLE,
    "desk.a -> desk.b -> desk.a",
    [holding(["gate", "a", "b"]), holding(["gate", "b", "a"])],
    [holding(["gate", "a", "b"]), holding(["a", "b"]), holding(["gate", "b"])],
  ),
  row(
    "lockdep",
    CIRCLE,
    "desk.a -> desk.b -> desk.gate -> desk.a",
    [holding(["a", "b"]), holding(["b", "gate"]), holding(["gate", "a"])],
    [holding(["a", "b"]), holding(["b", "gate"]), holding(["a", "gate"])],
  ),
  row(
    "lockdep",
    CIRCLE,
    "desk.a -> desk.a",
    [holding(["a"], waiting), function* (d) {
      yield* holding(["a"])(d);
      yield* completing(d);
    }],
    [holding(["a"], waiting), function* (d) {
      yield* completing(d);
      yield* holding(["a"])(d);
    }],
    ["hung task: blocked for ever in mutex_lock and wait_for_completion"],
  ),
  // The same, but nobody waits before the other is known to have had the lock.
  row(
    "lockdep",
    CIRCLE,
    "desk.a -> desk.b -> desk.a",
    [holding(["a"], waiting), function* (d) {
      yield* holding(["b"])(d);
      yield* completing(d);
    }, holding(["b", "a"])],
    [
      holding(["a"], function* (d) {
        if (d.value === 1) yield* waiting(d);
      }),
      function* (d) {
        yield* holding(["a"], function* (d) {
          d.value = 1;
        })(d);
        yield* completing(d);
      },
    ],
    [
      "hung task: blocked for ever in mutex_lock and mutex_lock and wait_for_completion",
    ],
  ),
  row(
    "lockdep",
    CIRCLE,
    "desk.a -> desk.a",
    [
      holding(["a"], (d) => wait_event(d.wq, () => isSet(d))),
      function* (d) {
        yield* holding(["a"])(d);
        yield* set(d);
      },
    ],
    [
      holding(["a"], (d) => wait_event(d.wq, () => isSet(d))),
      function* (d) {
        yield* holding(["b"])(d);
        yield* set(d);
      },
    ],
    ["hung task: blocked for ever in mutex_lock and wait_event"],
  ),
  row(
    "lockdep",
    CIRCLE,
    "desk.a -> srcu -> desk.a",
    [holding(["gate"], inside), holding(["gate", "a"], () => synchronize_srcu(srcu))],
    [inside, holding(["b"], () => synchronize_srcu(srcu)), holding(["a"])],
  ),
  row(
    "lockdep",
    CIRCLE,
    "srcu -> srcu2 -> srcu",
    [crossing(srcu, srcu2), crossing(srcu2, srcu)],
    [crossing(srcu, srcu2), crossing(srcu, srcu2)],
  ),
];

function isSet(d: desk) {
  return {
    *[Symbol.iterator]() {
      return (yield* READ_ONCE(d, "value")) === 1;
    },
  };
}

function* set(d: desk): Task {
  yield* WRITE_ONCE(d, "value", 1);
  yield* wake_up_all(d.wq);
}

const counts: Row[] = [
  row("refcount", "increment on 0; use-after-free", "desk.refs.refs", function* (d) {
    yield* refcount_dec_and_test(d.refs);
    yield* refcount_inc(d.refs);
  }, function* (d) {
    yield* refcount_dec_and_test(d.refs);
    yield* refcount_inc_not_zero(d.refs);
  }),
  row("refcount", "underflow; use-after-free", "desk.refs.refs", function* (d) {
    yield* refcount_dec_and_test(d.refs);
    yield* refcount_dec_and_test(d.refs);
  }, function* (d) {
    yield* refcount_dec_and_test(d.refs);
  }),
  row("refcount", "decrement hit 0; leaking memory", "desk.refs.refs", function* (d) {
    yield* refcount_dec(d.refs);
  }, function* (d) {
    yield* refcount_inc(d.refs);
    yield* refcount_dec(d.refs);
  }),
  row("refcount", "saturated; leaking memory", "desk.refs.refs", function* (d) {
    yield* refcount_set(d.refs, 0xffff_fffe);
    yield* refcount_inc(d.refs);
  }, function* (d) {
    yield* refcount_set(d.refs, 0xffff_fffd);
    yield* refcount_inc(d.refs);
  }),
];

const sections: Row[] = [
  row("SRCU", "unbalanced srcu_read_unlock", "srcu", function* () {
    const outer = yield* srcu_read_lock(srcu);
    yield* srcu_read_lock(srcu);
    yield* srcu_read_unlock(srcu, outer);
  }, function* () {
    const outer = yield* srcu_read_lock(srcu);
    const inner = yield* srcu_read_lock(srcu);
    yield* srcu_read_unlock(srcu, inner);
    yield* srcu_read_unlock(srcu, outer);
  }),
  row("lockdep", "lock held at exit", "srcu", function* () {
    yield* srcu_read_lock(srcu);
  }, function* () {
    yield* srcu_read_unlock(srcu, yield* srcu_read_lock(srcu));
  }),
  row(
    "SRCU",
    "illegal synchronize_srcu() in same-type SRCU read-side critical section",
    "srcu",
    function* () {
      yield* srcu_read_lock(srcu);
      yield* synchronize_srcu(srcu);
    },
    function* () {
      const idx = yield* srcu_read_lock(srcu);
      yield* synchronize_srcu(srcu2);
      yield* srcu_read_unlock(srcu, idx);
    },
  ),
  row("SRCU", "leaked duplicate callback", "thing.rcu", function* (d) {
    const t = d.thing = create(thing);
    const free = function* (): Task {};
    yield* call_srcu(srcu, t.rcu, free);
    yield* call_srcu(srcu, t.rcu, free);
  }, function* (d) {
    const t = d.thing = create(thing);
    yield* call_srcu(srcu, t.rcu, function* () {});
  }),
];

const progress: Row[] = [
  row("hung task", "blocked for ever", "wait_for_completion", [waiting], [waiting, completing]),
  row(
    "hung task",
    "blocked for ever",
    "wait_for_completion and wait_for_completion",
    [
      function* (d) {
        yield* wait_for_completion(d.other);
        yield* complete(d.done);
      },
      function* (d) {
        yield* wait_for_completion(d.done);
        yield* complete(d.other);
      },
    ],
    [
      function* (d) {
        yield* complete(d.done);
        yield* wait_for_completion(d.other);
      },
      function* (d) {
        yield* wait_for_completion(d.done);
        yield* complete(d.other);
      },
    ],
  ),
];

/** Takes the place of one object under an id by that of another. */
function* replace(d: desk): Task {
  yield* mutex_lock(d.a);
  const kept = d.thing as thing;
  idr_remove(d.ids, 1);
  d.thing = create(thing);
  idr_alloc(d.ids, d.thing, 1, 0, GFP_KERNEL);
  kfree(kept);
  yield* mutex_unlock(d.a);
}

/** Keeps id 1 and uses it after the other had a chance to run; `again` looks it up once more. */
function keeper(again: boolean): Body {
  return function* (d) {
    yield* mutex_lock(d.a);
    d.thing = create(thing);
    idr_alloc(d.ids, d.thing, 1, 0, GFP_KERNEL);
    let kept = keep_id(d.ids, 1);
    yield* mutex_unlock(d.a);
    yield* complete(d.done);
    yield* mutex_lock(d.a);
    if (again) kept = keep_id(d.ids, 1);
    check_id(kept);
    yield* mutex_unlock(d.a);
  };
}

const replacer: Body = function* (d) {
  yield* wait_for_completion(d.done);
  yield* replace(d);
};

/** A device that works for id 1 until it is stopped; `first` says whether that is before the id goes. */
function device(first: boolean): Body {
  return function* (d) {
    const end = guard_ids(d.ids, (id) => d.user === id ? "a device" : null);
    try {
      d.thing = create(thing);
      d.user = idr_alloc(d.ids, d.thing, 1, 0, GFP_KERNEL);
      if (first) d.user = 0;
      yield* replace(d);
    } finally {
      end();
    }
  };
}

const ids: Row[] = [
  row("law", "ABA on an id", "desk.ids", [keeper(false), replacer], [keeper(true), replacer]),
  row("law", "id handed out while in use", "desk.ids", device(false), device(true)),
];

const tables = { memory, races, locks, order, counts, sections, progress, ids };

for (const [what, rows] of Object.entries(tables)) {
  for (const { sanitizer, kind, subject, seeded, harmless, also = [] } of rows) {
    const fault = `${sanitizer}: ${kind} in ${subject}`;
    for (const mode of ["naive", "reduced"] as const) {
      Deno.test(`${what}, ${mode}: ${fault}`, () => {
        assertEquals(findings(seeded, mode), [fault, ...also].sort());
        assertEquals(findings(harmless, mode), []);
      });
    }
  }
}

Deno.test("every sanitizer that the kernel's own code feeds has a row", () => {
  const seen = new Set(Object.values(tables).flat().map(({ sanitizer }) => sanitizer));
  // "soft lockup" stands with the lists, "TLB" with the hardware.
  const all: Sanitizer[] = ["KASAN", "KCSAN", "lockdep", "refcount", "hung task", "kmemleak"];
  const more: Sanitizer[] = ["list debug", "oops", "SRCU", "law"];
  for (const sanitizer of [...all, ...more]) assert(seen.has(sanitizer), sanitizer);
});
