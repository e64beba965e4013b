import { assertEquals } from "@std/assert";
import { run } from "explore/run.ts";
import { bool, int, struct } from "explore/struct.ts";
import { machine, type Task } from "explore/task.ts";
import { READ_ONCE, WRITE_ONCE } from "linux/barrier.ts";
import {
  complete,
  complete_all,
  completion,
  init_completion,
  wait_for_completion,
} from "linux/completion.ts";
import { kfree, kzalloc } from "linux/slab.ts";
import {
  DEFINE_SPINLOCK,
  spin_lock,
  spin_lock_irq,
  spin_unlock,
  spin_unlock_irq,
} from "linux/spinlock.ts";
import {
  init_waitqueue_head,
  wait_event,
  wait_event_lock_irq,
  wait_queue_head,
  waitqueue_active,
  wake_up_all,
} from "linux/wait.ts";
import { faults, found, interleave } from "./support.ts";

class event extends struct("event", { active: bool, wq: wait_queue_head, seen: int }) {}
class meeting extends struct("meeting", { done: completion, count: int }) {}

const L = DEFINE_SPINLOCK("L"), OTHER = DEFINE_SPINLOCK("other");

function* active(): Task<event> {
  const e = kzalloc(event) as event;
  e.active = true;
  init_waitqueue_head(e.wq);
  return e;
}

function* waiter(e: event): Task {
  yield* spin_lock_irq(L);
  yield* wait_event_lock_irq(e.wq, () => !e.active, L);
  e.seen++;
  yield* spin_unlock_irq(L);
}

function* waker(e: event): Task {
  yield* spin_lock(L);
  e.active = false;
  yield* wake_up_all(e.wq);
  yield* spin_unlock(L);
}

Deno.test("a waiter goes on when the condition holds, whoever comes first", () => {
  for (const granularity of ["sections", "operations"] as const) {
    const verdict = interleave(active, { waiter, waker }, {
      finally(e) {
        assertEquals([e.seen, waitqueue_active(e.wq)], [1, false]);
        kfree(e);
      },
      reachable: { asleep: (e) => waitqueue_active(e.wq) },
    }, granularity);
    assertEquals([found(verdict), verdict.unreached], [[], []]);
  }
});

Deno.test("wake_up_all wakes all", () => {
  const verdict = interleave(active, { a: waiter, b: waiter, waker }, {
    finally(e) {
      assertEquals(e.seen, 2);
      kfree(e);
    },
  });
  assertEquals(found(verdict), []);
});

Deno.test("a condition without its wake-up hangs, but only who was asleep", () => {
  const verdict = interleave(active, {
    waiter,
    *changer(e) {
      yield* spin_lock(L);
      e.active = false;
      yield* spin_unlock(L);
    },
  }, { finally: (e) => kfree(e) });
  assertEquals(found(verdict), ["hung task: blocked for ever in wait_event_lock_irq"]);
  assertEquals(verdict.executions > (verdict.findings[0]?.count ?? 0), true);
});

Deno.test("a condition that holds at entry touches neither queue nor lock", () => {
  run(function* (): Task {
    const e = yield* active();
    kfree(e);
    yield* spin_lock_irq(L);
    const before = machine.step;
    yield* wait_event_lock_irq(e.wq, () => true, L);
    assertEquals(machine.step, before);
    yield* spin_unlock_irq(L);
  });
});

Deno.test("who was woken touches the queue again before it looks at the condition", () => {
  const verdict = interleave(active, {
    waiter,
    *waker(e) {
      yield* waker(e);
      yield* spin_lock(L);
      // The waiter still needs the queue.
      if (e.seen === 0) kfree(e);
      yield* spin_unlock(L);
    },
  }, { finally: (e) => e.seen === 1 && kfree(e) });
  const faulty = found(verdict).filter((text) => text.startsWith("KASAN"));
  assertEquals(faulty, [
    "KASAN: use-after-free in event.active",
    "KASAN: use-after-free in event.wq.lock.locked",
  ]);
});

Deno.test("waiting with the wrong lock state is reported", () => {
  faults(
    function* () {
      const e = yield* active();
      yield* spin_lock(L);
      yield* wait_event_lock_irq(e.wq, () => !e.active, L);
    },
    "lockdep",
    "inconsistent IRQ state",
  );
  faults(
    function* () {
      const e = yield* active();
      yield* spin_lock(OTHER);
      yield* spin_lock_irq(L);
      yield* wait_event_lock_irq(e.wq, () => !e.active, L);
    },
    "lockdep",
    "scheduling while atomic",
  );
  faults(
    function* () {
      const e = yield* active();
      yield* spin_lock(L);
      yield* wait_event(e.wq, () => READ_ONCE(e, "active"));
    },
    "lockdep",
    "sleeping function called from invalid context",
  );
});

Deno.test("wait_event asks without a lock and never misses a wake-up", () => {
  const verdict = interleave(active, {
    *waiter(e) {
      yield* wait_event(e.wq, function* () {
        return !(yield* READ_ONCE(e, "active"));
      });
    },
    *waker(e) {
      yield* WRITE_ONCE(e, "active", false);
      yield* wake_up_all(e.wq);
    },
  }, {
    finally: (e) => kfree(e),
    reachable: { asleep: (e) => waitqueue_active(e.wq) },
  });
  assertEquals([found(verdict), verdict.unreached], [[], []]);
  const tooEarly = interleave(active, {
    *waiter(e) {
      yield* wait_event(e.wq, function* () {
        return !(yield* READ_ONCE(e, "active"));
      });
    },
    *waker(e) {
      yield* wake_up_all(e.wq);
      yield* WRITE_ONCE(e, "active", false);
    },
  }, { finally: (e) => kfree(e) });
  assertEquals(found(tooEarly), ["hung task: blocked for ever in wait_event"]);
});

Deno.test("a completion lets one through for each complete, all after complete_all", () => {
  const setup = function* (): Task<meeting> {
    const m = kzalloc(meeting) as meeting;
    init_completion(m.done);
    return m;
  };
  const wait = function* (m: meeting): Task {
    yield* wait_for_completion(m.done);
  };
  const end = { finally: (m: meeting) => kfree(m) };
  const one = interleave(setup, {
    wait,
    *go(m) {
      yield* complete(m.done);
    },
  }, end);
  assertEquals(found(one), []);
  const tooFew = interleave(setup, {
    a: wait,
    b: wait,
    *go(m) {
      yield* complete(m.done);
    },
  }, end);
  assertEquals(found(tooFew), ["hung task: blocked for ever in wait_for_completion"]);
  const all = interleave(setup, {
    a: wait,
    b: wait,
    *go(m) {
      yield* complete_all(m.done);
    },
  }, end);
  assertEquals(found(all), []);
});

Deno.test("what was done before complete is ordered before what follows the wait", () => {
  const verdict = interleave(
    function* (): Task<meeting> {
      const m = kzalloc(meeting) as meeting;
      init_completion(m.done);
      return m;
    },
    {
      *a(m) {
        m.count = 7;
        yield* complete(m.done);
      },
      *b(m) {
        yield* wait_for_completion(m.done);
        assertEquals(yield* READ_ONCE(m, "count"), 7);
        kfree(m);
      },
    },
  );
  // The completer still holds the queue's lock when the sleeper is woken: it must not be freed yet.
  assertEquals(
    found(verdict).filter((text) => text.startsWith("KCSAN: data-race in meeting.count")),
    [],
  );
});
