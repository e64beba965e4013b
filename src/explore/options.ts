/** How a scenario can be explored. */
import type { Learned } from "./execution.ts";
import type { MemoryModel } from "./relaxed/hook.ts";
import type { Bounds, Scenario } from "./scenario.ts";
import { DEFAULT_BUG_DEPTH } from "./search/random.ts";
import type { Cut, PartStore, Share } from "./search/share.ts";
import { alike } from "./symmetry.ts";
import type { Granularity } from "./task.ts";
import type { Mode } from "./verdict.ts";

/** How to explore. What is left out comes from the scenario or is the default. */
export interface ExploreOptions {
  readonly mode?: Mode;
  /** `sections` by default. Under relaxed memory it is `operations` whatever is said here. */
  readonly granularity?: Granularity;
  /**
   * What the scenario says by default. Relaxed memory is for small scenarios; there the reduced mode
   * follows equal states once and the naive one does not.
   */
  readonly memory?: MemoryModel;
  readonly bounds?: Bounds;
  /**
   * Of threads that are alike, only one order of their beginnings; see symmetry.ts. Not for a share of
   * a search, and without effect under relaxed memory.
   */
  readonly symmetry?: boolean;
  readonly edition?: string;
  /** What earlier explorations of the same text settled; nothing by default. */
  readonly learned?: Learned;
  /** The words that earlier explorations found to be visible; none by default. */
  readonly visible?: readonly number[];
  /** Only a share of the search, for the modes naive and reduced. Verdicts on shares are merged. */
  readonly share?: Share;
  /** With `share`: where results of parts are kept; by default they are forgotten. */
  readonly store?: PartStore;
  /**
   * With `store`: the search was cut elsewhere, and no part is explored that is not kept there; if
   * one is missing, the search is not exhaustive.
   */
  readonly kept?: Cut;
  /** Where the random numbers of the modes random and pct start; 1 by default. */
  readonly seed?: number;
  /** For pct: how many ordering constraints the bugs may have that it looks for; 3 by default. */
  readonly bugDepth?: number;
  /** Called with the numbers so far; answering false ends the search, which is then "bounded". */
  readonly progress?: (soFar: Progress) => boolean;
}

/** How far a search is. */
export interface Progress {
  readonly executions: number;
  readonly steps: number;
  readonly seconds: number;
  /** About how many executions there will be in all; missing where nothing can be said. */
  readonly expected?: number;
  /** The share of the executions so far that was run; missing if none was known from a state on. */
  readonly run?: number;
}

/** Where the random numbers start, if nobody says where. */
export const DEFAULT_SEED = 1;

/** What holds for an exploration, with what the options leave out. */
export interface Setup {
  readonly mode: Mode;
  readonly granularity: Granularity;
  readonly memory: MemoryModel;
  readonly bounds: Bounds;
  /** Threads that are alike, of which only one order of beginnings is searched. */
  readonly groups: readonly (readonly string[])[];
  /** Of a search that draws its schedules at random. */
  readonly seed?: number;
  readonly bugDepth?: number;
}

/**
 * What holds for an exploration of the scenario.
 * @throws {RangeError} when the options do not go together
 */
export function setupOf<S>(scenario: Scenario<S>, options: ExploreOptions): Setup {
  const { mode = "naive" } = options, bounds = { ...scenario.bounds, ...options.bounds };
  const memory = options.memory ?? scenario.memory ?? "sequential";
  const granularity = memory === "relaxed" ? "operations" : options.granularity ?? "sections";
  if (mode === "states" && memory === "relaxed") {
    throw new RangeError("Cannot search states under relaxed memory: wanted another mode");
  }
  if (bounds.preemptions !== undefined) checkPreemptions(mode, memory);
  const groups = groupsOf(scenario, memory, options);
  return { mode, granularity, memory, bounds, groups, ...samplingOf(options) };
}

/** @throws {RangeError} when preemptions cannot be bounded */
function checkPreemptions(mode: Mode, memory: MemoryModel): void {
  if (mode === "reduced") {
    throw new RangeError("Cannot bound preemptions in a reduced search: wanted another mode");
  }
  if (mode === "states") {
    throw new RangeError("Cannot search states with bounded preemptions: wanted another mode");
  }
  if (memory === "relaxed") {
    throw new RangeError("Cannot bound preemptions under relaxed memory: wanted another bound");
  }
}

/** The threads that are alike, if that is to matter. */
function groupsOf<S>(
  { threads }: Scenario<S>,
  memory: MemoryModel,
  { symmetry = false, share }: ExploreOptions,
): string[][] {
  if (!symmetry || memory === "relaxed") return [];
  if (share !== undefined) throw new RangeError("Cannot use symmetry in a share of a search");
  return alike(threads);
}

/** What a verdict tells of a search that draws its schedules at random; nothing for the others. */
function samplingOf({ mode, seed = DEFAULT_SEED, bugDepth = DEFAULT_BUG_DEPTH }: ExploreOptions): {
  readonly seed?: number;
  readonly bugDepth?: number;
} {
  if (mode === "random") return { seed };
  return mode === "pct" ? { seed, bugDepth } : {};
}
