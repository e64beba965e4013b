/** Recording, shrinking and replay, on scenarios that end in each kind of way. */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { explore } from "explore/explore.ts";
import { record } from "explore/record.ts";
import type { Scenario } from "explore/scenario.ts";
import { showPlacesFrom } from "explore/stack.ts";
import { differences, replayRelaxed, replayStrictly } from "explore/trace/replay.ts";
import { showReport } from "explore/trace/report.ts";
import { ReplayError } from "explore/trace/run.ts";
import { shrink } from "explore/trace/shrink.ts";
import { countSwitches, scheduleOf, type Trace, type TraceText } from "explore/trace/trace.ts";
import type { Finding, Verdict } from "explore/verdict.ts";
import { present } from "../fixtures/present.ts";
import * as fixtures from "../fixtures/scenarios.ts";

const text: TraceText = {
  edition: "as-posted",
  module: null,
  hash: "0123456789abcdef",
  definitions: { io_mm_detach: "1", io_mm_attach: "2" },
};

showPlacesFrom(new URL("../../", import.meta.url).href);

function findOne<S>(scenario: Scenario<S>): { verdict: Verdict; fault: Finding } {
  const verdict = explore(scenario);
  return { verdict, fault: present(verdict.findings[0], `finding in ${scenario.name}`) };
}

function traceOf<S>(scenario: Scenario<S>): Trace {
  const { verdict: { granularity, learned }, fault } = findOne(scenario);
  return record(scenario, fault.schedule, { text, fault, granularity, learned });
}

/** The line of the fixtures on which `code` stands. */
function lineOf(code: string): number {
  const source = Deno.readTextFileSync(new URL("../fixtures/scenarios.ts", import.meta.url));
  const index = source.split("\n").findIndex((line) => line.includes(code));
  assert(index >= 0, `${code} must be in the fixtures`);
  return index + 1;
}

Deno.test("a use-after-free is told with its access, allocation and free by line", () => {
  const { fault, steps } = traceOf(fixtures.staleBuffer);
  assertEquals(fault?.sanitizer, "KASAN");
  assertEquals(fault?.object, "buffer#1.length");
  assertEquals(fault?.task, "reader");
  assertEquals(fault?.stack[0]?.line, lineOf("data.length = 7"));
  assertEquals(fault?.stack[0]?.file, "tests/fixtures/scenarios.ts");
  assertEquals(fault?.allocated?.task, "setup");
  assertEquals(fault?.allocated?.stack[0]?.line, lineOf("data = create(buffer)"));
  assertEquals(fault?.freed?.task, "remover");
  assertEquals(fault?.freed?.stack[0]?.line, lineOf("destroy(data)"));
  assertEquals(steps.length, 3);
});

Deno.test("a step tells what it changed, in names, with the line that wrote it", () => {
  const { steps } = traceOf(fixtures.staleBuffer);
  const removal = steps[1]?.changes ?? [];
  const cleared = removal.find(({ where }) => where === "device#1.buffer");
  assertEquals([cleared?.before, cleared?.after], ["buffer#1", null]);
  assertEquals(cleared?.at?.line, lineOf("  dev.buffer = null;"));
  const poisoned = removal.find(({ where }) => where === "buffer#1.entry.next");
  assertEquals(poisoned?.after, "LIST_POISON1");
  assert(steps[1]?.events.includes("frees buffer#1"));
  const taken = steps[2]?.changes.find(({ where }) => where === "device_lock.locked");
  assertEquals([taken?.before, taken?.after], [null, "reader"]);
});

Deno.test("a task stands where it suspended, with its operation and subject", () => {
  const { steps, endings } = traceOf(fixtures.staleBuffer);
  assertEquals(steps[2]?.label, "spin_lock");
  assertEquals(steps[2]?.subject, "device_lock");
  const second = lineOf("if (data !== null) data.length = 7") - 1;
  assertEquals(steps[2]?.at?.line, second);
  assertEquals(endings[0]?.state, "at fault");
  assertEquals(endings[0]?.holds[0]?.name, "device_lock");
  assertEquals(endings[0]?.holds[0]?.taken?.stack.some(({ line }) => line === second), true);
});

Deno.test("a hung task is told by who waits for what and holds which lock since where", () => {
  const { fault, endings } = traceOf(fixtures.crossedMutexes);
  assertEquals(fault?.sanitizer, "hung task");
  assertEquals(fault?.task, null);
  assertEquals(endings.map(({ state, subject }) => [state, subject]), [
    ["blocked", "second_mutex"],
    ["blocked", "first_mutex"],
  ]);
  assertEquals(endings.map(({ holds }) => holds.map(({ name }) => name)), [
    ["first_mutex"],
    ["second_mutex"],
  ]);
});

Deno.test("a data race is told with both accesses", () => {
  const { fault } = traceOf(fixtures.lostCount);
  assertEquals(fault?.sanitizer, "KCSAN");
  assertEquals([fault?.task, fault?.other?.task], ["two", "one"]);
  assertEquals(fault?.stack[0]?.name, "count");
  assertEquals(fault?.other?.stack[0]?.name, "count");
});

Deno.test("a leak is told with the allocation; a broken law with its name", () => {
  const leak = traceOf(fixtures.lostBuffer).fault;
  assertEquals([leak?.object, leak?.task], ["buffer#1", null]);
  assertEquals(leak?.allocated?.stack[0]?.name, "probe");
  assertEquals(traceOf(fixtures.seenBetween).fault?.subject, "uses never is 100");
});

Deno.test("every sanitizer's report has a headline of its own", () => {
  const heads = [
    fixtures.staleBuffer,
    fixtures.crossedMutexes,
    fixtures.lostCount,
    fixtures.lostBuffer,
    fixtures.seenBetween,
  ].map((scenario) => showReport(traceOf(scenario as Scenario)).split("\n")[1]);
  assertEquals(heads, [
    "BUG: KASAN: use-after-free in readStale",
    "INFO: task blocked for ever",
    "BUG: KCSAN: data-race in count / count",
    "kmemleak: unreferenced object buffer#1",
    'LAW: "uses never is 100" violated',
  ]);
});

Deno.test("recording twice gives the same trace, and no execution is disturbed by it", () => {
  const before = explore(fixtures.seenBetween);
  assertEquals(traceOf(fixtures.seenBetween), traceOf(fixtures.seenBetween));
  const after = explore(fixtures.seenBetween);
  assertEquals(after.executions, before.executions);
  assertEquals(after.steps, before.steps);
});

Deno.test("a schedule replays only with what its search had learned", () => {
  const { verdict: { learned }, fault } = findOne(fixtures.seenBetween);
  assertEquals(learned.demoted, ["device.uses"]);
  explore(fixtures.lockedBuffer);
  const trace = record(fixtures.seenBetween, fault.schedule, { text, fault, learned });
  assertEquals(trace.fault?.sanitizer, "law");
});

Deno.test("shrinking drops what the fault does not need and keeps the fault", () => {
  const { writer } = fixtures.seenBetween.threads;
  const threads = { ...fixtures.staleBuffer.threads, bystander: present(writer, "writer") };
  const crowded = { ...fixtures.staleBuffer, threads };
  const verdict = explore(fixtures.staleBuffer, { granularity: "operations" });
  const fault = present(verdict.findings[0], "finding");
  const options = { text, fault, granularity: "operations", learned: verdict.learned } as const;
  // The bystander breaks in after the first and after the second step of the others.
  const [first = 0, second = 0, ...rest] = fault.schedule;
  const clumsy = [first, 2, second, 2, ...rest];
  assertEquals(record(crowded, clumsy, options).fault?.message, fault.message);
  const short = shrink(crowded, clumsy, options);
  assert(!short.includes(2), `${short} still has the bystander`);
  assert(short.length <= fault.schedule.length);
  assertEquals(countSwitches(short), 2);
  assertEquals(record(crowded, short, options).fault?.message, fault.message);
});

Deno.test("shrinking answers the schedule itself when nothing is simpler", () => {
  const { verdict: { learned }, fault } = findOne(fixtures.staleBuffer);
  assertEquals(shrink(fixtures.staleBuffer, fault.schedule, { fault, learned }), [0, 1, 0]);
});

Deno.test("a trace replays strictly on its own text", () => {
  const trace = traceOf(fixtures.staleBuffer);
  assertEquals(replayStrictly(fixtures.staleBuffer, text, trace), trace);
});

Deno.test("a trace for another text is refused with the definitions that differ", () => {
  const trace = traceOf(fixtures.staleBuffer);
  const other = { ...text, hash: "f", definitions: { io_mm_detach: "9", io_mm_find: "3" } };
  assertEquals(differences(text, other), ["io_mm_attach", "io_mm_detach", "io_mm_find"]);
  assertThrows(
    () => replayStrictly(fixtures.staleBuffer, other, trace),
    ReplayError,
    "these definitions differ: io_mm_attach, io_mm_detach, io_mm_find",
  );
});

Deno.test("a trace that does not end as it did is not confirmed", () => {
  const trace = traceOf(fixtures.staleBuffer);
  const mended = { ...fixtures.staleBuffer, threads: fixtures.lockedBuffer.threads };
  const error = assertThrows(() => replayStrictly(mended, text, trace), ReplayError);
  assertMatch(error.message, /Cannot replay step 3: reader has ended/);
});

Deno.test("a relaxed replay follows names as far as they fit and runs the rest to its end", () => {
  const trace = traceOf(fixtures.staleBuffer);
  const mended = { ...fixtures.staleBuffer, threads: fixtures.lockedBuffer.threads };
  const replayed = replayRelaxed(mended, text, trace);
  assertEquals(replayed.trace.fault, null);
  assertEquals([replayed.fitted, replayed.skipped, replayed.inserted], [2, 1, 0]);
  const same = replayRelaxed(fixtures.staleBuffer, text, trace);
  assertEquals(same.trace.fault, trace.fault);
  assertEquals([same.fitted, same.skipped, same.inserted], [3, 0, 0]);
  assertEquals(scheduleOf(same.trace), scheduleOf(trace));
});
