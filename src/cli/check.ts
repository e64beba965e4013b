/**
 * `deno task check [SCENARIO…|FILE.ts] [options]`: explores scenarios and says whether each does
 * what it is known to do.
 */
import type { ExploreOptions } from "explore/explore.ts";
import type { Scenario } from "explore/scenario.ts";
import { readStack, showPlacesFrom } from "explore/stack.ts";
import { showFrames } from "explore/trace/text.ts";
import type { Trace, TraceText } from "explore/trace/trace.ts";
import type { Verdict } from "explore/verdict.ts";
import type { Batch } from "./batch.ts";
import { exploreOptions, OPTIONS, settledIn, workersOf } from "./check_options.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { later } from "./later.ts";
import { Meter } from "./progress.ts";
import { asJson, listing, type Result, summary, traceLines, verdictLines } from "./results.ts";
import { AS_POSTED, fromReader, openEdition, openModule, root, type Source } from "./sources.ts";
import { type Arguments, numberOf, readArguments, UsageError, wanted } from "./usage.ts";
import { search, searchInBatch, type Work } from "./workers.ts";

/** Code of a scenario or an edition threw what is no fault, such as a name that is not defined. */
export class BrokenCodeError extends Error {
  override readonly name = "BrokenCodeError";

  constructor(scenario: string, cause: unknown) {
    const stack = cause instanceof Error ? readStack(cause.stack ?? "") : [];
    super(`Cannot explore ${scenario}: ${String(cause)}\n${showFrames(stack).trimEnd()}`, {
      cause,
    });
  }
}

/** So many scenarios make a batch: to start two Workers that load the book takes as long as some ten. */
export const MANY = 20;

/** Where the traces of findings are kept, below the repository's root. */
const TRACES = "_out/traces";

/** Runs the verb; the exit code is 0 when all is as expected and 1 when something is not. */
export async function check(args: readonly string[]): Promise<number> {
  const given = readArguments(args, OPTIONS);
  const driver = given.options.get("driver");
  if (driver !== undefined) {
    if (args.length > 1) throw new UsageError("Cannot use --driver with anything else");
    return await (await later.driver()).checkDriver(driver);
  }
  const options = exploreOptions(given);
  showPlacesFrom(root.href);
  const chosen = await choose(given);
  const isJson = given.options.has("json");
  const { share } = options;
  if (given.options.has("list")) {
    console.log(listing(chosen.map(({ scenario }) => scenario), isJson));
    return 0;
  }
  const workers = workersOf(given);
  const meter = new Meter(numberOf(given, "max-time", 0) ?? Infinity);
  const checkpoint = await checkpointOf(given, chosen, options);
  using batch = checkpoint === undefined ? await batchOf(chosen, options, workers) : null;
  const results: Result[] = [];
  for (const [index, { source, scenario }] of chosen.entries()) {
    const work: Work = {
      source,
      scenario,
      options: { ...options, ...settledIn(given, scenario.name), edition: source.edition },
      workers,
      meter,
      store: checkpoint,
    };
    const verdict = await (batch === null ? search(work) : searchInBatch(work, batch, index))
      .catch((error: unknown) => {
        throw new BrokenCodeError(scenario.name, error);
      });
    if (verdict === null) continue;
    if (meter.isStopped) checkpoint?.write();
    else checkpoint?.remove();
    // The verdict first: a trace takes longer than the search of a small scenario.
    if (!isJson) console.log(verdictLines(scenario, verdict));
    // The trace of a share would not be the one of the whole.
    const trace = share === undefined && verdict.findings.length > 0
      ? await traceOf(scenario, verdict, await source.text())
      : null;
    if (!isJson && trace !== null) console.log(traceLines(trace, keep(trace), chosen.length === 1));
    const text = share === undefined ? {} : { text: (await source.text()).hash };
    results.push({ scenario, verdict, trace, ...text });
    if (meter.isStopped && batch === null) break;
  }
  const left = chosen.length - results.length;
  console.log(isJson ? asJson(results) : summary(results, left));
  // Whether a share is as expected is not known before it is merged with the others.
  const isGood = ({ verdict: { asExpected, share } }: Result): boolean =>
    share === undefined ? asExpected : share.isCovered;
  return left === 0 && results.every(isGood) ? 0 : 1;
}

/** Explores the scenarios ahead, side by side, where they are many and of one text. */
async function batchOf(
  chosen: readonly Chosen[],
  options: Omit<ExploreOptions, "progress">,
  workers: number,
): Promise<Batch | null> {
  const source = chosen[0]?.source, isOneText = chosen.every((one) => one.source === source);
  if (source === undefined || !isOneText || chosen.length < MANY) return null;
  if (workers === 1 || options.share !== undefined) return null;
  const { Batch } = await later.batch();
  return new Batch(source, chosen.map(({ scenario }) => scenario), options, workers);
}

/** Where the search keeps what it has done, if it is told to. */
async function checkpointOf(
  given: Arguments,
  chosen: readonly Chosen[],
  { mode, granularity = "sections", memory, bounds, share }: ExploreOptions,
): Promise<Checkpoint | undefined> {
  const path = given.options.get("checkpoint");
  if (path === undefined) return undefined;
  const [only] = chosen;
  if (only === undefined || chosen.length > 1) {
    throw new UsageError("Cannot use --checkpoint: wanted one scenario with it");
  }
  if (mode !== "naive" && mode !== "reduced") {
    throw new UsageError(`Cannot use --checkpoint with --mode=${mode}: wanted naive or reduced`);
  }
  const { hash } = await only.source.text();
  const of = share === undefined ? "" : `, share ${share.index}/${share.of}`;
  const { name, memory: own = "sequential" } = only.scenario;
  const key = `${name} in ${only.source.edition} ${hash}, ${mode} by ${granularity}` +
    `, ${memory ?? own} memory` +
    `, bounds ${JSON.stringify(bounds)}${of}`;
  const { Checkpoint } = await later.checkpoint();
  return new Checkpoint(fromReader(path), key);
}

interface Chosen {
  readonly source: Source;
  readonly scenario: Scenario;
}

/** The scenarios that the words name, out of the modules that they name or else of the book. */
async function choose(given: Arguments): Promise<Chosen[]> {
  const edition = given.options.get("edition") ?? AS_POSTED;
  const isModule = (word: string): boolean => /\.[mc]?[jt]s$/.test(word);
  const modules = given.words.filter(isModule);
  const names = given.words.filter((word) => !isModule(word));
  if (modules.length > 0 && edition !== AS_POSTED) {
    throw new UsageError(
      `Cannot check ${modules[0]} with --edition: a module imports the book as it stands`,
    );
  }
  const sources = modules.length === 0
    ? [await openEdition(edition)]
    : await Promise.all(modules.map(openModule));
  for (const [index, path] of modules.entries()) {
    if (sources[index]?.scenarios.length !== 0) continue;
    throw new UsageError(`Cannot check ${path}: wanted a module that exports a scenario(…)`);
  }
  const all = sources.flatMap((source) =>
    source.scenarios.map((scenario) => ({ source, scenario }))
  );
  if (names.length === 0) return all;
  return names.map((name) => {
    const found = all.find(({ scenario }) => scenario.name === name);
    if (found !== undefined) return found;
    const known = all.map(({ scenario }) => scenario.name);
    throw new UsageError(`Cannot find the scenario "${name}": ${wanted(name, known)}`);
  });
}

/** The trace of what was found. Most checks find nothing, and do not load what makes one. */
async function traceOf(
  scenario: Scenario,
  verdict: Verdict,
  text: TraceText,
): Promise<Trace | null> {
  const { traceOfVerdict } = await later.finding();
  return traceOfVerdict(scenario, verdict, text);
}

/** Writes a trace where `deno task replay` finds it; answers its path. */
function keep(trace: Trace): string | null {
  const edition = trace.text.edition.replace(/\.md$/, "").replace(/[^\w-]+/g, "-");
  const path = `${TRACES}/${trace.scenario.replace(/[^\w-]+/g, "-")}.${edition}.json`;
  try {
    Deno.mkdirSync(new URL(`${TRACES}/`, root), { recursive: true });
    Deno.writeTextFileSync(new URL(path, root), `${JSON.stringify(trace, null, 1)}\n`);
    return path;
  } catch (error) {
    console.error(`Cannot keep the trace in ${path}: ${(error as Error).message}`);
    return null;
  }
}
