/**
 * `deno task merge REPORT…`: joins what `deno task check --shard=I/N --json` printed for every I.
 * Refuses reports of different texts, scenarios, bounds or cuts, and reports that are not the whole.
 */
import { MergeError, mergeVerdicts } from "explore/merge.ts";
import type { Verdict } from "explore/verdict.ts";
import { asJson, type Result, summary, verdictLines } from "./results.ts";
import { readReadersFile } from "./sources.ts";
import { readArguments, UsageError } from "./usage.ts";

/** What a report says of one scenario. */
export interface Row {
  readonly title: string;
  /** The hash of the text that was explored. */
  readonly text: string;
  readonly verdict: Verdict;
}

interface FromFile {
  readonly path: string;
  readonly row: Row;
}

/** Runs the verb; the exit code is 0 when the whole is as expected, 1 when not, or not joined. */
export function merge(args: readonly string[]): Promise<number> {
  const given = readArguments(args, { json: "flag" });
  if (given.words.length === 0) {
    throw new UsageError("Cannot merge nothing: wanted REPORT…, of deno task check --shard --json");
  }
  const rows = given.words.flatMap((path) => readRows(path));
  const isJson = given.options.has("json");
  const names = new Set(rows.map(({ row }) => row.verdict.scenario));
  const results: Result[] = [];
  try {
    for (const name of names) {
      results.push(join(rows.filter(({ row }) => row.verdict.scenario === name)));
    }
  } catch (error) {
    if (!(error instanceof MergeError)) throw error;
    console.error(error.message);
    if (error.message.includes("settled differs")) {
      console.error("Run the shares again with --settled=REPORT of the one that settled more");
    }
    return Promise.resolve(1);
  }
  if (!isJson) {
    for (const { scenario, verdict } of results) console.log(verdictLines(scenario, verdict));
  }
  console.log(isJson ? asJson(results) : summary(results, 0));
  return Promise.resolve(results.every(({ verdict }) => verdict.asExpected) ? 0 : 1);
}

function readRows(path: string): FromFile[] {
  return readReport(path).map((row) => ({ path, row }));
}

/**
 * Reads a report of shares.
 * @throws {UsageError} when the file is something else
 */
export function readReport(path: string): Row[] {
  const wrong = (why: string): UsageError =>
    new UsageError(`Cannot read ${path}: ${why}, wanted what check --shard --json printed`);
  let report: unknown;
  try {
    report = JSON.parse(readReadersFile(path));
  } catch (error) {
    if (error instanceof SyntaxError) throw wrong("it is no JSON");
    throw error;
  }
  if (!Array.isArray(report) || report.length === 0) throw wrong("it holds no scenarios");
  return report.map((row) => {
    if (row?.verdict?.share === undefined) throw wrong("it is no report of a share");
    return row as Row;
  });
}

function join(rows: readonly FromFile[]): Result {
  const [first] = rows;
  if (first === undefined) throw new MergeError("Cannot merge nothing: wanted reports of shares");
  for (const { path, row } of rows) {
    if (row.text === first.row.text) continue;
    const { scenario } = row.verdict;
    throw new MergeError(
      `Cannot merge ${first.path} and ${path}: they explored ${scenario} in different texts`,
    );
  }
  const verdict = mergeVerdicts(rows.map(({ row }) => row.verdict));
  const { title } = first.row;
  return {
    scenario: { name: verdict.scenario, title, expect: verdict.expected },
    verdict,
    trace: null,
  };
}
