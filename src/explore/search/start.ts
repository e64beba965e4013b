/** Which search the options ask for. */
import { type Aside, takeAll } from "../asides.ts";
import type { Owners } from "../alike/owners.ts";
import type { Execution } from "../execution.ts";
import { DEFAULT_SEED, type ExploreOptions } from "../options.ts";
import { searchRelaxed } from "../relaxed/search.ts";
import type { Bounds } from "../scenario.ts";
import { CannotTell, searchAlike } from "./alike.ts";
import { searchNaively } from "./naive.ts";
import { DEFAULT_BUG_DEPTH, searchRandomly } from "./random.ts";
import { searchReduced } from "./reduced.ts";
import type { Search } from "./search.ts";
import { type PartStore, searchShare } from "./share.ts";

/**
 * Begins the search of `execution` that the options ask for. What it finds beside the faults that end executions
 * is in `asides`; `cut` is told into how many parts a search in shares was cut.
 * @throws {RangeError} when a search of that mode cannot be split
 */
export function startSearch(
  execution: Execution,
  bounds: Bounds,
  options: ExploreOptions,
  asides: Map<string, Aside>,
  cut: { parts: number },
): Search {
  const { seed = DEFAULT_SEED, bugDepth = DEFAULT_BUG_DEPTH, share } = options;
  const { memory } = execution;
  if (share !== undefined) {
    const { mode = "naive", store = FORGETFUL } = options;
    if (mode !== "naive" && mode !== "reduced") {
      throw new RangeError(`Cannot split a search of the mode ${mode}: wanted naive or reduced`);
    }
    const takeRaces = (): Aside[] => takeAll(asides);
    const counted = (parts: number): void => {
      cut.parts = parts;
    };
    const kept = options.kept ?? null;
    return searchShare(execution, bounds, mode, { share, store, kept, takeRaces, counted });
  }
  switch (options.mode ?? "naive") {
    case "naive":
      return memory === null
        ? searchNaively(execution, bounds)
        : searchRelaxed(execution, memory, bounds, false);
    case "reduced":
      return memory === null
        ? searchReduced(execution, bounds, undefined, asides)
        : searchRelaxed(execution, memory, bounds, true);
    case "states":
      return searchStates(execution, bounds, asides);
    case "random":
      return searchRandomly(execution, bounds, seed);
    case "pct":
      return searchRandomly(execution, bounds, seed, bugDepth);
  }
}

/** A search over states; where they cannot be told apart, a reduced one. */
function* searchStates(
  execution: Execution,
  bounds: Bounds,
  asides: Map<string, Aside>,
): Search {
  try {
    return yield* searchAlike(execution, execution.owners as Owners, bounds);
  } catch (error) {
    if (!(error instanceof CannotTell)) throw error;
    asides.clear();
    return yield* searchReduced(execution, bounds, undefined, asides);
  }
}

/** Keeps nothing. */
const FORGETFUL: PartStore = { get: () => undefined, add: () => {}, clear: () => {} };
