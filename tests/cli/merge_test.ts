/** `deno task check --shard=I/N --json` and `deno task merge`: reports of shares and their join. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { command, fixture } from "../fixtures/command.ts";
import { tempFolder } from "../fixtures/temp.ts";

const scenarios = fixture("scenarios.ts");
const folder = tempFolder("merge-");

/** Writes the report of a share and answers its path. */
async function report(name: string, shard: string, ...args: string[]): Promise<string> {
  const { code, stdout } = await command("check", scenarios, `--shard=${shard}`, "--json", ...args);
  assertEquals(code, 0);
  const path = `${folder}/${name}.json`;
  Deno.writeTextFileSync(path, stdout);
  return path;
}

Deno.test("merge: the reports of all shares are the report of the whole", async () => {
  const args = ["locked-buffer", "stale-buffer", "--mode=naive", "--granularity=operations"];
  const paths = await Promise.all([await report("a", "1/2", ...args), report("b", "2/2", ...args)]);
  const { code, stdout } = await command("merge", ...paths, "--json");
  assertEquals(code, 0);
  const whole = JSON.parse((await command("check", scenarios, "--json", ...args)).stdout);
  const tell = (rows: Record<string, unknown>[]) =>
    rows.map(({ scenario, found, executions, finalStates, exhaustive, sanitizer, scope }) => {
      return { scenario, found, executions, finalStates, exhaustive, sanitizer, scope };
    });
  assertEquals(tell(JSON.parse(stdout)), tell(whole));
  const said = await command("merge", ...paths);
  assertStringIncludes(said.stdout, "stale-buffer: ok, KASAN: use-after-free in buffer.length");
  assertMatch(said.stdout, /2 scenarios: 2 as expected, 0 not$/);
});

Deno.test("merge: a share that starts from what another settled is merged with it", async () => {
  const first = await report("first", "1/2", "stale-buffer");
  const second = await report("second", "2/2", "stale-buffer", `--settled=${first}`);
  assertEquals((await command("merge", first, second)).code, 0);
});

Deno.test("merge: a share alone never says that the scenario holds", async () => {
  const path = await report("alone", "2/2", "locked-buffer");
  const [row] = JSON.parse(Deno.readTextFileSync(path));
  assertEquals([row.found, row.exhaustive, row.asExpected], ["bounded", false, false]);
});

Deno.test("merge: what does not belong together is refused with 1, what is no report with 2", async () => {
  const one = await report("one", "1/2", "locked-buffer");
  const two = await report("two", "2/2", "locked-buffer");
  const naive = await report("naive", "2/2", "locked-buffer", "--mode=naive");
  const rows = JSON.parse(Deno.readTextFileSync(two));
  const edited = `${folder}/edited.json`, broken = `${folder}/broken.json`;
  Deno.writeTextFileSync(edited, JSON.stringify([{ ...rows[0], text: "another" }]));
  Deno.writeTextFileSync(broken, "{");
  const cases: [string[], number, RegExp][] = [
    [[one], 1, /share 2\/2 is missing/],
    [[one, one], 1, /share 1\/2 is there 2 times/],
    [[one, naive], 1, /the mode differs/],
    [[one, edited], 1, /explored locked-buffer in different texts/],
    [[one, broken], 2, /broken\.json: it is no JSON/],
    [[], 2, /wanted REPORT…/],
  ];
  for (const [paths, wanted, message] of cases) {
    const { code, stderr } = await command("merge", ...paths);
    assertEquals(code, wanted);
    assertMatch(stderr, message);
  }
});

Deno.test("check: --shard wants I/N, a search that can be split, and --json", async () => {
  const cases: [string[], RegExp][] = [
    [["--shard=3/2", "--json"], /wanted I\/N with I from 1 to N/],
    [["--shard=1", "--json"], /wanted I\/N/],
    [["--shard=1/2"], /without --json/],
    [["--shard=1/2", "--json", "--mode=pct"], /wanted naive or reduced/],
    [["--settled=a.json"], /Cannot use --settled without --shard/],
    [["--shard=1/2", "--json", "--settled=none.json"], /there is no such file/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await command("check", scenarios, ...args);
    assertEquals(code, 2);
    assertMatch(stderr, message);
  }
});
