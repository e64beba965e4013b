import { assertEquals } from "@std/assert";
import { parse } from "../../src/litmus/parser.ts";
import { type LitmusResult, run } from "../../src/litmus/run.ts";
import { COUNTS, FURTHER, KERNEL } from "./table.ts";

const folder = new URL("./", import.meta.url);

function decide(name: string): LitmusResult {
  const text = Deno.readTextFileSync(new URL(`${name}.litmus`, folder));
  const test = parse(`${name}.litmus`, text);
  assertEquals(test.name, name);
  return run(test);
}

function seen(result: LitmusResult): string {
  return result.positive + result.negative === 0 ? "Deadlock" : result.observation;
}

Deno.test("litmus: the kernel's documented results", async (t) => {
  for (const [file, name, result] of KERNEL) {
    await t.step(`${file} (${name}): ${result}`, () => assertEquals(seen(decide(file)), result));
  }
});

Deno.test("litmus: further results", async (t) => {
  for (const [file, result] of FURTHER) {
    await t.step(`${file}: ${result}`, () => assertEquals(seen(decide(file)), result));
  }
});

Deno.test("litmus: counts of executions as herd7 prints them", () => {
  for (const [file, positive, negative] of COUNTS) {
    const result = decide(file);
    assertEquals([file, result.positive, result.negative], [file, positive, negative]);
  }
});

Deno.test("litmus: every file is in the table once and its comment agrees", () => {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".litmus")).map((name) => name.replace(/\.litmus$/, ""));
  const listed = [...KERNEL.map(([file]) => file), ...FURTHER.map(([file]) => file)];
  assertEquals(listed.toSorted(), files.toSorted());
  const results = new Map<string, string>([
    ...KERNEL.map(([file, , result]) => [file, result] as const),
    ...FURTHER,
  ]);
  for (const file of files) {
    const { test, matched } = decide(file);
    assertEquals([file, test.expectation, matched], [file, results.get(file) ?? null, true]);
  }
});
