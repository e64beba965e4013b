import { assertEquals } from "@std/assert";
import { run } from "explore/run.ts";
import { int, nullable, struct } from "explore/struct.ts";
import { machine, point, type Task } from "explore/task.ts";
import { READ_ONCE, WRITE_ONCE } from "linux/barrier.ts";
import { mutex, mutex_lock, mutex_unlock } from "linux/mutex.ts";
import { kfree, kzalloc } from "linux/slab.ts";
import { might_sleep } from "linux/sched.ts";
import { DEFINE_SPINLOCK, spin_lock, spin_unlock } from "linux/spinlock.ts";
import {
  call_srcu,
  DEFINE_SRCU,
  rcu_head,
  srcu_read_lock,
  srcu_read_unlock,
  synchronize_srcu,
} from "linux/srcu.ts";
import { faults, found, interleave } from "./support.ts";

class data extends struct("data", { value: int, rcu: rcu_head }) {}
class slot extends struct("slot", { current: nullable<data>(), mutex: mutex, freed: int }) {}

const domain = DEFINE_SRCU("domain"), other = DEFINE_SRCU("other");
const lock = DEFINE_SPINLOCK("lock");

function* published(): Task<slot> {
  const s = kzalloc(slot) as slot;
  s.current = kzalloc(data);
  return s;
}

function* reader(s: slot): Task {
  const idx = yield* srcu_read_lock(domain);
  const o = yield* READ_ONCE(s, "current");
  if (o !== null) {
    yield* point("reading", o);
    o.value;
  }
  yield* srcu_read_unlock(domain, idx);
}

function* unpublish(s: slot): Task<data> {
  const o = s.current as data;
  yield* WRITE_ONCE(s, "current", null);
  return o;
}

const end = { finally: (s: slot) => kfree(s) };

Deno.test("a callback runs when the readers of its time have left", () => {
  const verdict = interleave(published, {
    a: reader,
    b: reader,
    *updater(s) {
      const o = yield* unpublish(s);
      yield* call_srcu(domain, o.rcu, function* () {
        kfree(o);
      });
    },
  }, end);
  assertEquals([verdict.outcome, found(verdict)], ["holds", []]);
});

Deno.test("synchronize_srcu waits for them", () => {
  for (const granularity of ["sections", "operations"] as const) {
    const verdict = interleave(
      published,
      {
        reader,
        *updater(s) {
          const o = yield* unpublish(s);
          yield* synchronize_srcu(domain);
          kfree(o);
        },
      },
      end,
      granularity,
    );
    assertEquals([verdict.outcome, found(verdict)], ["holds", []]);
  }
});

Deno.test("a grace period of another domain is none", () => {
  const verdict = interleave(published, {
    reader,
    *updater(s) {
      const o = yield* unpublish(s);
      yield* synchronize_srcu(other);
      kfree(o);
    },
  }, end);
  assertEquals(found(verdict), [
    "KASAN: use-after-free in data.value",
    "KCSAN: data-race in data.value",
  ]);
});

Deno.test("a reader that comes later holds nothing up", () => {
  const verdict = interleave(published, {
    *late(s) {
      yield* mutex_lock(s.mutex);
      yield* point("wait", s);
      const idx = yield* srcu_read_lock(domain);
      // Waits for the updater from inside the section: a deadlock if it counted as present.
      yield* mutex_unlock(s.mutex);
      yield* srcu_read_unlock(domain, idx);
    },
    *updater(s) {
      const o = yield* unpublish(s);
      yield* synchronize_srcu(domain);
      yield* mutex_lock(s.mutex);
      yield* mutex_unlock(s.mutex);
      kfree(o);
    },
  }, end);
  assertEquals(found(verdict), []);
});

Deno.test("a reader who waits for the one who waits for it hangs", () => {
  const verdict = interleave(published, {
    *reader(s) {
      const idx = yield* srcu_read_lock(domain);
      yield* mutex_lock(s.mutex);
      yield* mutex_unlock(s.mutex);
      yield* srcu_read_unlock(domain, idx);
    },
    *updater(s) {
      yield* mutex_lock(s.mutex);
      yield* synchronize_srcu(domain);
      yield* mutex_unlock(s.mutex);
      kfree(yield* unpublish(s));
    },
  }, end);
  assertEquals(found(verdict), [
    "hung task: blocked for ever in mutex_lock and synchronize_srcu",
    "lockdep: possible circular locking dependency in domain -> slot.mutex -> domain",
  ]);
});

Deno.test("sections nest, may sleep, and two domains may overlap", () => {
  run(function* (): Task {
    const outer = yield* srcu_read_lock(domain);
    const inner = yield* srcu_read_lock(domain);
    const foreign = yield* srcu_read_lock(other);
    might_sleep("reader");
    yield* srcu_read_unlock(domain, inner);
    yield* srcu_read_unlock(domain, outer);
    yield* srcu_read_unlock(other, foreign);
    yield* synchronize_srcu(domain);
  });
});

Deno.test("misuse of read sections is reported", () => {
  const none = faults(
    function* () {
      yield* srcu_read_unlock(domain, 0);
    },
    "SRCU",
    "unbalanced srcu_read_unlock",
  );
  assertEquals(none.subject, "domain");
  faults(
    function* () {
      const outer = yield* srcu_read_lock(domain);
      yield* srcu_read_lock(domain);
      yield* srcu_read_unlock(domain, outer);
    },
    "SRCU",
    "unbalanced srcu_read_unlock",
  );
  faults(
    function* () {
      yield* srcu_read_lock(domain);
    },
    "lockdep",
    "lock held at exit",
  );
  faults(
    function* () {
      yield* srcu_read_lock(domain);
      yield* synchronize_srcu(domain);
    },
    "SRCU",
    "illegal synchronize_srcu() in same-type SRCU read-side critical section",
  );
  faults(
    function* () {
      yield* spin_lock(lock);
      yield* synchronize_srcu(domain);
    },
    "lockdep",
    "sleeping function called from invalid context",
  );
});

Deno.test("a callback must not sleep and must not be queued twice", () => {
  faults(
    function* () {
      const s = yield* published();
      yield* call_srcu(domain, (yield* unpublish(s)).rcu, function* () {
        yield* mutex_lock(s.mutex);
      });
    },
    "lockdep",
    "sleeping function called from invalid context",
  );
  const free = function* (): Task {};
  faults(
    function* () {
      const o = yield* unpublish(yield* published());
      yield* call_srcu(domain, o.rcu, free);
      yield* call_srcu(domain, o.rcu, free);
    },
    "SRCU",
    "leaked duplicate callback",
  );
});

Deno.test("call_srcu may be called under a spinlock, and the callback may queue itself again", () => {
  run(function* (): Task {
    const o = kzalloc(data) as data;
    const again = function* (head: rcu_head): Task {
      if (o.value++ === 0) yield* call_srcu(domain, head, again);
      else kfree(o);
    };
    yield* spin_lock(lock);
    yield* call_srcu(domain, o.rcu, again);
    yield* spin_unlock(lock);
    machine.log.push("queued");
  });
});
