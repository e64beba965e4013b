/**
 * An exhaustive search in shares, for several processes or machines.
 *
 * The search is cut into parts by its first steps, always in the same way, and share i of n has
 * every n-th part. So the parts, and with them every number, are the same whatever n is. What a part
 * needs to know of the others stands in it from the start (see `splitReduced`), so shares never talk.
 *
 * They must mean the same by a step, though: which atomics are scheduling points, which words are
 * visible and which ids spawned tasks have is learned while executions run. Every share therefore
 * runs a few executions of every part before it begins with its own. Should one still learn more,
 * its report says so and is not merged with those of the others.
 */
import type { Execution, Learned } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import { visibleWords } from "../observe.ts";
import type { Bounds } from "../scenario.ts";
import { type Finding, Findings } from "../verdict.ts";
import { searchRelaxed } from "../relaxed/search.ts";
import { type NaivePart, searchNaively, splitNaively } from "./naive.ts";
import type { ReducedPart } from "./backtracking.ts";
import { searchReduced, splitReduced } from "./reduced.ts";
import { nothingYet, type Search, type SearchResult } from "./search.ts";

/** How many parts there should be at least, for shares to be of about one size, if not said. */
const LEAST_PARTS = 256;
/** At most so many first steps tell parts apart. */
const DEEPEST_CUT = 24;
/** Executions of every part that every share runs to learn from them. */
const TO_LEARN = 2;

/** Which share: `index` counts from 1 to `of`. */
export interface Share {
  readonly index: number;
  readonly of: number;
  /** How many parts there should be at least; the search is cut no deeper than that takes. */
  readonly leastParts?: number;
}

/** What a part held. */
export interface PartFound
  extends Omit<SearchResult, "known" | "findings" | "finalStates" | "expected"> {
  readonly findings: readonly Finding[];
  readonly finalStates: readonly string[];
  /** Which properties in `reachable` had been seen by its end. */
  readonly reached: readonly string[];
}

/** What was learned so far, and results depend on. */
export interface Premise {
  readonly learned: Learned;
  /** The words that questions about the state read. */
  readonly visible: readonly number[];
}

/** Where the results of finished parts are kept, by the number of the part. */
export interface PartStore {
  /** What an earlier run found in the part, if that is known. */
  get(part: number): PartFound | undefined;
  add(part: number, found: PartFound, premise: Premise): void;
  /** More was learned: what was found before counts no more. */
  clear(): void;
}

/** A search, cut: how many parts there are, and what ended before them. */
export interface Cut {
  readonly parts: number;
  readonly rest: PartFound;
}

/** How to search a share. */
export interface ShareOptions {
  readonly share: Share;
  readonly store: PartStore;
  /** What another process cut; what the store does not have is then left out. */
  readonly kept: Cut | null;
  /** The data races since the last call. */
  takeRaces(): Iterable<{ readonly fault: KernelFault; readonly schedule: readonly number[] }>;
  /** Is told how many parts there are, this share's or not. */
  counted(parts: number): void;
}

/** The parts of a search, and how to run one. */
export interface Split {
  /** What ended before the cut. */
  readonly rest: SearchResult;
  readonly parts: readonly ((bounds: Bounds) => Search)[];
}

/** Explores a share of the search in `mode` within `bounds`, which hold for the share alone. */
export function* searchShare(
  execution: Execution,
  bounds: Bounds,
  mode: "naive" | "reduced",
  options: ShareOptions,
): Search {
  const { share, store, kept } = options, total = nothingYet();
  if (kept !== null) return joinKept(execution, total, kept, options);
  const { rest, parts } = splitAndLearn(execution, bounds, mode, options);
  options.counted(parts.length);
  if (share.index === 1) addResult(total, found(rest, execution));
  yield total;
  const { length: visible } = visibleWords(), seen = [...execution.reached];
  const reached = new Set(seen);
  const mine = [...parts.entries()].filter(([number]) => number % share.of === share.index - 1);
  for (const [done, [number, run]] of mine.entries()) {
    let part = store.get(number);
    if (part === undefined) {
      const left = (bounds.executions ?? Infinity) - total.executions;
      if (left <= 0) {
        total.exhaustive = false;
        break;
      }
      const scale = mine.length / (done + 1);
      beginPart(execution, seen);
      const search = run({ ...bounds, executions: left });
      const result = yield* runPart(execution, search, total, scale);
      addRaces(result, options);
      part = found(result, execution);
      const known = visibleWords();
      // If there are more than before, the caller starts again when it is told.
      if (part.exhaustive && known.length === visible) {
        store.add(number, part, { learned: execution.learned(), visible: known });
      }
    }
    for (const name of part.reached) reached.add(name);
    addResult(total, part);
    total.expected = visitedIn(total) * mine.length / (done + 1);
    // For the verdict, should the search end here.
    beginPart(execution, reached);
    yield total;
  }
  return total;
}

/** No part depends on what was seen in another. */
export function beginPart({ reached }: Execution, seen: Iterable<string>): void {
  reached.clear();
  for (const name of seen) reached.add(name);
}

/** The parts in the store, together. */
function joinKept(
  execution: Execution,
  total: SearchResult,
  { parts, rest }: Cut,
  { store, counted }: ShareOptions,
): SearchResult {
  counted(parts);
  addResult(total, rest);
  const reached = [...rest.reached];
  for (let number = 0; number < parts; number++) {
    const part = store.get(number);
    if (part === undefined) total.exhaustive = false;
    else {
      addResult(total, part);
      reached.push(...part.reached);
    }
  }
  for (const name of reached) execution.reached.add(name);
  return total;
}

/** Cuts the search, and runs a few executions of every part to learn from them. */
export function splitAndLearn(
  execution: Execution,
  bounds: Bounds,
  mode: "naive" | "reduced",
  { share: { leastParts = LEAST_PARTS }, takeRaces }: Pick<ShareOptions, "share" | "takeRaces">,
): Split {
  // What was seen is not asked for again, so it decides which words become visible.
  execution.reached.clear();
  // Ids of spawned tasks are given out as in a search that is not split.
  runToEnd(searchWhole(execution, mode, { ...bounds, executions: 1 }));
  takeRaces();
  const { rest, parts } = split(execution, bounds, mode, leastParts);
  addRaces(rest, { takeRaces });
  for (const run of parts) runToEnd(run({ ...bounds, executions: TO_LEARN }));
  takeRaces();
  return { rest, parts };
}

function searchWhole(execution: Execution, mode: "naive" | "reduced", bounds: Bounds): Search {
  const { memory } = execution;
  if (memory !== null) return searchRelaxed(execution, memory, bounds, mode === "reduced");
  return mode === "naive" ? searchNaively(execution, bounds) : searchReduced(execution, bounds);
}

/** Cuts deeper until there are enough parts, or nothing is left to cut. */
function split(
  execution: Execution,
  bounds: Bounds,
  mode: "naive" | "reduced",
  least: number,
): Split {
  // Under relaxed memory a search is one part: what goes on from equal states is followed once.
  if (execution.memory !== null) {
    return { rest: nothingYet(), parts: [(limits) => searchWhole(execution, mode, limits)] };
  }
  for (let depth = 1;; depth++) {
    const { rest, parts } = splitAt(execution, bounds, mode, depth);
    if (parts.length >= least || parts.length === 0 || depth >= DEEPEST_CUT) return { rest, parts };
  }
}

function splitAt(
  execution: Execution,
  bounds: Bounds,
  mode: "naive" | "reduced",
  depth: number,
): Split {
  if (mode === "naive") {
    const parts: NaivePart[] = [];
    const rest = runToEnd(splitNaively(execution, bounds, depth, parts));
    return { rest, parts: parts.map((part) => (limits) => searchNaively(execution, limits, part)) };
  }
  const parts: ReducedPart[] = [];
  const rest = runToEnd(splitReduced(execution, bounds, depth, parts));
  return { rest, parts: parts.map((part) => (limits) => searchReduced(execution, limits, part)) };
}

function runToEnd(search: Search): SearchResult {
  for (;;) {
    const next = search.next();
    if (next.done === true) return next.value;
  }
}

/** Runs a part; what it yields is the whole so far. The whole is `scale` times the parts up to this. */
function* runPart(
  execution: Execution,
  search: Search,
  total: SearchResult,
  scale: number,
): Generator<SearchResult, SearchResult> {
  for (;;) {
    const next = search.next();
    if (next.done === true) return next.value;
    const sum = { ...total, findings: new Findings(), finalStates: new Set(total.finalStates) };
    sum.expected = (visitedIn(total) + (next.value.expected ?? 0)) * scale;
    for (const finding of total.findings.list()) sum.findings.join(finding);
    addResult(sum, found(next.value, execution));
    yield sum;
  }
}

function visitedIn({ executions, redundant }: SearchResult): number {
  return executions + redundant;
}

/** Adds the data races since the last call to `result`. */
export function addRaces(
  result: SearchResult,
  { takeRaces }: Pick<ShareOptions, "takeRaces">,
): void {
  for (const { fault, schedule } of takeRaces()) result.findings.add(fault, schedule);
}

/** What a part held, as it is kept. */
export function found(
  { expected: _, ...result }: SearchResult,
  { reached }: Execution,
): PartFound {
  return {
    ...result,
    findings: result.findings.list(),
    finalStates: [...result.finalStates],
    reached: [...reached],
  };
}

function addResult(total: SearchResult, part: PartFound): void {
  total.executions += part.executions;
  total.redundant += part.redundant;
  total.steps += part.steps;
  total.tasks |= part.tasks;
  total.exhaustive &&= part.exhaustive;
  for (const finding of part.findings) total.findings.join(finding);
  for (const state of part.finalStates) total.finalStates.add(state);
}
