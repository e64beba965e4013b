/** What is better known before a search than found out in its midst. */
import { type Execution, isDemotion } from "../execution.ts";
import { forgetVisibleWords, presetVisibleWords, visibleWords } from "../observe.ts";
import { forgetSpawns, presetSpawns, spawnedSoFar } from "../spawned.ts";
import { searchRandomly } from "./random.ts";

/** So many schedules in a row must show nothing new. */
const QUIET = 8;
/** Most steps in one of them. */
const DEPTH = 400;

/**
 * Runs a few schedules of `execution`, drawn at random but each time the same, to learn which atomics
 * have to be scheduling points. A search that learns it later has to start again. Nothing else is
 * kept: neither what was found, nor which words questions read, nor the ids of spawned tasks.
 */
export function settlePoints(execution: Execution): void {
  const spawned = spawnedSoFar(), visible = visibleWords();
  for (let seed = 1, quiet = 0; quiet < QUIET; seed++) {
    try {
      searchRandomly(execution, { executions: 1, depth: DEPTH }, seed, undefined, false).next();
      quiet++;
    } catch (error) {
      if (!isDemotion(error)) throw error;
      quiet = 0;
    }
  }
  execution.reached.clear();
  forgetVisibleWords();
  presetVisibleWords(visible);
  forgetSpawns();
  presetSpawns(spawned);
}
