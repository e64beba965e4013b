/**
 * `deno task hw < COMMANDS`: prints for each command of a hardware trace the answers that are
 * allowed, and checks those that the trace comes with. `deno task hw --random=SEED` prints commands
 * to ask another implementation. The chapter on hardware traces has the format.
 */
import { root } from "./sources.ts";
import { numberOf, readArguments, UsageError } from "./usage.ts";

const USAGE = `usage: deno task hw < COMMANDS
       deno task hw --random=SEED [--lines=NUMBER]

Reads commands for an IOMMU, one JSON object a line, and prints each with the set of its allowed answers.
An "answer" or "allowed" in a line is checked. The format is in spec/18-hardware-traces.md.
With --random it reads nothing and prints random commands, 150 if --lines says nothing else.

Exit status: 0 every answer is allowed; 1 one is not; 2 a line cannot be read, or bad usage.`;

/** What the chapter's `runTrace` answers. */
interface TraceRun {
  readonly lines: readonly string[];
  readonly end: {
    readonly kind: string;
    readonly line: number;
    readonly column?: number;
    readonly message: string;
  } | null;
}

/** What of the chapter is used here. */
interface Chapter {
  runTrace(text: string): TraceRun;
  randomTrace(seed: number, count: number): string[];
}

/** Runs the verb and returns the exit code; see the usage text. */
export async function main(args: readonly string[]): Promise<number> {
  if (args.length === 1 && args[0] === "--help") {
    console.log(USAGE);
    return 0;
  }
  const chapter: Chapter = await import(new URL("spec/18-hardware-traces.ts", root).href);
  try {
    const given = readArguments(args, { random: "SEED", lines: "NUMBER" });
    if (given.words.length > 0) {
      throw new UsageError("Cannot take arguments: wanted commands on standard input");
    }
    const seed = numberOf(given, "random", 0), count = numberOf(given, "lines", 1);
    if (seed !== undefined) {
      console.log(chapter.randomTrace(seed, count ?? 150).join("\n"));
      return 0;
    }
    if (count !== undefined) throw new UsageError("Cannot use --lines: wanted --random with it");
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n${USAGE}`);
    return 2;
  }
  return judge(chapter.runTrace(await new Response(Deno.stdin.readable).text()));
}

/** Prints what a run says and returns the exit code. */
function judge({ lines, end }: TraceRun): number {
  if (lines.length > 0) console.log(lines.join("\n"));
  if (end === null) return 0;
  const column = end.column === undefined ? "" : `:${end.column}`;
  console.error(`-:${end.line}${column}: ${end.message}`);
  return end.kind === "malformed" ? 2 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
