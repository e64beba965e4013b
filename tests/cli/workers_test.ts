/** `--workers=N`: the same report whatever N is, and the same ways to end early. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { MANY } from "../../src/cli/check.ts";
import { isLarge } from "../../src/cli/large.ts";
import { command, fixture } from "../fixtures/command.ts";
import { tempFolder } from "../fixtures/temp.ts";

const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
const folder = tempFolder("workers-");

function start(...args: readonly string[]): Deno.ChildProcess {
  const permissions = "--no-prompt --allow-read --allow-write=_out --allow-env=INIT_CWD".split(" ");
  return new Deno.Command("deno", {
    args: ["run", ...permissions, main, "check", ...args],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** What is printed as JSON, without the time that it took. */
async function report(...args: readonly string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await start(...args, "--json").output();
  const rows: Record<string, unknown>[] = JSON.parse(new TextDecoder().decode(stdout));
  return rows.map(({ seconds: _, ...rest }) => rest);
}

/** Names of scenarios of the book. */
async function names(wanted: RegExp): Promise<string[]> {
  const { stdout } = await start("--list", "--json").output();
  const rows: { scenario: string }[] = JSON.parse(new TextDecoder().decode(stdout));
  return rows.map(({ scenario }) => scenario).filter((name) => wanted.test(name));
}

Deno.test("workers: one, two and three report the same, trace and all", async () => {
  const one = await report("two-mms-dev-all", "--workers=1");
  for (const count of [2, 3]) {
    assertEquals(await report("two-mms-dev-all", `--workers=${count}`), one);
  }
});

Deno.test("workers: an edition and a module of the reader's are loaded by each", async () => {
  const edition = "--edition=README.md";
  const [one, two] = await Promise.all(
    [1, 2].map((count) => report("two-mms-dev-all", edition, `--workers=${count}`)),
  );
  assertEquals(two, one);
});

Deno.test("workers: Ctrl-C ends long work with what was covered", async () => {
  const child = start(fixture("wide.ts"), "--mode=naive", "--workers=2");
  await new Promise((resolve) => setTimeout(resolve, 2500));
  child.kill("SIGINT");
  const { code, signal, stdout } = await child.output();
  assertEquals([code, signal], [1, null]);
  const said = new TextDecoder().decode(stdout);
  const [, executions] = /NOT AS EXPECTED, bounded\n {2}(\d+) executions/.exec(said) ?? [];
  assert(Number(executions) > 1024, said);
});

Deno.test("workers: time that is up ends long work with what was covered", async () => {
  const args = ["--mode=naive", "--workers=2", "--max-time=2"];
  const { code, stdout } = await start(fixture("wide.ts"), ...args).output();
  assertEquals(code, 1);
  const said = new TextDecoder().decode(stdout);
  assertMatch(said, /wide: NOT AS EXPECTED, bounded\n {2}\d\d\d\d+ executions/);
});

Deno.test("workers: a search that was killed is resumed by fewer, to the same numbers", async () => {
  const path = `${folder}/killed.json`;
  const args = ["two-mms-dev-all", `--checkpoint=${path}`];
  const child = start(...args, "--workers=2");
  let done = 0;
  while (done === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    try {
      done = JSON.parse(Deno.readTextFileSync(path)).parts.length;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  child.kill("SIGKILL");
  assertEquals((await child.output()).signal, "SIGKILL");
  const pick = ([row]: Record<string, unknown>[]) => {
    const { verdict: _, ...rest } = row ?? {};
    return rest;
  };
  const resumed = pick(await report(...args, "--workers=1"));
  const whole = await report(args[0] as string, `--checkpoint=${folder}/whole.json`, "--workers=2");
  assertEquals(resumed, pick(whole));
  console.log(`killed with ${done} parts done; ${resumed["executions"]} executions in both`);
});

Deno.test("workers: a batch of scenarios reports the same as one after the other", async () => {
  const hardware = await names(/^hw-(?!three|everything|two)/),
    others = await names(/^(?:un)?bind|^exit/);
  const chosen = [...hardware.slice(0, 12), ...others.slice(0, 8), "publish-fault", "publish-find"];
  assert(chosen.length >= MANY, `only ${chosen.length} scenarios`);
  const one = await report(...chosen, "--workers=1");
  assertEquals(one.map((row) => row["scenario"]), chosen);
  assert(one.some((row) => row["found"] === "bug"), "no scenario has a bug");
  assertEquals(await report(...chosen, "--workers=2"), one);
});

Deno.test("workers: Ctrl-C ends a batch with what was covered", async () => {
  // With a bound on executions the two large ones cannot be searched in parts after the others.
  for (
    const [bound, summary] of [[[], "23 as expected, 2 not"], [
      ["--executions=1000000000"],
      "0 as expected, 2 not, 23 not run",
    ]] as const
  ) {
    const child = start(fixture("many.ts"), "--mode=naive", "--workers=2", ...bound);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    child.kill("SIGINT");
    const { code, signal, stdout } = await child.output();
    assertEquals([code, signal], [1, null]);
    const said = new TextDecoder().decode(stdout);
    for (const name of ["wide-1", "wide-2"]) {
      assertMatch(said, new RegExp(`${name}: NOT AS EXPECTED, bounded\n {2}\\d{4,} executions`));
    }
    assertStringIncludes(said, summary);
  }
});

Deno.test("workers: what is thrown in one is told as if there were none", async () => {
  const { code, stderr } = await command(
    "check",
    fixture("rare.ts"),
    "--mode=naive",
    "--workers=2",
    "--max-time=60",
  );
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /^Cannot explore rare: RangeError: Cannot count to \d+\n {2}finally .*rare\.ts:\d+/,
  );
});

Deno.test("workers: what is large is told from what was seen", () => {
  const soFar = { executions: 1_000, steps: 30_000, seconds: 1 };
  assertEquals(isLarge(soFar), false);
  assertEquals(isLarge({ ...soFar, expected: 100_000 }), false);
  assertEquals(isLarge({ ...soFar, expected: 300_000 }), true);
  assertEquals(isLarge({ ...soFar, seconds: 1e-3, expected: 300_000 }), true);
  assertEquals(isLarge({ executions: 1e6, steps: 3e7, seconds: 1, expected: 1.1e6 }), false);
});

Deno.test("workers: their number must be one", async () => {
  for (const count of ["0", "1.5", "65", "two"]) {
    const { code, stderr } = await command("check", "unbind", `--workers=${count}`);
    assertEquals(code, 2);
    assertMatch(stderr, /--workers=.*: wanted a (whole )?number/);
  }
});
