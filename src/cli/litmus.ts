/**
 * `deno task litmus [--json] [--time] FILE…`: decides C litmus tests by the Linux-kernel memory model.
 */

import { LitmusError } from "../litmus/error.ts";
import { parse } from "../litmus/parser.ts";
import { print, toJson } from "../litmus/print.ts";
import { run } from "../litmus/run.ts";

const USAGE = `usage: deno task litmus [--json] [--time] FILE…

Reads C litmus files of the Linux-kernel memory model and prints what herd7 would: the final states that the
model allows and whether the condition holds. A comment \`Result: Never|Sometimes|Always|DEADLOCK\` in a file is checked.

  --json   print one JSON array instead of text
  --time   print the seconds that each test took

Exit status: 0 all ran and are as their comments say; 1 one is not; 2 a file cannot be read or is refused, or bad usage.
Refused, with file:line:column and the reason: RCU and SRCU, plain-access races, loops, arrays, structures, integers
other than int.`;

/** One file's outcome: what to print, and the exit code that it asks for. */
interface Outcome {
  readonly code: 0 | 1 | 2;
  readonly text: string;
  readonly json: Record<string, unknown>;
  readonly complaint: string | null;
}

function failed(file: string, complaint: string): Outcome {
  return { code: 2, text: "", json: { file, error: complaint }, complaint };
}

function judge(file: string, time: boolean): Outcome {
  try {
    const started = performance.now();
    const result = run(parse(file, Deno.readTextFileSync(file)));
    const seconds = time ? (performance.now() - started) / 1000 : undefined;
    const { expectation } = result.test;
    const mismatch = result.matched === false
      ? `${file}: Cannot confirm Result: ${expectation}: the model says ${result.observation}, ` +
        `${result.positive} for and ${result.negative} against`
      : null;
    return {
      code: mismatch === null ? 0 : 1,
      text: print(result, seconds),
      json: toJson(result, seconds),
      complaint: mismatch,
    };
  } catch (error) {
    if (error instanceof LitmusError) return failed(file, error.message);
    if (error instanceof Deno.errors.NotFound) return failed(file, `${file}: no such file`);
    if (error instanceof Deno.errors.IsADirectory) return failed(file, `${file}: is a folder`);
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
      return failed(file, `${file}: permission denied`);
    }
    throw error;
  }
}

/** Runs the verb and returns the exit code; see the usage text. */
export function main(args: readonly string[]): number {
  const options = args.filter((arg) => arg.startsWith("-"));
  const files = args.filter((arg) => !arg.startsWith("-"));
  if (options.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  const unknown = options.find((option) => option !== "--json" && option !== "--time");
  if (unknown !== undefined || files.length === 0) {
    if (unknown !== undefined) console.error(`unknown option ${unknown}`);
    console.error(USAGE);
    return 2;
  }
  const json: Record<string, unknown>[] = [];
  let code = 0;
  for (const file of files) {
    const outcome = judge(file, options.includes("--time"));
    json.push(outcome.json);
    if (!options.includes("--json") && outcome.text !== "") console.log(outcome.text);
    if (outcome.complaint !== null) console.error(outcome.complaint);
    code = Math.max(code, outcome.code);
  }
  if (options.includes("--json")) console.log(JSON.stringify(json, null, 2));
  return code;
}

if (import.meta.main) Deno.exit(main(Deno.args));
