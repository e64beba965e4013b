/** What the options of `deno task check` ask for. */
import type { ExploreOptions } from "explore/explore.ts";
import { joinPremises } from "explore/merge.ts";
import type { Bounds } from "explore/scenario.ts";
import type { Premise, Share } from "explore/search/share.ts";
import { readReport } from "./merge.ts";
import { type Arguments, numberOf, oneOf, type OptionKinds, UsageError } from "./usage.ts";

const MODES = ["naive", "reduced", "states", "random", "pct"] as const;

/** The options that there are. */
export const OPTIONS: OptionKinds = {
  list: "flag",
  json: "flag",
  driver: "FILE.ts",
  edition: "NAME|FILE.md",
  mode: MODES.join("|"),
  granularity: "sections|operations",
  memory: "sequential|relaxed",
  symmetry: "flag",
  seed: "NUMBER",
  "max-time": "SECONDS",
  executions: "NUMBER",
  depth: "NUMBER",
  preemptions: "NUMBER",
  shard: "I/N",
  settled: "REPORT",
  checkpoint: "FILE",
  workers: "N",
};

/** More do not help: a search has some 256 parts. */
const MOST_WORKERS = 64;

/** As many workers as are asked for, or as the machine has cores. */
export function workersOf(given: Arguments): number {
  const count = numberOf(given, "workers", 1) ?? navigator.hardwareConcurrency;
  if (Number.isInteger(count) && count <= MOST_WORKERS) return count;
  throw new UsageError(
    `Cannot use --workers=${count}: wanted a whole number up to ${MOST_WORKERS}`,
  );
}

/** What the share of another report settled of a scenario; what its executions learn is added. */
export function settledIn(given: Arguments, scenario: string): Partial<Premise> {
  const path = given.options.get("settled");
  if (path === undefined) return {};
  if (!given.options.has("shard")) throw new UsageError("Cannot use --settled without --shard");
  const verdicts = readReport(path).map(({ verdict }) => verdict);
  return joinPremises(verdicts.filter((verdict) => verdict.scenario === scenario));
}

/** The share that `--shard` names. */
function shareOf(given: Arguments, mode: ExploreOptions["mode"]): Share | undefined {
  const value = given.options.get("shard");
  if (value === undefined) return undefined;
  const [, index = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(value) ?? []).map(Number);
  if (index < 1 || index > of) {
    throw new UsageError(`Cannot read --shard=${value}: wanted I/N with I from 1 to N`);
  }
  if (mode !== "naive" && mode !== "reduced") {
    throw new UsageError(`Cannot split --mode=${mode}: wanted naive or reduced with --shard`);
  }
  if (!given.options.has("json")) {
    throw new UsageError("Cannot use --shard without --json: wanted a report for deno task merge");
  }
  return { index, of };
}

/** How to explore. */
export function exploreOptions(given: Arguments): Omit<ExploreOptions, "progress"> {
  const mode = oneOf(given, "mode", MODES) ?? "reduced";
  const granularity = oneOf(given, "granularity", ["sections", "operations"] as const);
  const memory = oneOf(given, "memory", ["sequential", "relaxed"] as const);
  if (memory === "relaxed" && granularity === "sections") {
    throw new UsageError(
      "Cannot use --memory=relaxed by sections: wanted --granularity=operations",
    );
  }
  const seed = numberOf(given, "seed", 0);
  if (seed !== undefined && mode !== "random" && mode !== "pct") {
    throw new UsageError("Cannot use --seed: wanted --mode=random or --mode=pct with it");
  }
  const bounds: { -readonly [K in keyof Bounds]: Bounds[K] } = {};
  for (const name of ["executions", "depth", "preemptions"] as const) {
    const limit = numberOf(given, name, name === "preemptions" ? 0 : 1);
    if (limit !== undefined) bounds[name] = limit;
  }
  if (mode === "reduced" && bounds.preemptions !== undefined) {
    throw new UsageError("Cannot use --preemptions: wanted --mode=naive, random or pct with it");
  }
  if (mode === "states" && (memory === "relaxed" || bounds.preemptions !== undefined)) {
    const option = memory === "relaxed" ? "--memory=relaxed" : "--preemptions";
    throw new UsageError(`Cannot use ${option} with --mode=states: wanted another mode`);
  }
  const share = shareOf(given, mode), symmetry = given.options.has("symmetry");
  if (symmetry && memory === "relaxed") {
    throw new UsageError("Cannot use --symmetry with --memory=relaxed");
  }
  for (const name of symmetry ? ["shard", "checkpoint"] : []) {
    if (given.options.has(name)) throw new UsageError(`Cannot use --symmetry with --${name}`);
  }
  return {
    bounds,
    mode,
    ...(share === undefined ? {} : { share }),
    ...(symmetry ? { symmetry } : {}),
    ...(granularity === undefined ? {} : { granularity }),
    ...(memory === undefined ? {} : { memory }),
    ...(seed === undefined ? {} : { seed }),
  };
}
