import { assert, assertEquals, assertGreater } from "@std/assert";
import { Execution, isDemotion, type Learned } from "explore/execution.ts";
import { explore } from "explore/explore.ts";
import { WORD_MASK } from "explore/footprint.ts";
import { keep } from "explore/leak.ts";
import { hashState } from "explore/state_hash.ts";
import { recordPeeks } from "explore/objects.ts";
import { copyFootprint, noteRead, presetVisibleWords, visibleWords } from "explore/observe.ts";
import { type Bounds, type Scenario, scenario, scenariosIn } from "explore/scenario.ts";
import { cacheStatesFrom, searchReduced } from "explore/search/reduced.ts";
import { create, host, int, liveObjects, struct } from "explore/struct.ts";
import { machine, point, type Task, type TaskState, WAIT } from "explore/task.ts";
import { useTapes } from "explore/tape/choice.ts";
import {
  INIT_LIST_HEAD,
  list_add_tail,
  list_del,
  list_empty,
  list_first_entry,
  list_for_each_entry_safe,
  list_head,
} from "linux/list.ts";
import { kfree } from "linux/slab.ts";
import { spin_lock, spin_lock_init, spin_unlock, spinlock_t } from "linux/spinlock.ts";
import { History } from "explore/tape/history.ts";
import { TapedStepper } from "explore/tape/stepper.ts";
import type { Verdict } from "explore/verdict.ts";
import fc from "fast-check";
import { asScenario, program } from "./programs.ts";

// Without tapes there is no cache, which counts executions that it does not run.
cacheStatesFrom(Infinity);

function without<T>(run: () => T): T {
  useTapes(false);
  try {
    return run();
  } finally {
    useTapes(true);
  }
}

function verdictOf(given: Scenario, bounds: Bounds = {}): Omit<Verdict, "seconds"> {
  const { seconds: _, ...verdict } = explore(given, { mode: "reduced", bounds });
  // Of several races that one step shows, either may be seen first.
  const findings = verdict.findings.toSorted((one, two) => one.message < two.message ? -1 : 1);
  return { ...verdict, findings };
}

/** What there is to see of an execution between two steps, and of the step before. */
interface Sight {
  readonly state: string;
  readonly fault: string;
  readonly tasks: string;
  readonly log: string;
  readonly footprint: Int32Array;
}

function look(fault: { readonly message: string } | undefined, footprint: Int32Array): Sight {
  const tasks = machine.tasks.filter((task) => task !== undefined).map((task) => {
    const held = task.held.map(({ lock, kind }) => `${kind}@${lock.address}`);
    const { id, pending, finished, atomic, irqsOff, spawned } = task;
    return `${id} ${
      finished ? "ended" : `${pending} ${task.label}`
    } ${atomic} ${irqsOff} ${spawned} ${held}`;
  });
  return {
    state: hashState(),
    fault: fault?.message ?? "",
    tasks: tasks.join("\n"),
    log: machine.log.join("\n"),
    footprint,
  };
}

/** What is seen on every path of a search by tapes. */
function sightsByTapes(
  given: Scenario,
  learned: Learned,
): { readonly seen: Map<string, Sight>; readonly visible: readonly number[] } {
  const seen = new Map<string, Sight>(), path: number[] = [];
  const { step, backTo } = TapedStepper.prototype;
  TapedStepper.prototype.backTo = function (depth) {
    path.length = depth;
    backTo.call(this, depth);
  };
  TapedStepper.prototype.step = function (task, stood) {
    const fault = step.call(this, task, stood);
    path.push(task);
    seen.set(path.join(), look(fault, this.kind().footprint));
    return fault;
  };
  const execution = new Execution(given, "sections", learned);
  try {
    for (let search = searchReduced(execution as Execution, {});;) {
      try {
        if (search.next().done === true) return { seen, visible: visibleWords() };
      } catch (error) {
        if (!isDemotion(error)) throw error;
        seen.clear();
        search = searchReduced(execution as Execution, {});
      }
    }
  } finally {
    Object.assign(TapedStepper.prototype, { step, backTo });
    execution.close();
  }
}

/** Holds every step that a search did by tapes against the kernel code; answers how many. */
function compareSteps(given: Scenario): number {
  const { learned } = without(() => verdictOf(given));
  const { seen, visible } = sightsByTapes(given, learned);
  const execution = new Execution(given, "sections", learned);
  presetVisibleWords(visible);
  try {
    for (const [path, { footprint, ...byTape }] of seen) {
      execution.begin();
      let fault;
      for (const step of path.split(",")) {
        const task = machine.tasks[Number(step)] as TaskState;
        const waited = task.pending === WAIT ? recordPeeks(task.ready).words : [];
        fault = execution.step(task.id);
        for (const word of waited) noteRead(word);
      }
      const { footprint: whole, ...live } = look(fault, copyFootprint());
      assertEquals(byTape, live, `after ${path}`);
      // A tape leaves out words that tasks do not share, and no others.
      const uses = new Map(Array.from(whole, (entry) => [entry & WORD_MASK, entry]));
      for (const entry of footprint) assertEquals(uses.get(entry & WORD_MASK), entry);
    }
  } finally {
    execution.close();
  }
  return seen.size;
}

async function scenariosOf(chapter: string): Promise<Scenario[]> {
  const module = await import(new URL(`../../spec/${chapter}.ts`, import.meta.url).href);
  return scenariosIn(Object.values(module));
}

Deno.test("a step from a tape is the step of the code, on generated programs", () => {
  let steps = 0;
  fc.assert(
    fc.property(program, (threads) => {
      const given = asScenario(threads) as unknown as Scenario;
      if (without(() => verdictOf(given)).executions > 300) return;
      steps += compareSteps(given);
    }),
    { numRuns: 120, seed: 20180511 },
  );
  console.log(`${steps} steps compared`);
  assertGreater(steps, 5_000);
});

Deno.test("a step from a tape is the step of the code, in the book's schedules", async () => {
  let steps = 0;
  for (const given of await scenariosOf("15-schedules")) {
    if (given.memory === "relaxed") continue;
    const { executions } = without(() => verdictOf(given));
    if (executions <= 150) steps += compareSteps(given);
  }
  console.log(`${steps} steps compared`);
  assertGreater(steps, 5_000);
});

Deno.test("a search reports the same with tapes and without", () => {
  let compared = 0;
  fc.assert(
    fc.property(program, (threads) => {
      const given = asScenario(threads) as unknown as Scenario;
      const live = without(() => verdictOf(given));
      assertEquals(verdictOf(given), live);
      compared++;
    }),
    { numRuns: 300, seed: 4170 },
  );
  assertEquals(compared, 300);
});

Deno.test("a search of the book's larger schedules reports the same with tapes and without", async () => {
  const { exitUnbinds, exitWaiters } = await import(
    new URL("../../spec/15-schedules.ts", import.meta.url).href
  );
  for (const given of [exitUnbinds(4), exitWaiters(2)]) {
    assertEquals(verdictOf(given), without(() => verdictOf(given)));
  }
});

Deno.test("a search of hardware begins the same with tapes and without", async () => {
  let compared = 0;
  for (const chapter of ["12-iommu-drivers", "13-hardware-laws", "17-joined"]) {
    for (const given of await scenariosOf(chapter)) {
      const bounds = { executions: 60 };
      assertEquals(verdictOf(given, bounds), without(() => verdictOf(given, bounds)));
      compared++;
    }
  }
  assertGreater(compared, 60);
});

class cell extends struct("cell", { value: int }) {}
class hook extends struct("hook", { call: host<() => number>() }) {}

/** Two threads that do `act` in a step of its own, in both orders. */
function pair(name: string, act: (shared: cell, thread: number) => void): Scenario {
  const thread = (number: number) =>
    function* (shared: cell): Task {
      yield* point("act", shared);
      act(shared, number);
      yield* point("end", shared);
    };
  return scenario({
    name,
    title: name,
    about: "What does a tape make of it?",
    *setup(): Task<cell> {
      return create(cell);
    },
    threads: { one: thread(1), two: thread(2) },
    expect: { verdict: "holds" },
  }) as unknown as Scenario;
}

Deno.test("what a tape cannot hold is run as code", () => {
  const counting = pair("asks who lives", (shared) => {
    shared.value += liveObjects(cell).length;
  });
  const closures = pair("keeps closures of one text", (shared, thread) => {
    const kept = create(hook);
    kept.call = () => thread;
    shared.value += kept.call();
  });
  for (const given of [counting, closures]) {
    const live = without(() => verdictOf(given));
    assertEquals(verdictOf(given), live);
    assertGreater(live.executions, 1);
  }
});

class queue extends struct("queue", { lock: spinlock_t, head: list_head, found: int }) {}
class entry extends struct("entry", { id: int, link: list_head }) {}

/** Takes entries off a queue, in steps, until it meets one with `last`; others do the same. */
function* drains(shared: queue, last: number): Task {
  yield* spin_lock(shared.lock);
  const walk = list_for_each_entry_safe(shared.head, entry, "link");
  for (const each of walk.apart()) {
    if (each.id === last) break;
    list_del(each.link);
    shared.found += each.id;
    kfree(each);
    yield* spin_unlock(shared.lock);
    yield* spin_lock(shared.lock);
    walk.n = list_first_entry(shared.head, entry, "link");
  }
  if (list_empty(shared.head)) shared.found += 100;
  yield* spin_unlock(shared.lock);
}

Deno.test("a walk apart forgets what came before an entry, and not what ended it", () => {
  const given = scenario({
    name: "queue",
    title: "two take entries off a queue",
    about: "Do tapes tell apart what a walk apart does?",
    *setup(): Task<queue> {
      const shared = keep(create(queue));
      spin_lock_init(shared.lock);
      INIT_LIST_HEAD(shared.head);
      for (const id of [1, 2, 3, 4]) {
        const each = create(entry);
        each.id = id;
        list_add_tail(each.link, shared.head);
      }
      return shared;
    },
    threads: { one: (shared) => drains(shared, 3), two: (shared) => drains(shared, 9) },
    expect: { verdict: "holds" },
  }) as unknown as Scenario;
  const live = without(() => verdictOf(given));
  assertEquals(verdictOf(given), live);
  assertGreater(live.finalStates, 1);
  assertGreater(compareSteps(given), 20);
});

Deno.test("a word that is shared late is told of from the start", () => {
  // The second thread comes to the word only when the first has made it even.
  const given = pair("late", (shared, thread) => {
    if (thread === 1 || shared.value === 1) shared.value++;
  });
  const live = without(() => verdictOf(given)), taped = verdictOf(given);
  assertEquals(taped, live);
  assert(taped.findings.some(({ sanitizer }) => sanitizer === "KCSAN"));
});

Deno.test("a history forgets what a call read, and keeps what it answered", () => {
  const run = (read: readonly number[], answer: number): string => {
    const history = new History(1, 2);
    history.mix(7);
    history.enter();
    for (const value of read) history.mix(value);
    history.leave(answer);
    return history.key();
  };
  assertEquals(run([1, 2, 3], 5), run([4], 5));
  assert(run([1], 5) !== run([1], 6));
  const open = new History(1, 2), other = new History(1, 2);
  open.enter();
  assert(open.key() !== other.key(), "a call that has not returned is part of the history");
});
