/**
 * `deno task check --driver=FILE.ts`: holds a reader's IOMMU driver against the contract of the
 * chapter on IOMMU drivers. Every state is explored; the first law that falls is told with a
 * shortest schedule.
 */
import { Execution } from "explore/execution.ts";
import type { Scenario } from "explore/scenario.ts";
import { exploreStates, type StatesFound } from "explore/search/states.ts";
import { machine } from "explore/task.ts";
import { fromReader, readReadersFile, root } from "./sources.ts";
import { UsageError } from "./usage.ts";

/** What a reader's module must export as `driver`; the chapter defines the same by name. */
interface Driver {
  readonly name: string;
  readonly parameters: object;
  makeOps(...args: readonly unknown[]): object;
}

/** Judges the driver in `path`; 0 if it keeps the contract, 1 if not. */
export async function checkDriver(path: string): Promise<number> {
  readReadersFile(path);
  const module: Record<string, unknown> = await import(fromReader(path).href);
  const driver = module["driver"];
  if (!isDriver(driver)) {
    throw new UsageError(
      `Cannot check ${path}: wanted an export "driver" with name, parameters and makeOps`,
    );
  }
  const chapter = await import(new URL("spec/12-iommu-drivers.ts", root).href);
  const contract = chapter.driverContract as (driver: Driver) => Scenario[];
  let code = 0;
  for (const asked of contract(driver)) {
    const found = exploreStates(asked, { untilFault: true });
    console.log(verdictOf(asked, found));
    if (found.findings.length > 0) code = 1;
  }
  return code;
}

function isDriver(value: unknown): value is Driver {
  if (typeof value !== "object" || value === null) return false;
  const { name, parameters, makeOps } = value as Partial<Driver>;
  return typeof name === "string" && typeof parameters === "object" &&
    typeof makeOps === "function";
}

function verdictOf(asked: Scenario, found: StatesFound): string {
  const head = `${asked.name}: ${asked.title}`;
  const [first] = found.findings;
  if (first === undefined) return `${head}\n  holds, in all of ${found.states} states`;
  const lines = turns(asked, found).map((line) => `    ${line}`).join("\n");
  return `${head}\n  ${first.message}\n  after ${first.schedule.length} steps:\n${lines}`;
}

/** The schedule of the first finding, one line for each turn of a task. */
function turns(asked: Scenario, { findings, learned }: StatesFound): string[] {
  const execution = new Execution(asked, "sections", learned);
  const lines: string[] = [];
  let before = "";
  try {
    execution.begin();
    for (const id of findings[0]?.schedule ?? []) {
      const { name = "", label = "" } = machine.tasks[id] ?? {};
      if (name === before) lines.push(`${lines.pop()}; ${label}`);
      else lines.push(`${name}: ${label}`);
      before = name;
      execution.step(id);
    }
  } finally {
    execution.close();
  }
  return lines;
}
