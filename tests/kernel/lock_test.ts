import { assertEquals } from "@std/assert";
import { checkAlive } from "explore/objects.ts";
import { run } from "explore/run.ts";
import { int, struct } from "explore/struct.ts";
import { currentTask, machine, point, type Task } from "explore/task.ts";
import { DEFINE_MUTEX, mutex, mutex_init, mutex_lock, mutex_unlock } from "linux/mutex.ts";
import { down_read, down_write, init_rwsem, rw_semaphore, up_read, up_write } from "linux/rwsem.ts";
import { might_sleep } from "linux/sched.ts";
import { GFP_ATOMIC, GFP_KERNEL, kfree, kzalloc } from "linux/slab.ts";
import {
  DEFINE_SPINLOCK,
  lockdep_assert_held,
  spin_is_held,
  spin_lock,
  spin_lock_irq,
  spin_lock_irqsave,
  spin_unlock,
  spin_unlock_irq,
  spin_unlock_irqrestore,
  spinlock_t,
} from "linux/spinlock.ts";
import { faults, found, interleave } from "./support.ts";

class shared extends struct("shared", {
  lock: spinlock_t,
  other: spinlock_t,
  mutex: mutex,
  sem: rw_semaphore,
  value: int,
  seen: int,
}) {}

function make(): shared {
  return kzalloc(shared) as shared;
}

const A = DEFINE_SPINLOCK("lock_a"), M = DEFINE_MUTEX("mutex_m");

Deno.test("a free spinlock is taken without a scheduling point", () => {
  run(function* (): Task {
    const before = machine.step;
    yield* spin_lock(A);
    assertEquals(spin_is_held(A), true);
    yield* spin_unlock(A);
    assertEquals(spin_is_held(A), false);
    assertEquals(machine.step, before);
  });
});

Deno.test("after a release the next acquisition begins a new step", () => {
  run(function* (): Task {
    yield* spin_lock(A);
    yield* spin_unlock(A);
    const before = machine.step;
    yield* spin_lock(A);
    assertEquals(machine.step, before + 1);
    yield* spin_unlock(A);
  });
});

Deno.test("spinlocks exclude each other, in whole sections and in single operations", () => {
  for (const granularity of ["sections", "operations"] as const) {
    const increment = function* (s: shared): Task {
      yield* spin_lock(s.lock);
      const before = s.value;
      yield* point("inside", s);
      s.value = before + 1;
      yield* spin_unlock(s.lock);
    };
    const verdict = interleave(
      function* () {
        return make();
      },
      { a: increment, b: increment, c: increment },
      {
        finally(s) {
          assertEquals(s.value, 3);
          kfree(s);
        },
      },
      granularity,
    );
    assertEquals([verdict.outcome, found(verdict)], ["holds", []]);
  }
});

Deno.test("without the lock the same threads lose a value and race", () => {
  const increment = function* (s: shared): Task {
    const before = s.value;
    yield* point("inside", s);
    s.value = before + 1;
  };
  const values = new Set<number>();
  const verdict = interleave(
    function* () {
      return make();
    },
    { a: increment, b: increment },
    {
      finally(s) {
        values.add(s.value);
        kfree(s);
      },
    },
  );
  assertEquals([...values].sort(), [1, 2]);
  assertEquals(found(verdict), ["KCSAN: data-race in shared.value"]);
});

Deno.test("two locks taken in opposite order deadlock", () => {
  const verdict = interleave(
    function* () {
      return make();
    },
    {
      *a(s) {
        yield* mutex_lock(s.mutex);
        yield* down_write(s.sem);
        yield* up_write(s.sem);
        yield* mutex_unlock(s.mutex);
      },
      *b(s) {
        yield* down_write(s.sem);
        yield* point("between", s);
        yield* mutex_lock(s.mutex);
        yield* mutex_unlock(s.mutex);
        yield* up_write(s.sem);
      },
    },
    { finally: kfree },
  );
  assertEquals(found(verdict), [
    "hung task: blocked for ever in down_write and mutex_lock",
    "lockdep: possible circular locking dependency in shared.mutex -> shared.sem -> shared.mutex",
  ]);
});

Deno.test("misuse of a spinlock is reported in lockdep's words", () => {
  const again = faults(
    function* () {
      yield* spin_lock(A);
      yield* spin_lock(A);
    },
    "lockdep",
    "recursive locking",
  );
  assertEquals(again.subject, "lock_a");
  faults(
    function* () {
      yield* spin_unlock(A);
    },
    "lockdep",
    "bad unlock balance",
  );
  const left = faults(
    function* () {
      yield* spin_lock(A);
    },
    "lockdep",
    "lock held at exit",
  );
  assertEquals(left.subject, "lock_a");
  faults(
    function* () {
      lockdep_assert_held(A);
    },
    "lockdep",
    "lock not held",
  );
});

Deno.test("a lock is named by the object and the field that it is", () => {
  const fault = faults(
    function* () {
      const s = make();
      yield* spin_lock(s.other);
      yield* spin_lock(s.other);
    },
    "lockdep",
    "recursive locking",
  );
  assertEquals(fault.subject, "shared.other");
});

Deno.test("a lock in freed memory is a use after free, also for one that waited for it", () => {
  const fault = faults(
    function* () {
      const s = make();
      kfree(s);
      yield* spin_lock(s.lock);
    },
    "KASAN",
    "use-after-free",
  );
  assertEquals(fault.subject, "shared.lock.locked");
  const verdict = interleave(
    function* () {
      return make();
    },
    {
      *a(s) {
        yield* spin_lock(s.lock);
        yield* point("inside", s);
        yield* spin_unlock(s.lock);
        kfree(s);
      },
      *b(s) {
        yield* spin_lock(s.lock);
        yield* spin_unlock(s.lock);
        checkAlive(s.address);
      },
    },
  );
  assertEquals(found(verdict).includes("KASAN: use-after-free in shared.lock.locked"), true);
});

Deno.test("the irq forms turn interrupts off and on", () => {
  run(function* (): Task {
    const task = currentTask(), s = make();
    yield* spin_lock_irq(A);
    assertEquals(task.irqsOff, true);
    yield* spin_unlock_irq(A);
    assertEquals(task.irqsOff, false);
    const flags = yield* spin_lock_irqsave(A);
    assertEquals([flags, task.irqsOff], [false, true]);
    const inner = yield* spin_lock_irqsave(s.lock);
    assertEquals(inner, true);
    yield* spin_unlock_irqrestore(s.lock, inner);
    assertEquals(task.irqsOff, true);
    yield* spin_unlock_irqrestore(A, flags);
    assertEquals(task.irqsOff, false);
    kfree(s);
  });
});

Deno.test("spin_unlock_irq must pair with what turned interrupts off", () => {
  faults(
    function* () {
      yield* spin_lock(A);
      yield* spin_unlock_irq(A);
    },
    "lockdep",
    "inconsistent IRQ state",
  );
  const nested = faults(
    function* () {
      const s = make();
      yield* spin_lock_irq(s.lock);
      yield* spin_lock_irq(s.other);
      yield* spin_unlock_irq(s.other);
    },
    "lockdep",
    "inconsistent IRQ state",
  );
  assertEquals(nested.subject, "shared.other");
  faults(
    function* () {
      yield* spin_lock_irq(A);
      yield* spin_unlock(A);
    },
    "lockdep",
    "interrupts disabled at exit",
  );
});

Deno.test("whoever holds a spinlock or has interrupts off must not sleep", () => {
  const kind = "sleeping function called from invalid context";
  for (const sleeper of [() => mutex_lock(M), () => void might_sleep("x"), () => kzalloc(shared)]) {
    const fault = faults(
      function* () {
        yield* spin_lock(A);
        const step = sleeper();
        if (step !== undefined && step !== null && Symbol.iterator in step) yield* step;
      },
      "lockdep",
      kind,
    );
    assertEquals(fault.message.includes("holding lock_a"), true);
  }
  faults(
    function* () {
      yield* spin_lock_irq(A);
      yield* spin_unlock(A);
      kzalloc(shared, GFP_KERNEL);
    },
    "lockdep",
    kind,
  );
  run(function* (): Task {
    yield* spin_lock(A);
    const object = kzalloc(shared, GFP_ATOMIC);
    yield* spin_unlock(A);
    kfree(object);
  });
});

Deno.test("a mutex holder may sleep; misuse is reported", () => {
  run(function* (): Task {
    yield* mutex_lock(M);
    might_sleep("test");
    yield* mutex_unlock(M);
  });
  const again = faults(
    function* () {
      yield* mutex_lock(M);
      yield* mutex_lock(M);
    },
    "lockdep",
    "recursive locking",
  );
  assertEquals(again.subject, "mutex_m");
  faults(
    function* () {
      yield* mutex_unlock(M);
    },
    "lockdep",
    "bad unlock balance",
  );
  const left = faults(
    function* () {
      const s = make();
      mutex_init(s.mutex);
      yield* mutex_lock(s.mutex);
    },
    "lockdep",
    "lock held at exit",
  );
  assertEquals(left.subject, "shared.mutex");
});

Deno.test("readers share a semaphore and shut writers out", () => {
  let together = 0;
  const reader = function* (s: shared): Task {
    yield* down_read(s.sem);
    yield* point("reading", s);
    assertEquals(s.value % 2, 0);
    const { count } = s.sem;
    if (count >= 0x200) together++;
    yield* up_read(s.sem);
  };
  const verdict = interleave(
    function* () {
      const s = make();
      init_rwsem(s.sem);
      return s;
    },
    {
      a: reader,
      b: reader,
      *writer(s) {
        yield* down_write(s.sem);
        s.value++;
        yield* point("writing", s);
        s.value++;
        yield* up_write(s.sem);
      },
    },
    {
      finally(s) {
        assertEquals(s.sem.count, 0);
        kfree(s);
      },
    },
  );
  assertEquals([verdict.outcome, found(verdict)], ["holds", []]);
  assertEquals(together > 0, true);
});

Deno.test("a reader who takes the semaphore again is reported", () => {
  for (const again of [down_read, down_write]) {
    faults(
      function* () {
        const s = make();
        yield* down_read(s.sem);
        yield* again(s.sem);
      },
      "lockdep",
      "recursive locking",
    );
  }
});
