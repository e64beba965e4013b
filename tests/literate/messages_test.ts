// Goal: every message of deno's tools names the chapter, its line and its column.
// Method: a temporary chapter with one fault of each kind, run as a reader would run it.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { tangleFolder } from "../../src/literate/files.ts";
import { messageRewriter } from "../../src/literate/positions.ts";
import { COUNTER, text, USER, withBook } from "./support.ts";

const CONFIG = JSON.parse(Deno.readTextFileSync("deno.json"));
const POSITIONS = Deno.realPathSync("src/cli/positions.ts");

/** A chapter whose definition fence is these lines, from line 4 on, and then a test fence. */
function faulty(definition: readonly string[], test: readonly string[] = []): string {
  return text("# 03 Fault", "", "```ts", ...definition, "```", "```ts test", ...test, "```");
}

/** Tangles a book with the chapter `03-fault` and runs a tool on it. */
async function run(fault: string, args: readonly string[], colour = false) {
  let output = "";
  let code = 0;
  const files = { "01-counter.md": COUNTER, "02-user.md": USER, "03-fault.md": fault };
  await withBook(files, async (folder) => {
    tangleFolder(`${folder}/spec`);
    const { compilerOptions, imports } = CONFIG;
    const config = { compilerOptions, imports, nodeModulesDir: "none", lock: false };
    Deno.writeTextFileSync(`${folder}/deno.json`, JSON.stringify(config));
    const { stdout, stderr, code: exit } = await new Deno.Command("deno", {
      args: ["run", "--quiet", "--allow-read", "--allow-run=deno", POSITIONS, ...args],
      cwd: folder,
      env: colour ? { FORCE_COLOR: "1", NO_COLOR: "" } : { NO_COLOR: "1" },
    }).output();
    code = exit;
    output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert(!output.includes(folder), `the folder of the book is still named in:\n${output}`);
  });
  assert(!/\d\d-[a-z]+(?:_test)?\.ts/.test(output), `a view is still named in:\n${output}`);
  return { output, code };
}

Deno.test("a type error names the chapter", async () => {
  const fault = faulty(['export const wrong: number = twice("x");']);
  const { output, code } = await run(fault, ["check", "spec/03-fault.ts"]);
  assertStringIncludes(output, "at spec/03-fault.md:4:36");
  assertEquals(code, 1);
});

Deno.test("a failing assertion names the chapter", async () => {
  const fault = faulty([], ['Deno.test("one", () => {', "  assertEquals(1, 2);", "});"]);
  const { output, code } = await run(fault, ["test", "--no-check", "spec/"]);
  assertStringIncludes(output, "one => spec/03-fault.md:6:6");
  assertStringIncludes(output, "at spec/03-fault.md:7:3");
  assertStringIncludes(output, "2 passed | 1 failed");
  assertEquals(code, 1);
});

Deno.test("a lint finding names the chapter, and the imports of a view are clean", async () => {
  const fault = faulty(["export var old = new Counter();"], ["twice(old);"]);
  const { output, code } = await run(fault, ["lint"]);
  assertStringIncludes(output, "spec/03-fault.md:4:8");
  assertStringIncludes(output, "Found 1 problem");
  assertEquals(code, 1);
});

Deno.test("an exception names the chapter in each frame", async () => {
  const fault = faulty([
    "export const outer = (): never => inner();",
    "outer();",
    "function inner(): never {",
    '  throw new Error("no");',
    "}",
  ]);
  const { output, code } = await run(fault, ["run", "--no-check", "spec/03-fault.ts"]);
  assertStringIncludes(output, "at inner (spec/03-fault.md:7:9)");
  assertStringIncludes(output, "at outer (spec/03-fault.md:4:35)");
  assertEquals(code, 1);
});

Deno.test("colours do not hide a view", async () => {
  const fault = faulty(["throw new Error('no');"]);
  const { output } = await run(fault, ["run", "--no-check", "spec/03-fault.ts"], true);
  assertStringIncludes(output, "\x1b[");
  // deno-lint-ignore no-control-regex
  assertStringIncludes(output.replace(/\x1b\[[\d;]*m/g, ""), "at spec/03-fault.md:4:7");
});

Deno.test("messageRewriter knows each spelling of a view and leaves other files alone", () => {
  const rewrite = messageRewriter({ root: "/home/a b/book/spec", label: "spec" });
  for (
    const [from, to] of [
      ["at file:///home/a%20b/book/spec/06-detach.ts:12:3", "at spec/06-detach.md:12:3"],
      ["at f (/home/a b/book/spec/06-detach_test.ts:12:3)", "at f (spec/06-detach.md:12:3)"],
      ["./spec/06-detach.ts:12:3", "spec/06-detach.md:12:3"],
      ["from './06-detach.ts'", "from 'spec/06-detach.md'"],
      ["06-detach@mended.ts:1:70", "spec/06-detach.md:1:1"],
      ["src/06-detach.ts:1:2", "src/06-detach.ts:1:2"],
      ["/other/spec/06-detach.ts:1:2", "/other/spec/06-detach.ts:1:2"],
      ["06-detach.tsx and x06-detach.ts", "06-detach.tsx and x06-detach.ts"],
    ] as const
  ) {
    assertEquals(rewrite(from), to);
  }
});
