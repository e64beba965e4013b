/** Drives a search to its end. */
import { listen } from "../asides.ts";
import { type Execution, isDemotion } from "../execution.ts";
import { demotions } from "../objects.ts";
import { forgetVisibleWords, presetVisibleWords, visibleWordsGrew } from "../observe.ts";
import type { ExploreOptions, Progress } from "../options.ts";
import type { Bounds } from "../scenario.ts";
import type { SearchResult } from "./search.ts";
import { settlePoints } from "./settle.ts";
import { startSearch } from "./start.ts";

/**
 * Runs a search to its end, from the start again whenever an atomic had to be demoted; yields the numbers so far,
 * and ends when it is answered false.
 */
export function* runSearch(
  execution: Execution,
  bounds: Bounds,
  options: ExploreOptions,
  seconds: () => number,
  cut: { parts: number },
): Generator<Progress, SearchResult, boolean> {
  if (settles(execution, bounds, options)) settlePoints(execution);
  let points = demotions().length;
  for (;;) {
    const asides = listen(execution);
    try {
      const search = startSearch(execution, bounds, options, asides, cut);
      for (let next = search.next();; next = search.next()) {
        if (visibleWordsGrew()) break;
        const { findings } = next.value;
        const isDone = next.done === true;
        if (!isDone && (yield progressOf(next.value, seconds(), bounds))) continue;
        for (const { fault, schedule } of asides.values()) findings.add(fault, schedule);
        return isDone ? next.value : { ...next.value, exhaustive: false };
      }
    } catch (error) {
      if (!isDemotion(error)) throw error;
      if (points !== demotions().length) {
        // Steps are other ones now: what was learned of them is void as well.
        points = demotions().length;
        forgetVisibleWords();
        presetVisibleWords(options.visible ?? []);
      }
    }
    options.store?.clear();
  }
}

/** Is it worth while to learn of scheduling points first? A part of a search learns for itself. */
function settles({ memory }: Execution, bounds: Bounds, { mode, share }: ExploreOptions): boolean {
  return (mode === "reduced" || mode === "states") && memory === null && share === undefined &&
    bounds.executions === undefined;
}

/** The numbers so far, and what they let expect. */
export function progressOf(
  { executions, redundant, known, steps, expected = Infinity }: SearchResult,
  seconds: number,
  { executions: limit = Infinity }: Bounds,
): Progress {
  const visited = executions + redundant,
    soFar = {
      executions,
      steps,
      seconds,
      ...known === 0 ? {} : { run: 1 - known / visited },
    };
  const guess = Math.min(limit, expected * executions / visited);
  return Number.isFinite(guess) ? { ...soFar, expected: Math.round(guess) } : soFar;
}
