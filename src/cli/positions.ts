/**
 * Runs `deno check`, `test`, `lint` or `run` so that every message names the chapter.
 *
 * `src/cli/positions.ts [--book=FOLDER] check|test|lint|run ARGUMENT…` passes the arguments on.
 * `lint` takes `.` if no path is given, and the paths of all views in any case: they are ignored
 * by git, and so by a scan of folders.
 */

import { listViews } from "../literate/files.ts";
import { messageRewriter } from "../literate/positions.ts";

const VERBS = ["check", "test", "lint", "run"];
const USAGE = `usage: positions.ts [--book=FOLDER] ${VERBS.join("|")} ARGUMENT…`;

/** Runs deno and returns its exit code, or 2 for bad usage. */
export async function main(args: readonly string[]): Promise<number> {
  const option = args[0]?.startsWith("--book=") === true;
  const book = option ? (args[0] ?? "").slice("--book=".length) : "spec";
  const [verb, ...rest] = args.slice(option ? 1 : 0);
  if (verb === undefined || !VERBS.includes(verb)) {
    console.error(USAGE);
    return 2;
  }
  if (verb !== "lint") return await runDeno([verb, ...rest], book);
  const paths = rest.some((argument) => !argument.startsWith("-")) ? [] : ["."];
  return await runDeno([verb, ...rest, ...paths, ...listViews(book)], book);
}

/**
 * Runs deno with rewritten output.
 * @param args the arguments of deno.
 * @param book the folder of the chapters.
 * @returns deno's exit code.
 */
export async function runDeno(args: readonly string[], book: string): Promise<number> {
  const root = Deno.realPathSync(book);
  const rewrite = messageRewriter({ root, label: root.replace(/^.*\//, "") });
  const colour: Record<string, string> = Deno.stderr.isTerminal() && !Deno.noColor
    ? { FORCE_COLOR: "1" }
    : {};
  // By name: the permission to run "deno" is for the one on the path, wherever it is installed.
  const command = new Deno.Command("deno", {
    args: [...args],
    stdin: "inherit",
    stdout: "piped",
    stderr: "piped",
    env: colour,
  });
  const child = command.spawn();
  await Promise.all([
    copyLines(child.stdout, Deno.stdout, rewrite),
    copyLines(child.stderr, Deno.stderr, rewrite),
  ]);
  return (await child.status).code;
}

/** Copies whole lines as they come, so that no path is cut in two. */
async function copyLines(
  from: ReadableStream<Uint8Array<ArrayBuffer>>,
  to: { writeSync(bytes: Uint8Array): number },
  rewrite: (text: string) => string,
): Promise<void> {
  const encoder = new TextEncoder();
  let rest = "";
  for await (const text of from.pipeThrough(new TextDecoderStream())) {
    const end = (rest + text).lastIndexOf("\n") + 1;
    const ready = (rest + text).slice(0, end);
    rest = (rest + text).slice(end);
    writeAll(to, encoder.encode(rewrite(ready)));
  }
  writeAll(to, encoder.encode(rewrite(rest)));
}

function writeAll(to: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += to.writeSync(bytes.subarray(done));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
