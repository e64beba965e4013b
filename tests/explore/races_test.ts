/**
 * What counts as an order between accesses. Every program has one schedule only that is run, so
 * that a race is found in spite of the order in which the threads happened to come.
 */
import { assertEquals } from "@std/assert";
import { Execution, isDemotion } from "explore/execution.ts";
import { keep } from "explore/leak.ts";
import { reportRacesTo } from "explore/races.ts";
import { type Scenario, scenario } from "explore/scenario.ts";
import { countEveryTurn } from "explore/sections.ts";
import { create, int, struct } from "explore/struct.ts";
import type { Task } from "explore/task.ts";
import { atomic_inc, atomic_t } from "linux/atomic.ts";
import { WRITE_ONCE } from "linux/barrier.ts";
import { complete, completion, init_completion, wait_for_completion } from "linux/completion.ts";
import { down_read, down_write, rw_semaphore, up_read, up_write } from "linux/rwsem.ts";
import { spin_lock, spin_unlock, spinlock_t } from "linux/spinlock.ts";
import { DEFINE_SRCU, srcu_read_lock, srcu_read_unlock, synchronize_srcu } from "linux/srcu.ts";

class board extends struct("board", {
  a: spinlock_t,
  b: spinlock_t,
  sem: rw_semaphore,
  done: completion,
  n: atomic_t,
  x: int,
  y: int,
  z: int,
}) {}

const domain = DEFINE_SRCU("srcu");

type Thread = (s: board) => Task;

interface Found {
  readonly races: string[];
  readonly demoted: string[];
}

/** Runs the threads one after the other, each as far as it gets, and answers what raced. */
function inTurn(...threads: Thread[]): Found {
  const definition = scenario<board>({
    name: "turns",
    title: "threads in turn",
    about: "one schedule",
    *setup() {
      const s = keep(create(board));
      init_completion(s.done);
      return s;
    },
    threads: Object.fromEntries(threads.map((body, index) => [`t${index}`, body])),
    expect: { verdict: "holds" },
  });
  const execution = new Execution(definition as unknown as Scenario);
  const races = new Set<string>();
  reportRacesTo(({ subject }) => void races.add(subject));
  try {
    while (!ranInTurn(execution)) races.clear();
    return { races: [...races].sort(), demoted: [...execution.learned().demoted] };
  } finally {
    reportRacesTo(() => {});
    execution.close();
  }
}

function ranInTurn(execution: Execution): boolean {
  execution.begin();
  try {
    for (let enabled = execution.enabled(); enabled !== 0; enabled = execution.enabled()) {
      const fault = execution.step(31 - Math.clz32(enabled & -enabled));
      if (fault !== undefined) throw fault;
    }
    return true;
  } catch (error) {
    if (isDemotion(error)) return false;
    throw error;
  }
}

/** Runs `body` with lock `a` or `b` held. */
function* under(lock: spinlock_t, body: () => void): Task {
  yield* spin_lock(lock);
  body();
  yield* spin_unlock(lock);
}

Deno.test("sections of one lock that touch different data order nothing", () => {
  const threads: Thread[] = [
    function* (s) {
      s.x = 1;
      yield* under(s.a, () => s.y = 1);
    },
    function* (s) {
      yield* under(s.a, () => s.z = 1);
      s.x;
    },
  ];
  assertEquals(inTurn(...threads).races, ["board.x"]);
  countEveryTurn(true);
  try {
    assertEquals(inTurn(...threads).races, []);
  } finally {
    countEveryTurn(false);
  }
});

Deno.test("sections that conflict order what comes before the one and after the other", () => {
  const { races } = inTurn(
    function* (s) {
      s.x = 1;
      yield* under(s.a, () => s.y = 1);
    },
    function* (s) {
      yield* under(s.a, () => s.y);
      s.x;
    },
  );
  assertEquals(races, []);
});

Deno.test("what a section does before the access that conflicts is not ordered by it", () => {
  const { races } = inTurn(
    function* (s) {
      s.x = 1;
      yield* under(s.a, () => s.y = 1);
    },
    function* (s) {
      yield* under(s.a, () => {
        s.x;
        s.y;
      });
    },
  );
  assertEquals(races, ["board.x"]);
});

Deno.test("accesses with a common lock do not race, those with different locks do", () => {
  const increment = (lock: "a" | "b"): Thread => (s) => under(s[lock], () => s.x++);
  assertEquals(inTurn(increment("a"), increment("a"), increment("a")).races, []);
  assertEquals(inTurn(increment("a"), increment("b")).races, ["board.x"]);
});

Deno.test("locks may be given back in any order", () => {
  const { races } = inTurn(
    function* (s) {
      yield* spin_lock(s.a);
      yield* spin_lock(s.b);
      yield* spin_unlock(s.a);
      s.x = 1;
      yield* spin_unlock(s.b);
    },
    (s) => under(s.b, () => s.x),
    (s) => under(s.a, () => s.x),
  );
  assertEquals(races, ["board.x"]);
});

Deno.test("who is told of something inside a section comes after the section", () => {
  const { races } = inTurn(
    function* (s) {
      yield* down_write(s.sem);
      yield* complete(s.done);
      s.x = 1;
      yield* up_write(s.sem);
    },
    function* (s) {
      yield* wait_for_completion(s.done);
      yield* down_write(s.sem);
      yield* up_write(s.sem);
      s.x;
    },
  );
  assertEquals(races, []);
});

Deno.test("readers of a semaphore are ordered with its writers only", () => {
  const read: Thread = function* (s) {
    yield* down_read(s.sem);
    s.x++;
    yield* up_read(s.sem);
  };
  const write: Thread = function* (s) {
    yield* down_write(s.sem);
    s.x++;
    yield* up_write(s.sem);
  };
  assertEquals(inTurn(read, read).races, ["board.x"]);
  assertEquals(inTurn(read, write).races, []);
  assertEquals(inTurn(write, read, write).races, []);
});

Deno.test("an atomic that is always under one lock stays no scheduling point", () => {
  const locked: Thread = function* (s) {
    yield* spin_lock(s.a);
    yield* atomic_inc(s.n);
    yield* spin_unlock(s.a);
  };
  const bare: Thread = function* (s) {
    yield* atomic_inc(s.n);
  };
  assertEquals(inTurn(locked, locked, locked).demoted, []);
  assertEquals(inTurn(locked, locked, bare).demoted, ["board.n.counter"]);
});

Deno.test("a plain read before a marked one by the same thread is a read of its own", () => {
  const { races } = inTurn(
    function* (s) {
      yield* under(s.a, () => s.x);
      yield* WRITE_ONCE(s, "x", 1);
    },
    function* (s) {
      yield* spin_lock(s.a);
      yield* WRITE_ONCE(s, "x", 2);
      yield* spin_unlock(s.a);
    },
  );
  assertEquals(races, []);
});

Deno.test("a grace period comes after the readers of its time, not after later ones", () => {
  const reader: Thread = function* (s) {
    const idx = yield* srcu_read_lock(domain);
    s.x;
    yield* srcu_read_unlock(domain, idx);
  };
  const writer: Thread = function* (s) {
    yield* synchronize_srcu(domain);
    s.x = 1;
  };
  assertEquals(inTurn(reader, writer).races, []);
  // The early reader holds the grace period up until the late one has come and gone.
  const early: Thread = function* (s) {
    const idx = yield* srcu_read_lock(domain);
    yield* wait_for_completion(s.done);
    yield* srcu_read_unlock(domain, idx);
  };
  const last: Thread = (s) => complete(s.done);
  assertEquals(inTurn(early, writer, reader, last).races, ["board.x"]);
});
