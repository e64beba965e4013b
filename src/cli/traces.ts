/**
 * `deno task traces [--update]`: holds every trace that a chapter shows against what the explorer
 * finds now, and writes those anew that are stale.
 *
 * The fence names a scenario. It is explored, what is found is shrunk and recorded as on the command
 * line, and the recording, as `compactTrace` tells it, has to be the text of the fence.
 */
import { explore } from "explore/explore.ts";
import { type Scenario, scenariosIn } from "explore/scenario.ts";
import { compactTrace } from "explore/trace/compact.ts";
import { traceOfVerdict } from "explore/trace/finding.ts";
import type { Trace, TraceText } from "explore/trace/trace.ts";
import { type Fence, parseChapter, type Source } from "../literate/chapter.ts";
import { readChapters, tangleFolder, writeAll } from "../literate/files.ts";
import { type Finding, LiterateError, type Rule } from "../literate/finding.ts";
import { loadEdition } from "../literate/load.ts";
import { bookFolder } from "./book_folder.ts";
import { wanted } from "./usage.ts";

const USAGE = "usage: deno task traces [FOLDER] [--update]";

/** A fence that shows a trace, and its chapter. */
interface Place {
  readonly path: string;
  readonly fence: Fence;
  readonly name: string;
}

/** A trace fence and the trace that should be in it. */
interface Recorded {
  readonly place: Place;
  readonly trace: Trace;
  readonly threads: readonly string[];
}

/** What is wrong with the traces that the chapters show; nothing if each is as it is found. */
export async function checkTraces(chapters: readonly Source[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { place, trace, threads } of await recordAll(chapters)) {
    const { path, fence: { body, open, close }, name } = place;
    const lines = compactTrace(trace, threads);
    const at = lines.findIndex((line, index) => line !== body[index]);
    if (at < 0 && lines.length === body.length) continue;
    const offset = at < 0 ? lines.length : at;
    const line = Math.min(open.line + 1 + offset, close.line);
    const now = lines[offset] === undefined ? "its end" : `"${lines[offset]}"`;
    const message = `Cannot confirm the trace of ${name}: wanted ${now} here; ` +
      "`deno task traces --update` writes it anew";
    findings.push(problem("stale-trace", path, line, message));
  }
  return findings;
}

/** The chapters with all their traces as they are found. */
export async function updateTraces(chapters: readonly Source[]): Promise<Source[]> {
  const recorded = await recordAll(chapters);
  return chapters.map(({ path, text }) => {
    const own = recorded.filter(({ place }) => place.path === path);
    const lines = text.split("\n");
    // From the last to the first, so that the places of those to come stay right.
    for (const { place: { fence }, trace, threads } of own.toReversed()) {
      const shown = compactTrace(moved(trace, recorded), threads);
      lines.splice(fence.open.line, fence.body.length, ...shown);
    }
    return { path, text: lines.join("\n") };
  });
}

/** `trace` with the lines that its places will have when all of `recorded` are written. */
function moved(trace: Trace, recorded: readonly Recorded[]): Trace {
  const growth = recorded.map(({ place, trace: found, threads }) => ({
    path: place.path,
    line: place.fence.open.line,
    by: compactTrace(found, threads).length - place.fence.body.length,
  }));
  const steps = trace.steps.map((step) => {
    const { at } = step;
    if (at === null) return step;
    const above = growth.filter(({ path, line }) => at.file === path && line < at.line);
    return { ...step, at: { ...at, line: above.reduce((sum, { by }) => sum + by, at.line) } };
  });
  return { ...trace, steps };
}

/** Explores what the fences name, and records what is found. */
async function recordAll(chapters: readonly Source[]): Promise<Recorded[]> {
  const places = chapters.flatMap(placesIn);
  if (places.length === 0) return [];
  const resolve = (specifier: string): string => import.meta.resolve(specifier);
  const { edition: { hash }, modules } = await loadEdition({ chapters, resolve });
  const exported: unknown[] = [...modules.values()].flatMap((module) => Object.values(module));
  const text = { edition: "as-posted", module: null, hash, definitions: {} };
  return places.map((place) => recordOne(place, scenariosIn(exported), text));
}

function recordOne(place: Place, scenarios: readonly Scenario[], text: TraceText): Recorded {
  const { path, fence: { open: { line } }, name } = place;
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) {
    const known = scenarios.map((one) => one.name);
    const message = `Cannot find the scenario "${name}": ${wanted(name, known)}`;
    throw new LiterateError([problem("unknown-scenario", path, line, message)]);
  }
  const trace = traceOfVerdict(scenario, explore(scenario, { mode: "reduced" }), text);
  if (trace === null) {
    const message = `Cannot show a trace of ${name}: nothing is found in it`;
    throw new LiterateError([problem("no-trace", path, line, message)]);
  }
  return { place, trace, threads: Object.keys(scenario.threads) };
}

function problem(rule: Rule, path: string, line: number, message: string): Finding {
  return { path, line, column: 1, rule, message };
}

function placesIn({ path, text }: Source): Place[] {
  return parseChapter(path, text).fences.flatMap((fence) =>
    fence.trace === null ? [] : [{ path, fence, name: fence.trace }]
  );
}

/** Runs the verb: 0 when all traces are right, 1 when not, 2 for a call that makes no sense. */
export async function main(args: readonly string[]): Promise<number> {
  const words = args.filter((word) => word !== "--update");
  if (words.some((word) => word.startsWith("-"))) {
    console.error(`Cannot read ${words.join(" ")}\n${USAGE}`);
    return 2;
  }
  const root = bookFolder("traces", words);
  if (root === null) return 2;
  try {
    const chapters = readChapters(root);
    const count = chapters.flatMap(placesIn).length;
    if (args.includes("--update")) {
      const changed = (await updateTraces(chapters)).filter(({ text }, index) =>
        text !== chapters[index]?.text
      );
      writeAll(changed);
      tangleFolder(root);
      console.log(`${count} traces; written: ${changed.map(({ path }) => path).join() || "none"}`);
      return 0;
    }
    const findings = await checkTraces(chapters);
    if (findings.length > 0) throw new LiterateError(findings);
    console.log(`${count} traces, all as they are found`);
    return 0;
  } catch (error) {
    if (!(error instanceof LiterateError)) throw error;
    console.error(error.message);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
