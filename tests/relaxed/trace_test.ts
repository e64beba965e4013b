/** What relaxed memory finds can be kept, shrunk and run again, and samples find it too. */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { explore } from "explore/explore.ts";
import { keep } from "explore/leak.ts";
import { record } from "explore/record.ts";
import { choicesOf, stepOf, taskOf } from "explore/relaxed/steps.ts";
import { type Scenario, scenario } from "explore/scenario.ts";
import { create, int, struct } from "explore/struct.ts";
import { traceOfVerdict } from "explore/trace/finding.ts";
import { readTrace, traceAsJson } from "explore/trace/json.ts";
import { replayRelaxed, replayStrictly } from "explore/trace/replay.ts";
import { ReplayError } from "explore/trace/run.ts";
import { traceAsText } from "explore/trace/text.ts";
import { scheduleOf, type Trace, type TraceText } from "explore/trace/trace.ts";
import { READ_ONCE, smp_rmb, smp_wmb, WRITE_ONCE } from "linux/barrier.ts";
import { BUG_ON } from "linux/bug.ts";

class box extends struct("box", { data: int, ready: int, noise: int }) {}

const text: TraceText = { edition: "as-posted", module: null, hash: "0", definitions: {} };

/** A message behind a flag, with the barriers or without. */
function publication(hasBarriers: boolean): Scenario<box> {
  return scenario<box>({
    name: "publication",
    title: "publish || read",
    about: "Does who sees the flag see the data?",
    *setup() {
      return keep(create(box));
    },
    threads: {
      *publish(it) {
        yield* WRITE_ONCE(it, "data", 1);
        if (hasBarriers) smp_wmb();
        yield* WRITE_ONCE(it, "ready", 1);
        yield* WRITE_ONCE(it, "noise", 1);
      },
      *read(it) {
        yield* READ_ONCE(it, "noise");
        if ((yield* READ_ONCE(it, "ready")) === 0) return;
        if (hasBarriers) smp_rmb();
        BUG_ON((yield* READ_ONCE(it, "data")) === 0, "ready without data");
      },
    },
    memory: "relaxed",
    expect: { verdict: "holds" },
  });
}

function found(mode: "naive" | "reduced" | "random" | "pct"): Trace {
  const made = publication(false);
  return traceOfVerdict(made, explore(made, { mode }), text) as Trace;
}

Deno.test("relaxed memory: a scenario says that it is for it, and the verdict says so too", () => {
  const verdict = explore(publication(true), { mode: "reduced" });
  const { outcome, memory, granularity, scope } = verdict;
  assertEquals([outcome, memory, granularity], ["holds", "relaxed", "operations"]);
  assertMatch(scope, /; single operations; memory as relaxed as the Linux kernel memory model/);
  const ordered = explore(publication(false), { mode: "reduced", memory: "sequential" });
  assertEquals([ordered.outcome, ordered.memory], ["holds", "sequential"]);
  assertMatch(ordered.scope, /sequentially consistent memory/);
});

Deno.test("relaxed memory: every mode finds what is found, and the trace is shrunk", () => {
  for (const mode of ["naive", "reduced", "random", "pct"] as const) {
    const trace = found(mode);
    assertEquals(trace.memory, "relaxed");
    assertEquals(trace.fault?.kind, "kernel BUG");
    // The data and the flag are written, then read; only the data is seen as it was.
    assertEquals(trace.steps.flatMap(({ choices = [] }) => choices), [1]);
    assertEquals(trace.steps.at(-1)?.events, ["reads an old box#1.data: 0"]);
  }
});

Deno.test("relaxed memory: a kept trace replays strictly, and its id knows the memory", () => {
  const trace = readTrace(traceAsJson(found("reduced")));
  const again = replayStrictly(publication(false), text, trace);
  assertEquals(again.id, trace.id);
  assertEquals(scheduleOf(again), scheduleOf(trace));
  assertMatch(traceAsText(trace), /1 context switch, relaxed memory\n/);
  const short = { text, granularity: "operations" } as const;
  const ids = (["sequential", "relaxed"] as const).map((memory) =>
    record(publication(false), [0, 0], { ...short, memory }).id
  );
  assert(ids[0] !== ids[1]);
});

Deno.test("relaxed memory: a trace does not replay where the model forbids what it saw", () => {
  const trace = found("reduced");
  const forbidden = () => replayStrictly(publication(true), text, trace);
  assertMatch(assertThrows(forbidden, ReplayError).message, /step \d: the memory model forbids it/);
  const sequential = { ...trace, memory: "sequential" } as const;
  const latest = () => replayStrictly(publication(false), text, sequential);
  assertMatch(assertThrows(latest, ReplayError).message, /Cannot confirm the trace: it ends well/);
  const { trace: now, skipped } = replayRelaxed(publication(true), text, trace);
  assertEquals([now.fault, skipped], [null, 0]);
});

Deno.test("relaxed memory: old traces, which do not name it, are of sequential memory", () => {
  const { memory: _, ...old } = found("reduced");
  assertEquals(readTrace(JSON.stringify(old)).memory, "sequential");
  const wrong = () => readTrace(JSON.stringify({ ...old, memory: "psychic" }));
  assertMatch(assertThrows(wrong).message, /"memory" is not what it must be/);
});

Deno.test("relaxed memory: a step and its choices are one number", () => {
  for (const choices of [[], [1], [0, 3], [2, 0, 15], Array<number>(12).fill(15)]) {
    const step = stepOf(29, choices);
    assert(Number.isSafeInteger(step));
    assertEquals([taskOf(step), choicesOf(step)], [29, choices]);
  }
  assertEquals(stepOf(3, [0, 0]), 3);
  assertThrows(() => stepOf(0, [16]), RangeError, "each below 16");
  assertThrows(() => stepOf(0, Array<number>(13).fill(1)), RangeError, "at most 12");
});

Deno.test("relaxed memory: shares and bounds", () => {
  const made = publication(false);
  const whole = explore(made, { mode: "reduced" });
  const shares = [1, 2].map((index) => explore(made, { mode: "reduced", share: { index, of: 2 } }));
  assertEquals(shares.map(({ executions }) => executions), [whole.executions, 0]);
  assertThrows(() => explore(made, { bounds: { preemptions: 1 } }), RangeError, "preemptions");
  const cut = explore(publication(true), { mode: "reduced", bounds: { executions: 2 } });
  assertEquals([cut.outcome, cut.executions], ["bounded", 2]);
  const shallow = explore(publication(true), { mode: "reduced", bounds: { depth: 3 } });
  assertEquals(shallow.outcome, "bounded");
});
