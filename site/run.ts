/**
 * The run whose results the pages show: the tests of the chapters and the scenarios. Its outcome
 * is kept in `_out/site/results.json` with a hash of all that it depends on; for other sources the
 * outcome does not count.
 */
import {
  readJunit,
  readListing,
  readScenarios,
  type Results,
  type ScenarioResult,
} from "./results.ts";

const FOLDER = "_out/site";
/** The longest that one scenario is explored for the pages. What it cuts short is "bounded". */
const SCENARIO_SECONDS = 20;
/** The edition that mends the errata. The others are there to be caught by tests. */
const MENDED = "mended";
/** What the results depend on. */
const INPUTS = ["spec", "src", "deno.json"];
/** Is the file made from the chapters: a view, or its tests? */
export function isDerived(path: string): boolean {
  return /^spec\/.*\.ts$/.test(path);
}

/** A run that could not be made, in the words of the command that failed. */
export class RunError extends Error {
  override readonly name = "RunError";
}

interface Stored {
  readonly inputs: string;
  readonly results: Results;
}

/** The results of the last run over exactly these sources; empty if there is none. */
export async function loadResults(root: string): Promise<Results> {
  try {
    const text = await Deno.readTextFile(`${root}/${FOLDER}/results.json`);
    const { inputs, results }: Stored = JSON.parse(text);
    return inputs === await hashInputs(root) ? results : {};
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/**
 * Runs the tests and the scenarios, and stores what they found. Failing tests are a result, not an
 * error: the pages show them.
 *
 * @param say is told what happens, line by line
 */
export async function runAll(root: string, say: (line: string) => void): Promise<Results> {
  const inputs = await hashInputs(root);
  await Deno.mkdir(`${root}/${FOLDER}`, { recursive: true });
  say("Running the tests of the chapters");
  const tests = await runTests(root);
  const failed = tests.filter(({ outcome }) => outcome === "failed").length;
  say(`${tests.length - failed} passed, ${failed} failed`);
  say("Exploring the scenarios");
  const results: Results = { tests, ...await runScenarios(root, say) };
  const stored: Stored = { inputs, results };
  await Deno.writeTextFile(`${root}/${FOLDER}/results.json`, JSON.stringify(stored, null, 1));
  return results;
}

async function runTests(root: string) {
  const junit = `${FOLDER}/junit.xml`;
  await remove(`${root}/${junit}`);
  await deno(root, ["task", "--quiet", "tangle"]);
  const { said } = await deno(root, [
    ...["test", "-P", "--no-prompt", "--quiet", "--no-check"],
    ...[`--junit-path=${junit}`, "spec/"],
  ]);
  try {
    return readJunit(await Deno.readTextFile(`${root}/${junit}`));
  } catch (cause) {
    throw new RunError(`Cannot run the tests of the chapters:\n${said}`, { cause });
  }
}

/**
 * Explores every scenario as posted, and those with a known bug also as mended, where they may
 * hold. Each has its own process, so that one that takes long costs no other its time.
 */
async function runScenarios(root: string, say: (line: string) => void) {
  const known = readListing(await check(root, ["--list"]));
  const others = await hasEdition(root, MENDED) ? [MENDED] : [];
  const scenarios: ScenarioResult[] = [];
  for (const { scenario, isKnownBug } of known) {
    for (const edition of [undefined, ...isKnownBug ? others : []]) {
      const flags = edition === undefined ? [] : [`--edition=${edition}`];
      const time = `--max-time=${SCENARIO_SECONDS}`;
      const [result] = readScenarios(await check(root, [scenario, time, ...flags]));
      if (result === undefined) continue;
      scenarios.push(result);
      say(`  ${scenario}, ${result.edition}: ${result.found}, ${result.executions} executions`);
    }
  }
  return { known, scenarios };
}

/** Do the chapters define an edition? */
async function hasEdition(root: string, name: string): Promise<boolean> {
  for (const path of await filesIn(root, "spec")) {
    if (!path.endsWith(".md")) continue;
    const lines = (await Deno.readTextFile(`${root}/${path}`)).split("\n");
    if (lines.includes(`\`\`\`ts edition=${name}`)) return true;
  }
  return false;
}

async function check(root: string, args: readonly string[]): Promise<unknown> {
  const { code, output, said } = await deno(root, ["task", "--quiet", "check", "--json", ...args]);
  if (code === 0 || code === 1) {
    try {
      return JSON.parse(output);
    } catch {
      // What it printed is told below.
    }
  }
  const command = ["deno task check", ...args].join(" ");
  throw new RunError(`Cannot explore the scenarios: ${command} ended with ${code}\n${said}`);
}

async function deno(root: string, args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args,
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const output = new TextDecoder().decode(stdout);
  return { code, output, said: output + new TextDecoder().decode(stderr) };
}

/** A hash over the names and the bytes of everything that the results depend on. */
export async function hashInputs(root: string): Promise<string> {
  const files = (await Promise.all(INPUTS.map((path) => filesIn(root, path)))).flat().sort();
  const parts: string[] = [];
  for (const path of files) {
    if (isDerived(path)) continue;
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${root}/${path}`));
    parts.push(`${path} ${hex(digest)}`);
  }
  return hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(parts.join("\n"))));
}

async function filesIn(root: string, path: string): Promise<string[]> {
  const { isFile } = await Deno.stat(`${root}/${path}`);
  if (isFile) return [path];
  const inner: string[] = [];
  for await (const { name } of Deno.readDir(`${root}/${path}`)) {
    inner.push(...await filesIn(root, `${path}/${name}`));
  }
  return inner;
}

function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
