/**
 * `deno task replay TRACE [options]`: runs a kept trace again and shows it. TRACE is a file that
 * `deno task check` wrote, or one with its `--json` output.
 */
import { showPlacesFrom } from "explore/stack.ts";
import { formats } from "explore/trace/formats.ts";
import { readTrace, TraceFormatError } from "explore/trace/json.ts";
import { replayRelaxed, replayStrictly } from "explore/trace/replay.ts";
import { ReplayError } from "explore/trace/run.ts";
import type { Trace } from "explore/trace/trace.ts";
import { openEdition, openModule, readReadersFile, root, type Source } from "./sources.ts";
import { oneOf, type OptionKinds, readArguments, UsageError, wanted } from "./usage.ts";

const FORMATS = Object.keys(formats);

const OPTIONS: OptionKinds = {
  format: FORMATS.join("|"),
  relaxed: "flag",
  edition: "NAME|FILE.md",
};

/** What `deno task replay` with wrong arguments is told. */
export const usage = `usage: deno task replay TRACE [--format=${FORMATS.join("|")}] [--relaxed] ` +
  "[--edition=NAME|FILE.md]";

/** Runs the verb; the exit code is 0 when the trace ends as it did and 1 when it does not. */
export async function replay(args: readonly string[]): Promise<number> {
  const given = readArguments(args, OPTIONS);
  const format = oneOf(given, "format", FORMATS) ?? "text";
  const [path, ...more] = given.words;
  if (path === undefined || more.length > 0) {
    throw new UsageError(`Cannot replay ${given.words.length} files: wanted one TRACE\n${usage}`);
  }
  showPlacesFrom(root.href);
  const trace = readTraceFile(path);
  const source = await open(trace, given.options.get("edition"));
  const scenario = source.scenarios.find(({ name }) => name === trace.scenario);
  if (scenario === undefined) {
    const known = source.scenarios.map(({ name }) => name);
    throw new UsageError(
      `Cannot replay ${path}: there is no scenario "${trace.scenario}"; ` +
        wanted(trace.scenario, known),
    );
  }
  const text = await source.text();
  const show = formats[format] as (trace: Trace) => string;
  try {
    if (!given.options.has("relaxed")) {
      console.log(show(replayStrictly(scenario, text, trace)).trimEnd());
      return 0;
    }
    const { trace: now, fitted, skipped, inserted } = replayRelaxed(scenario, text, trace);
    console.log(show(now).trimEnd());
    console.error(
      `${fitted} of ${trace.steps.length} steps fit, ${skipped} skipped, ${inserted} inserted; ` +
        `before: ${trace.fault?.message ?? "ends well"}; now: ${now.fault?.message ?? "ends well"}`,
    );
    return now.fault?.message === trace.fault?.message ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error;
    console.error(error.message);
    return 1;
  }
}

function open(trace: Trace, edition: string | undefined): Promise<Source> {
  if (trace.text.module !== null && edition === undefined) return openModule(trace.text.module);
  return openEdition(edition ?? trace.text.edition);
}

/** A trace file, or the first trace in the array that `deno task check --json` prints. */
function readTraceFile(path: string): Trace {
  const text = readReadersFile(path);
  try {
    return readTrace(/^\s*\[/.test(text) ? firstTrace(text) : text);
  } catch (error) {
    if (!(error instanceof TraceFormatError)) throw error;
    throw new UsageError(`${path}: ${error.message}`);
  }
}

function firstTrace(text: string): string {
  const rows: unknown = JSON.parse(text);
  const traces = Array.isArray(rows)
    ? rows.map((row: { trace?: unknown } | null) => row?.trace).filter((trace) => trace != null)
    : [];
  if (traces.length === 1) return JSON.stringify(traces[0]);
  throw new TraceFormatError(`Cannot replay ${traces.length} traces: wanted one`);
}
