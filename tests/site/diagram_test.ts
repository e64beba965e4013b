import { assertEquals, assertStringIncludes } from "@std/assert";
import { sequenceDiagram, traceTable } from "../../site/diagram.ts";
import type { Trace } from "../../src/explore/trace/trace.ts";
import { fixtureResults } from "./support.ts";

async function fixtureTrace(): Promise<Trace> {
  const { scenarios = [] } = await fixtureResults();
  const trace = scenarios.find(({ trace }) => trace !== null)?.trace ?? null;
  if (trace === null) throw new Error("Cannot find a trace in the fixture");
  return trace;
}

/** Tags that are opened and not closed, or closed and not opened. */
function unbalanced(xml: string): string[] {
  const open: string[] = [];
  for (const [, end, name = "", empty] of xml.matchAll(/<(\/)?([\w]+)[^>]*?(\/)?>/g)) {
    if (empty !== undefined) continue;
    if (end === undefined) open.push(name);
    else if (open.pop() !== name) return [`</${name}>`];
  }
  return open;
}

Deno.test("sequenceDiagram: a lane for each thread, a row for each step, in order", async () => {
  const trace = await fixtureTrace();
  const { text } = sequenceDiagram(trace, "title");
  assertEquals(unbalanced(text), []);
  assertEquals(
    (text.match(/class="lane /g) ?? []).length,
    2,
    "a thread without a step has no lane",
  );
  const rows = [...text.matchAll(/<circle cx="(\d+)" cy="(\d+)"/g)]
    .map(([, x, y]) => [Number(x), Number(y)] as const);
  assertEquals(rows.length, trace.steps.length);
  assertEquals(rows.map(([, y]) => y), rows.map(([, y]) => y).sort((a, b) => a - b));
  const [first, second] = [rows[0]?.[0], rows[1]?.[0]];
  assertEquals(rows.map(([x]) => x), [first, second, second, first]);
  assertEquals(first === second, false);
});

Deno.test("sequenceDiagram: only what changed is beside a step, and the report is below", async () => {
  const { text } = sequenceDiagram(await fixtureTrace(), "title");
  const changes = [...text.matchAll(/<text class="change"[^>]*>([^<]*)</g)].map(([, said]) => said);
  assertEquals(changes, [
    "kmalloc of Counter#2",
    "Counter#1.value 0 → 1",
    "Counter#1.writer NULL → &lt;B&gt;",
    "Counter#1.value 1 → 1",
  ]);
  assertStringIncludes(text, ">KCSAN: data race in Counter.value</text>");
});

Deno.test("sequenceDiagram: nothing is drawn outside the picture", async () => {
  const trace = await fixtureTrace();
  const [first, ...rest] = trace.steps;
  if (first === undefined) throw new Error("Cannot use the fixture: its trace has no step");
  const tasks = trace.tasks.map(({ id }) => ({ id, name: "y".repeat(60) }));
  const long = { ...trace, tasks, steps: [{ ...first, events: ["x".repeat(300)] }, ...rest] };
  for (const drawn of [trace, long]) {
    const { text } = sequenceDiagram(drawn, "title");
    const width = Number(/ width="(\d+)"/.exec(text)?.[1]);
    for (const [, x, said = ""] of text.matchAll(/<text[^>]*x="(\d+)"[^>]*>([^<]*)</g)) {
      const glyphs = said.replaceAll(/&\w+;/g, "?").length;
      assertEquals(Number(x) + glyphs * 6.3 <= width, true, said);
    }
  }
});

Deno.test("sequenceDiagram: names and labels are escaped", async () => {
  const trace = await fixtureTrace();
  const step = { task: 0, label: "x < y && z", subject: null, at: null, changes: [], events: [] };
  const { text } = sequenceDiagram({ ...trace, steps: [step], fault: null }, '"<oops>"');
  assertEquals(unbalanced(text), []);
  assertStringIncludes(text, "x &lt; y &amp;&amp; z");
  assertStringIncludes(text, 'aria-label="&quot;&lt;oops&gt;&quot;"');
  assertStringIncludes(text, "The execution ends well.");
});

Deno.test("traceTable: says all that the picture shows, and links the lines", async () => {
  const trace = await fixtureTrace();
  const { text } = traceTable(trace, ({ line }) => `../01-counter/#L${line}`);
  assertEquals(unbalanced(text), []);
  assertEquals((text.match(/<tr>/g) ?? []).length, trace.steps.length + 1);
  assertStringIncludes(text, '<a href="../01-counter/#L33">spec/01-counter.md:33:3</a>');
  for (const said of ["adder A", "adder B", "READ_ONCE(Counter#1.value)", "NULL → &lt;B&gt;"]) {
    assertStringIncludes(text, said);
  }
});
