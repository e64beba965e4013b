/**
 * `deno task bench [--max=N] [--seconds=S] [--no-book]`: what searches cost.
 *
 * Five parts. Every scenario of the book, reduced and naive. The hardware alone, reduced. The families
 * exit || N unbinds and exit || N waiters, reduced and naive, with and without sanitizers, and over
 * states, and how the cost grows with N. The first of them with every operation as a step, reduced and over
 * states. Whole processes: the program behind `deno task check` from call to verdict, reduced, over states and
 * so with every operation as a step, beside SPIN from model to verdict where it is installed; and
 * `deno task check` with one worker and two. Every search runs in a process of its own and ends after S
 * seconds; one that ended so is marked as cut, and its family goes no further. A short search is run again in
 * its process, to see what it takes warm.
 *
 * Writes the tables to standard output and everything to `_out/bench/bench.json`.
 */
import { FAMILIES, hardwareLaws, type Job, type Row } from "./bench_row.ts";
import { missingTool, runSpin, type SpinRow } from "./bench_spin.ts";
import {
  ENGINE,
  folder,
  measureProcess,
  measureTeam,
  type ProcessRow,
  type TeamRow,
} from "./bench_process.ts";
import { CHECKED, growthOf, growthTable, rowsTable, spinTable, teamTable } from "./bench_report.ts";
import { seconds, table } from "./bench_table.ts";
import { AS_POSTED, openEdition, root } from "./sources.ts";
import type { Mode } from "explore/verdict.ts";
import { numberOf, readArguments, UsageError } from "./usage.ts";

const MODES = ["reduced", "naive"] as const;

/** The size up to which traces by single operations are counted: there are 30 times more at each. */
const MOST_TRACES = 4;

async function runRow(job: Job): Promise<Row> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // Linux tells a process the peak of its memory only if the engine may read everything.
    args: ["run", ENGINE, "--allow-all", "src/cli/bench_row.ts", JSON.stringify(job)],
    cwd: decodeURI(root.pathname),
  }).output();
  if (!success) throw new Error(`Cannot measure ${job.name}: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function measureBook(limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  const { scenarios } = await openEdition(AS_POSTED);
  for (const { name } of scenarios) {
    for (const mode of MODES) {
      rows.push(await runRow({ name, mode, sanitizers: true, seconds: limit }));
    }
  }
  return rows;
}

/** The scripts of the chapter on hardware laws: the machine and a driver, without the patch. */
async function measureHardware(limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of Object.keys(await hardwareLaws())) {
    if (!name.endsWith("Script")) continue;
    rows.push(await runRow({ name, mode: "reduced", sanitizers: true, seconds: limit }));
  }
  return rows;
}

/** The family with every operation as a step, whose traces and states other model checkers count too. */
async function measureOperations(
  name: string,
  mode: Mode,
  max: number,
  limit: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let size = 1; size <= max; size++) {
    const job = { name, size, mode, granularity: "operations", seconds: limit } as const;
    const row = await runRow({ ...job, sanitizers: true });
    rows.push(row);
    if (!row.isExhaustive) break;
  }
  return rows;
}

async function measureFamily(name: string, max: number, limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const mode of MODES) {
    for (let size = 1; size <= max; size++) {
      const job = { name, size, mode, seconds: limit };
      const row = await runRow({ ...job, sanitizers: true });
      rows.push(row, await runRow({ ...job, sanitizers: false, learned: row.learned }));
      if (!row.isExhaustive) break;
    }
  }
  return rows;
}

/** The states of a family, without the names of its threads, all but one of which are alike. */
async function measureStates(name: string, max: number, limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (let size = 1; size <= max; size++) {
    const job = { name, size, mode: "states", seconds: limit } as const;
    const row = await runRow({ ...job, sanitizers: true });
    rows.push(row, await runRow({ ...job, sanitizers: false, learned: row.learned }));
    if (!row.isExhaustive) break;
  }
  return rows;
}

/** A scenario of the book that is large enough for more than one worker, and all of them together. */
const LARGE = [["joined-all-riscv"], []];

/** Sizes from 1 to `max`, but none after the first that the reduced search did not finish. */
function finished(rows: readonly Row[], family: string, max: number): number[] {
  const cut = rows.find((row) =>
    row.name === family && row.mode === "reduced" && row.sanitizers && !row.isExhaustive
  );
  const last = Math.min(max, (cut?.size ?? Infinity) - 1);
  return Array.from({ length: Math.max(0, last) }, (_, index) => index + 1);
}

/** Runs the verb; the exit code is 2 for bad usage. */
export async function main(args: readonly string[]): Promise<number> {
  const given = readArguments(args, { max: "N", seconds: "S", "no-book": "flag" });
  if (given.words.length > 0) {
    throw new UsageError(`Cannot measure ${given.words[0]}: wanted options only`);
  }
  const max = numberOf(given, "max", 1) ?? 6, limit = numberOf(given, "seconds", 0) ?? 10;
  Deno.mkdirSync(folder, { recursive: true });
  const book = given.options.has("no-book") ? [] : await measureBook(limit);
  if (book.length > 0) console.log(`The scenarios of the book\n\n${rowsTable(book)}\n`);
  const hardware = given.options.has("no-book") ? [] : await measureHardware(limit);
  if (hardware.length > 0) console.log(`The hardware alone\n\n${rowsTable(hardware)}\n`);
  const families: Row[] = [];
  for (const name of FAMILIES) families.push(...await measureFamily(name, max, limit));
  for (const name of FAMILIES) families.push(...await measureStates(name, max, limit));
  console.log(`Families\n\n${rowsTable(families)}\n`);
  const [unbinds] = FAMILIES, few = Math.min(max, MOST_TRACES);
  const operations = [
    ...await measureOperations(unbinds, "reduced", few, limit),
    ...await measureOperations(unbinds, "states", max, limit),
  ];
  console.log(`Every operation a step\n\n${rowsTable(operations)}\n`);
  const growths = FAMILIES.flatMap((name) =>
    [...MODES, "states"].map((mode) => growthOf(families, name, mode))
  );
  console.log(
    `Growth from N to N + 1, fitted; cost of the sanitizers\n\n${growthTable(growths)}\n`,
  );
  const processes: ProcessRow[] = [], spins: SpinRow[] = [];
  const missing = await missingTool();
  for (const family of FAMILIES) {
    for (const size of finished(families, family, max)) {
      for (const how of CHECKED) processes.push(await measureProcess(family, size, how));
      if (missing !== null) continue;
      for (const steps of ["operations", "sections"] as const) {
        spins.push(await runSpin(folder, family, size, steps));
      }
    }
  }
  if (missing === null) console.log(`Whole processes\n\n${spinTable(processes, spins)}\n`);
  else {
    const times = processes.map((row) => [
      `${row.family}(${row.size}), ${row.mode}, ${row.granularity}`,
      seconds(row.seconds),
      row.outcome,
    ]);
    console.log(`Whole processes\n\n${table(["", "check s", "found"], times)}\n`);
    console.log(`SPIN was left out: there is no ${missing} on this machine`);
  }
  const teams: TeamRow[] = [];
  for (const names of given.options.has("no-book") ? [] : LARGE) {
    teams.push(await measureTeam(...names));
  }
  if (teams.length > 0) console.log(`One worker and two\n\n${teamTable(teams)}\n`);
  const path = `${folder}/bench.json`;
  const measured = { book, hardware, families, operations, growths, processes, spins, teams };
  const report = { limit, missing, ...measured };
  Deno.writeTextFileSync(path, `${JSON.stringify(report, null, 1)}\n`);
  console.log("everything is in _out/bench/bench.json");
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}
