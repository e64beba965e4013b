/** `deno task replay`: kept traces run again. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { command, fixture } from "../fixtures/command.ts";
import { tempFile } from "../fixtures/temp.ts";

const scenarios = fixture("scenarios.ts");

/** Writes what `change` makes of the trace of stale-buffer into a file, and answers its path. */
async function kept(change: (trace: Record<string, unknown>) => unknown): Promise<string> {
  const { stdout } = await command("check", scenarios, "stale-buffer", "--json");
  return tempFile("trace.json", JSON.stringify(change(JSON.parse(stdout)[0].trace)));
}

Deno.test("replay: a kept trace ends as it did, in every format", async () => {
  const path = await kept((trace) => trace);
  const { code, stdout } = await command("replay", path);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "BUG: KASAN: use-after-free in readStale");
  const formats: [string, (text: string) => boolean][] = [
    ["json", (text) => JSON.parse(text).scenario === "stale-buffer"],
    ["itf", (text) => JSON.parse(text)["#meta"].format === "ITF"],
    ["perfetto", (text) => JSON.parse(text).traceEvents.length > 0],
    ["mermaid", (text) => text.startsWith("sequenceDiagram")],
  ];
  for (const [format, isRight] of formats) {
    const shown = await command("replay", path, `--format=${format}`);
    assertEquals(shown.code, 0);
    assert(isRight(shown.stdout), `${format} must be right`);
  }
});

Deno.test("replay: the output of check --json does as well", async () => {
  const path = await kept((trace) => [{ scenario: "a", trace: null }, { scenario: "b", trace }]);
  assertEquals((await command("replay", path)).code, 0);
});

Deno.test("replay: check keeps its traces where replay finds them", async () => {
  const { stdout } = await command("check", scenarios, "stale-buffer");
  const path = /deno task replay (\S+)/.exec(stdout)?.[1] ?? "";
  assertEquals(
    (await command("replay", new URL(`../../${path}`, import.meta.url).pathname)).code,
    0,
  );
});

Deno.test("replay: a trace for another text is refused, unless --relaxed", async () => {
  const path = await kept((trace) => ({
    ...trace,
    text: { ...(trace["text"] as object), hash: "0", definitions: { changed_function: "1" } },
  }));
  const strict = await command("replay", path);
  assertEquals(strict.code, 1);
  assertMatch(strict.stderr, /definitions? differs?: .*changed_function/);
  assertStringIncludes(strict.stderr, "--relaxed");
  const relaxed = await command("replay", path, "--relaxed");
  assertEquals(relaxed.code, 0);
  assertMatch(relaxed.stderr, /^3 of 3 steps fit, 0 skipped, 0 inserted/);
});

Deno.test("replay: bad usage ends with 2 and says what would be right", async () => {
  const cases: [string[], RegExp][] = [
    [[], /wanted one TRACE/],
    [["nowhere.json"], /there is no such file/],
    [[scenarios], /Cannot read the trace/],
    [[await kept((trace) => [{ trace }, { trace }])], /Cannot replay 2 traces/],
    [[await kept((trace) => ({ ...trace, schema: "x" }))], /its schema is x/],
    [[await kept((trace) => ({ ...trace, scenario: "stale-bufer" }))], /did you mean stale-buffer/],
    [[await kept((trace) => trace), "--format=itff"], /did you mean itf\?/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await command("replay", ...args);
    assertEquals(code, 2, stderr);
    assertMatch(stderr, message);
  }
});
