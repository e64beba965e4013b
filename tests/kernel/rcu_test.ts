import { assertEquals } from "@std/assert";
import { run } from "explore/run.ts";
import { int, nullable, struct } from "explore/struct.ts";
import { point, type Task } from "explore/task.ts";
import { READ_ONCE, WRITE_ONCE } from "linux/barrier.ts";
import { call_rcu, rcu_read_lock, rcu_read_unlock, synchronize_rcu } from "linux/rcu.ts";
import { might_sleep } from "linux/sched.ts";
import { kfree, kzalloc } from "linux/slab.ts";
import { rcu_head } from "linux/srcu.ts";
import { faults, found, interleave } from "./support.ts";

class data extends struct("data", { value: int, rcu: rcu_head }) {}
class slot extends struct("slot", { current: nullable<data>() }) {}

function* published(): Task<slot> {
  const s = kzalloc(slot) as slot;
  s.current = kzalloc(data);
  return s;
}

function* reader(s: slot): Task {
  yield* rcu_read_lock();
  const found = yield* READ_ONCE(s, "current");
  if (found !== null) {
    yield* point("reading", found);
    found.value;
  }
  yield* rcu_read_unlock();
}

function* unpublish(s: slot): Task<data> {
  const old = s.current as data;
  yield* WRITE_ONCE(s, "current", null);
  return old;
}

Deno.test("call_rcu and synchronize_rcu wait for the readers of their time", () => {
  for (
    const free of [
      function* (old: data): Task {
        yield* call_rcu(old.rcu, function* () {
          kfree(old);
        });
      },
      function* (old: data): Task {
        yield* synchronize_rcu();
        kfree(old);
      },
    ]
  ) {
    const verdict = interleave(published, {
      reader,
      *updater(s) {
        yield* free(yield* unpublish(s));
      },
    }, { finally: (s) => kfree(s) });
    assertEquals([verdict.outcome, found(verdict)], ["holds", []]);
  }
});

Deno.test("freeing at once is a use after free for a reader", () => {
  const verdict = interleave(published, {
    reader,
    *updater(s) {
      kfree(yield* unpublish(s));
    },
  }, { finally: (s) => kfree(s) });
  assertEquals(found(verdict).includes("KASAN: use-after-free in data.value"), true);
});

Deno.test("a reader may not sleep, nor wait for itself; sections nest", () => {
  for (
    const sleep of [
      function* (): Task {
        might_sleep("reader");
      },
      synchronize_rcu,
    ]
  ) {
    faults(
      function* () {
        yield* rcu_read_lock();
        yield* sleep();
      },
      "lockdep",
      "sleeping function called from invalid context",
    );
  }
  faults(rcu_read_unlock, "SRCU", "unbalanced srcu_read_unlock");
  run(function* (): Task {
    yield* rcu_read_lock();
    yield* rcu_read_lock();
    yield* rcu_read_unlock();
    yield* rcu_read_unlock();
    might_sleep("outside");
  });
});
