/** `--checkpoint=FILE`: a search that is killed goes on where it was, and ends with the same numbers. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { command, fixture } from "../fixtures/command.ts";
import { tempFolder } from "../fixtures/temp.ts";

const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
const folder = tempFolder("checkpoint-");

function start(path: string): Deno.ChildProcess {
  return new Deno.Command("deno", {
    args: [
      ..."run --no-prompt --allow-read --allow-write --allow-env=INIT_CWD".split(" "),
      main,
      ..."check exit-unbinds-3 --json".split(" "),
      `--checkpoint=${path}`,
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

async function numbersOf(child: Deno.ChildProcess) {
  const { code, stdout } = await child.output();
  assertEquals(code, 0);
  const [row] = JSON.parse(new TextDecoder().decode(stdout));
  const { found, executions, steps, finalStates, exhaustive, verdict } = row;
  const { redundant, share } = verdict;
  return {
    found,
    executions,
    steps,
    finalStates,
    exhaustive,
    redundant,
    states: share.finalStates,
  };
}

function partsIn(path: string): number {
  try {
    return JSON.parse(Deno.readTextFileSync(path)).parts.length;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

Deno.test("checkpoint: a search that was killed resumes to the same numbers", async () => {
  const path = `${folder}/killed.json`;
  const child = start(path);
  while (partsIn(path) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGKILL");
  const { signal } = await child.output();
  assertEquals(signal, "SIGKILL");
  const done = partsIn(path);
  assert(done > 0, "there is a checkpoint of the killed run");
  const resumed = await numbersOf(start(path));
  assertEquals(partsIn(path), 0, "a search that has ended needs no checkpoint");
  assertEquals(resumed, await numbersOf(start(`${folder}/whole.json`)));
  console.log(`killed with ${done} parts done; ${resumed.executions} executions in both`);
});

Deno.test("checkpoint: one of another search is refused, and what is none", async () => {
  const path = `${folder}/other.json`, scenarios = fixture("scenarios.ts");
  const premise = { learned: { demoted: [], spawned: [] }, visible: [] };
  Deno.writeTextFileSync(path, JSON.stringify({ key: "another search", premise, parts: [] }));
  const one = await command("check", scenarios, "locked-buffer", `--checkpoint=${path}`);
  assertEquals(one.code, 2);
  assertMatch(one.stderr, /it is of another search, wanted locked-buffer in as-posted/);
  Deno.writeTextFileSync(path, "{}");
  const none = await command("check", scenarios, "locked-buffer", `--checkpoint=${path}`);
  assertMatch(none.stderr, /it is no checkpoint/);
  const many = await command("check", scenarios, `--checkpoint=${path}`);
  assertMatch(many.stderr, /wanted one scenario/);
});
