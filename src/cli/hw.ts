/**
 * `deno task hw < COMMANDS`: prints for each command of a hardware trace the answers that are
 * allowed, and checks those that the trace comes with. The chapter on hardware traces has the format.
 */
import { root } from "./sources.ts";

const USAGE = `usage: deno task hw < COMMANDS

Reads commands for an IOMMU, one JSON object a line, and prints each with the set of its allowed answers.
An "answer" or "allowed" in a line is checked. The format is in spec/18-hardware-traces.md.

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

/** Runs the verb and returns the exit code; see the usage text. */
export async function main(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    const asked = args.length === 1 && args[0] === "--help";
    if (asked) console.log(USAGE);
    else console.error(`Cannot take arguments: wanted commands on standard input\n${USAGE}`);
    return asked ? 0 : 2;
  }
  const text = await new Response(Deno.stdin.readable).text();
  const chapter = await import(new URL("spec/18-hardware-traces.ts", root).href);
  const { lines, end } = (chapter.runTrace as (text: string) => TraceRun)(text);
  if (lines.length > 0) console.log(lines.join("\n"));
  if (end === null) return 0;
  const column = end.column === undefined ? "" : `:${end.column}`;
  console.error(`-:${end.line}${column}: ${end.message}`);
  return end.kind === "malformed" ? 2 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
