/** Whole processes of `deno task check`, from call to verdict, for `deno task bench`. */
import type { Granularity } from "explore/task.ts";
import type { Mode } from "explore/verdict.ts";
import { root } from "./sources.ts";

/** Where the files of a measurement lie. */
export const folder = decodeURI(new URL("_out/bench", root).pathname);

/**
 * What the task `check` asks of the engine: a small nursery that need not grow first, no full collection
 * below 48 MB, and all functions compiled when a module is, since only then does the cache of code that
 * Deno keeps hold them. The compiler that optimizes most is asked late: for a search of a second or less it
 * takes more, on the other core and of the memory, than its code gives.
 */
export const ENGINE = "--v8-flags=--max-semi-space-size=4,--min-semi-space-size=4," +
  "--initial-old-space-size=48,--no-lazy,--invocation-count-for-turbofan=30000";

/** The program of the task `check`, as deno.json calls it; the task runner takes 0.02 s of its own. */
const CHECK = [
  "run",
  ENGINE,
  "--no-prompt",
  "--allow-read",
  "--allow-write=_out",
  "--allow-env=INIT_CWD",
  "src/cli/main.ts",
  "check",
];

/** A whole process of a check, in seconds. */
export interface ProcessRow {
  readonly family: string;
  readonly size: number;
  readonly mode: Mode;
  readonly granularity: Granularity;
  readonly seconds: number;
  readonly outcome: string;
}

/** What `deno task check` runs, of one of a family, from call to verdict; the best of five. */
export async function measureProcess(
  family: string,
  size: number,
  { mode, granularity }: Pick<ProcessRow, "mode" | "granularity">,
): Promise<ProcessRow> {
  const path = `${folder}/${family}-${size}.ts`;
  const book = new URL("spec/15-schedules.ts", root).href;
  const call = `export const measured = ${family}(${size});`;
  Deno.writeTextFileSync(path, `import { ${family} } from "${book}";\n${call}\n`);
  let best = Infinity, outcome = "";
  for (let round = 0; round < 5 && best > round; round++) {
    const started = performance.now();
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [...CHECK, path, "--json", `--mode=${mode}`, `--granularity=${granularity}`],
      cwd: decodeURI(root.pathname),
    }).output();
    best = Math.min(best, (performance.now() - started) / 1000);
    outcome = JSON.parse(new TextDecoder().decode(stdout))[0]?.found ?? "nothing";
  }
  return { family, size, mode, granularity, seconds: best, outcome };
}

/** A whole process of `deno task check` with one worker and with two, in seconds. */
export interface TeamRow {
  readonly name: string;
  readonly one: number;
  readonly two: number;
  /** Did both report the same but for the time? */
  readonly isSame: boolean;
}

/** Checks scenarios of the book twice, all of them if none is named. */
export async function measureTeam(...names: readonly string[]): Promise<TeamRow> {
  const run = async (workers: number) => {
    const started = performance.now();
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "check", ...names, `--workers=${workers}`, "--json"],
      cwd: decodeURI(root.pathname),
    }).output();
    const took = (performance.now() - started) / 1000;
    const said = new TextDecoder().decode(stdout).replace(/^ {2}"seconds": .*$/gm, "");
    return { took, said };
  };
  const one = await run(1), two = await run(2);
  const name = names.length === 0 ? "the whole book" : names.join(" ");
  return { name, one: one.took, two: two.took, isSame: one.said === two.said };
}
