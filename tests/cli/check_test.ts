/** `deno task check`: what it prints, keeps and answers. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { command, fixture } from "../fixtures/command.ts";
import { tempFile, tempFolder } from "../fixtures/temp.ts";

const scenarios = fixture("scenarios.ts");

Deno.test("check: a scenario that does what it is known to do is as expected", async () => {
  const { code, stdout } = await command("check", scenarios, "stale-buffer");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "stale-buffer: ok, KASAN: use-after-free in buffer.length");
  assertStringIncludes(stdout, "BUG: KASAN: use-after-free in readStale");
  assertMatch(stdout, /1 scenario: 1 as expected, 0 not$/);
});

Deno.test("check: a module's scenarios are all run when none is named", async () => {
  const { code, stdout } = await command("check", scenarios);
  assertEquals(code, 0);
  assertMatch(stdout, /7 scenarios: 7 as expected, 0 not$/);
  assert(!stdout.includes("BUG:"), "the traces of many scenarios are kept, not printed");
});

Deno.test("check: what is not as expected is said and ends with 1", async () => {
  const { code, stdout } = await command("check", fixture("wrong.ts"));
  assertEquals(code, 1);
  assertStringIncludes(stdout, "hopeful: NOT AS EXPECTED, KASAN: use-after-free");
  assertStringIncludes(stdout, "expected: holds");
  assertStringIncludes(stdout, "fearful: NOT AS EXPECTED, holds");
  assertStringIncludes(stdout, "expected: known bug, KASAN: use-after-free in buffer");
  assertStringIncludes(stdout, "never seen: never");
  assertMatch(
    stdout,
    /careless: NOT AS EXPECTED.*\n.*\n {2}expected: known bug, KASAN.*\n {2}not expected: KCSAN: data-race in device\.uses\n/,
  );
  assertMatch(stdout, /4 scenarios: 0 as expected, 4 not$/);
});

Deno.test("check: --json prints one array with all that a machine needs", async () => {
  const { code, stdout } = await command("check", scenarios, "--json");
  assertEquals(code, 0);
  const rows = JSON.parse(stdout);
  assertEquals(rows.length, 7);
  const row = rows.find(({ scenario }: { scenario: string }) => scenario === "stale-buffer");
  assertEquals(
    [row.edition, row.expected, row.found, row.sanitizer, row.exhaustive, row.asExpected],
    ["as-posted", "known bug", "bug", "KASAN", true, true],
  );
  assert(row.executions > 0 && row.steps > 0 && row.seconds >= 0);
  assertMatch(row.scope, /every interleaving of reader \|\| remover/);
  assertEquals(row.trace.fault.kind, "use-after-free");
  const held = rows.find(({ scenario }: { scenario: string }) => scenario === "locked-buffer");
  assertEquals([held.found, held.sanitizer, held.trace], ["holds", null, null]);
});

Deno.test("check: --list names scenarios without running them", async () => {
  const { code, stdout } = await command("check", scenarios, "--list");
  assertEquals(code, 0);
  assertEquals(stdout.split("\n").length, 7);
  assertStringIncludes(stdout, "two mutexes in both orders");
  const json = JSON.parse((await command("check", scenarios, "--list", "--json")).stdout);
  assertEquals(json.length, 7);
  assertEquals(json[0].expected.verdict, "known bug");
});

Deno.test("check: bounds make the verdict bounded, never holds", async () => {
  const options = ["--executions=1", "--json"];
  const { code, stdout } = await command("check", scenarios, "locked-buffer", ...options);
  assertEquals(code, 1);
  assertEquals(JSON.parse(stdout)[0].found, "bounded");
});

Deno.test("check: --max-time=0 ends with what was covered", async () => {
  const { code, stdout } = await command("check", fixture("wide.ts"), "--max-time=0");
  assertEquals(code, 1);
  assertStringIncludes(stdout, "wide: NOT AS EXPECTED, bounded");
  assertStringIncludes(stdout, "some interleavings");
});

Deno.test("check: granularity is passed on", async () => {
  const run = async (granularity: string) => {
    const args = [scenarios, "locked-buffer", "--mode=naive", "--json"];
    const { stdout } = await command("check", ...args, `--granularity=${granularity}`);
    return JSON.parse(stdout)[0];
  };
  const sections = await run("sections"), operations = await run("operations");
  assertEquals(operations.granularity, "operations");
  assert(operations.executions > sections.executions);
});

Deno.test("check: symmetry is passed on, and refused where it has no meaning", async () => {
  const several = fixture("alike.ts");
  const run = async (...more: string[]) => {
    const { stdout } = await command("check", several, "--json", ...more);
    const [{ executions, found, scope }] = JSON.parse(stdout);
    return { executions, found, scope };
  };
  const all = await run(), one = await run("--symmetry");
  assertEquals([all.executions, one.executions, one.found], [6, 1, "holds"]);
  assertStringIncludes(one.scope, "one order in which first, second, third begin");
  for (const more of ["--memory=relaxed", "--shard=1/2", "--checkpoint=_out/alike.json"]) {
    const { code, stderr } = await command("check", several, "--json", "--symmetry", more);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `Cannot use --symmetry with ${more.replace(/=[^r].*$/, "")}`);
  }
});

Deno.test("check: a search over states is one without names", async () => {
  const { stdout } = await command("check", fixture("alike.ts"), "--json", "--mode=states");
  const [{ executions, states, found, mode, scope }] = JSON.parse(stdout);
  assertEquals([executions, states, found, mode], [1, 4, "holds", "states"]);
  assertStringIncludes(scope, "for all that differ only in which of first, second, third is which");
  for (const more of ["--memory=relaxed", "--preemptions=1"]) {
    const refused = await command("check", fixture("alike.ts"), "--mode=states", more);
    assertEquals(refused.code, 2);
    assertStringIncludes(refused.stderr, `Cannot use ${more.replace("=1", "")} with --mode=states`);
  }
});

Deno.test("check: the memory model is passed on, and the report names it", async () => {
  const run = async (...more: string[]) => {
    const { stdout } = await command("check", scenarios, "locked-buffer", "--json", ...more);
    const [{ memory, granularity, found, scope }] = JSON.parse(stdout);
    return [memory, granularity, found, /[\w ]*memory[^,;]*(?=[,;])/.exec(scope)?.[0].trim()];
  };
  const ordered = ["sequential", "sections", "holds", "sequentially consistent memory"];
  assertEquals(await run(), ordered);
  assertEquals(await run("--memory=sequential"), ordered);
  const [memory, granularity, found, scope] = await run("--memory=relaxed");
  assertEquals([memory, granularity, found], ["relaxed", "operations", "holds"]);
  assertMatch(scope, /^memory as relaxed as the Linux kernel memory model allows/);
});

Deno.test("check: a scenario for relaxed memory is explored under it, however it is run", async () => {
  const path = `${tempFolder("relaxed-")}/checkpoint.json`;
  for (const how of ["--workers=1", "--workers=2", `--checkpoint=${path}`, "--mode=naive"]) {
    const { code, stdout } = await command("check", fixture("relaxed.ts"), how);
    assertEquals(code, 0, stdout);
    assertStringIncludes(stdout, "flag: ok, oops: kernel BUG in a flag without a text");
    assertStringIncludes(stdout, "reads an old message#1.text: 0");
  }
  const { code, stdout } = await command("check", fixture("relaxed.ts"), "--memory=sequential");
  assertEquals(code, 1);
  assertStringIncludes(stdout, "flag: NOT AS EXPECTED, holds");
});

Deno.test("check: bad usage ends with 2 and says what would be right", async () => {
  const cases: [string[], RegExp][] = [
    [["check", "--lst"], /did you mean --list\?/],
    [["check", "--mode=nave"], /did you mean naive\?/],
    [["check", "--mode"], /wanted --mode=naive\|reduced/],
    [["check", "--json=yes"], /wanted --json without a value/],
    [["check", "--max-time=soon"], /wanted a number, at least 0/],
    [["check", "--memory=relax"], /wanted sequential, relaxed/],
    [["check", "--memory=relaxed", "--granularity=sections"], /wanted --granularity=operations/],
    [["check", "--seed=3"], /wanted --mode=random or --mode=pct/],
    [["check", "--edition=mendet"], /Cannot find the edition "mendet"/],
    [["check", "--edition=nowhere.md"], /nowhere\.md: there is no such file/],
    [["check", "nowhere.ts"], /nowhere\.ts: there is no such file/],
    [["check", scenarios, "stale-bufer"], /did you mean stale-buffer\?/],
    [["check", fixture("present.ts")], /wanted a module that exports a scenario/],
    [["check", scenarios, "--edition=mended"], /a module imports the book as it stands/],
    [["chek"], /did you mean check\?/],
    [[], /wanted check, merge, replay/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr, stdout } = await command(...args);
    assertEquals([args.join(" "), code, stdout], [args.join(" "), 2, ""]);
    assertMatch(stderr, message);
  }
});

Deno.test("check: an edition of the book is loaded by name", async () => {
  const { code, stdout } = await command("check", "--edition=mended", "vfio-unbind-exit");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "vfio-unbind-exit: ok, holds");
  const posted = await command("check", "vfio-unbind-exit");
  assertEquals(posted.code, 0);
  assertStringIncludes(posted.stdout, "vfio-unbind-exit: ok, hung task");
});

Deno.test("check: a reader's file that breaks a rule is refused with line and column", async () => {
  const mine = "# Mine\n\n```ts\nexport const not_in_the_book = 1;\n```\n";
  const path = tempFile("mine.md", mine);
  const { code, stderr } = await command("check", `--edition=${path}`);
  assertEquals(code, 1);
  assertStringIncludes(stderr, `${path}:3:1: `);
});

Deno.test("check: code that throws what is no fault is told by its place", async () => {
  const code =
    "export function* io_mm_get_locked(): Task<boolean> {\n  undefinedHere();\n  return true;\n}";
  const path = tempFile("mine.md", `# Mine\n\n\`\`\`ts\n${code}\n\`\`\`\n`);
  const ran = await command("check", `--edition=${path}`, "unbind-exit");
  assertEquals(ran.code, 1);
  assertStringIncludes(ran.stderr, "Cannot explore unbind-exit: ReferenceError: undefinedHere");
  assertMatch(ran.stderr, /io_mm_get_locked {2,}_out\/tmp\/\S+\/mine\.md:5:3/);
});

Deno.test("check: preemptions are refused where they cannot be bounded", async () => {
  const { code, stderr } = await command("check", "--preemptions=1", "unbind-exit");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "wanted --mode=naive");
});
