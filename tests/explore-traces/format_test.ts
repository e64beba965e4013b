/** The formats of a trace: each is what its readers expect, and JSON comes back as it was. */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { explore } from "explore/explore.ts";
import { record } from "explore/record.ts";
import { formats } from "explore/trace/formats.ts";
import { readTrace, traceAsJson, TraceFormatError } from "explore/trace/json.ts";
import { stepTable } from "explore/trace/text.ts";
import type { Trace } from "explore/trace/trace.ts";
import { present } from "../fixtures/present.ts";
import { staleBuffer } from "../fixtures/scenarios.ts";

const text = { edition: "as-posted", module: null, hash: "0", definitions: {} };

function sample(): Trace {
  const { findings, learned } = explore(staleBuffer);
  const fault = present(findings[0], "finding");
  return record(staleBuffer, fault.schedule, { text, fault, learned });
}

Deno.test("text has one line a step and one column a thread", () => {
  const [head = "", ...rows] = stepTable(sample()).trimEnd().split("\n");
  assertMatch(head, /^# +reader +remover +where +what changes$/);
  assertEquals(rows.length, 3);
  const column = head.indexOf("remover");
  assertEquals(rows.map((row) => row.slice(column, column + 5).trim()), ["", "start", ""]);
});

Deno.test("JSON is read back as it was", () => {
  const trace = sample();
  assertEquals(readTrace(traceAsJson(trace)), trace);
});

Deno.test("what is no trace is refused with the part that is wrong", () => {
  const trace = sample();
  const cases: [unknown, string][] = [
    [[], "it has no schema"],
    [{ ...trace, schema: "sva-spec/trace/99" }, "its schema is sva-spec/trace/99"],
    [{ ...trace, steps: [{ task: "0" }] }, '"steps"'],
    [{ ...trace, learned: null }, '"learned"'],
    [7, "wanted a JSON object"],
  ];
  for (const [value, message] of cases) {
    assertThrows(() => readTrace(JSON.stringify(value)), TraceFormatError, message);
  }
  assertThrows(() => readTrace("{"), TraceFormatError, "Cannot read the trace");
});

Deno.test("ITF has a state before the first step and one after each, of the same variables", () => {
  const trace = sample();
  const itf = JSON.parse(formats["itf"]?.(trace) ?? "");
  assertEquals(itf["#meta"].format, "ITF");
  assertEquals(itf.states.length, trace.steps.length + 1);
  for (const [index, state] of itf.states.entries()) {
    assertEquals(state["#meta"].index, index);
    assertEquals(Object.keys(state).filter((key) => key !== "#meta"), itf.vars);
  }
  const buffer = (state: { memory: { "#map": [string, string][] } }) =>
    new Map(state.memory["#map"]).get("device#1.buffer");
  assertEquals(itf.states.map(buffer), ["buffer#1", "buffer#1", "NULL", "NULL"]);
});

Deno.test("Mermaid declares the threads, and no text of a note can end it", () => {
  const lines = (formats["mermaid"]?.(sample()) ?? "").trimEnd().split("\n");
  assertEquals(lines[0], "sequenceDiagram");
  assertEquals(lines.filter((line) => line.includes("participant")).length, 2);
  const notes = lines.filter((line) => line.includes("Note over"));
  assertEquals(notes.length, 4);
  for (const note of notes) assert(!/;(?<!#\d+;)|#(?!\d+;)/.test(note), note);
});

Deno.test("the Trace Event form has a complete event for each step, in order of time", () => {
  const trace = sample();
  const { traceEvents } = JSON.parse(formats["perfetto"]?.(trace) ?? "");
  const steps = traceEvents.filter(({ ph }: { ph: string }) => ph === "X");
  assertEquals(steps.map(({ ts }: { ts: number }) => ts), [0, 1000, 2000]);
  assertEquals(
    steps.map(({ tid }: { tid: number }) => tid),
    trace.steps.map(({ task }) => task + 1),
  );
  const named = traceEvents.filter(({ name }: { name: string }) => name === "thread_name");
  assertEquals(named.length, trace.tasks.length);
});
