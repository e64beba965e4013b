/** The front door: explore a scenario and say what was found. */
import { type Aside, listen, takeAll } from "./asides.ts";
import { Execution, isDemotion, type Learned } from "./execution.ts";
import { takeStacks } from "./fault.ts";
import { demotions } from "./objects.ts";
import {
  forgetVisibleWords,
  presetVisibleWords,
  visibleWords,
  visibleWordsGrew,
} from "./observe.ts";
import type { Owners } from "./alike/owners.ts";
import { type Bounds, expectationIn, type Scenario } from "./scenario.ts";
import { CannotTell, searchAlike } from "./search/alike.ts";
import { searchNaively } from "./search/naive.ts";
import { DEFAULT_BUG_DEPTH, searchRandomly } from "./search/random.ts";
import { searchReduced } from "./search/reduced.ts";
import type { Search, SearchResult } from "./search/search.ts";
import { settlePoints } from "./search/settle.ts";
import { type Cut, type PartStore, searchShare, type Share } from "./search/share.ts";
import type { MemoryModel } from "./relaxed/hook.ts";
import { searchRelaxed } from "./relaxed/search.ts";
import { hashState } from "./state_hash.ts";
import { alike } from "./symmetry.ts";
import type { Granularity } from "./task.ts";
import { agrees, describeScope, type Mode, type ShareReport, type Verdict } from "./verdict.ts";

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

/**
 * Explores `scenario` and answers a verdict.
 * @throws what kernel code throws that is no fault, such as a failed assertion of a test
 */
export function explore<S>(scenario: Scenario<S>, options: ExploreOptions = {}): Verdict {
  const exploration = exploring(scenario, options);
  for (let next = exploration.next();;) {
    if (next.done === true) return next.value;
    next = exploration.next(options.progress?.(next.value) ?? true);
  }
}

/**
 * As {@link explore}, in pieces: yields its progress, so that the caller can do other things, and
 * ends with what was covered when it is answered false. Nothing else may be explored meanwhile.
 */
export function* exploring<S>(
  scenario: Scenario<S>,
  options: Omit<ExploreOptions, "progress"> = {},
): Generator<Progress, Verdict, boolean> {
  const { mode = "naive", edition = "as-posted" } = options;
  const memory = options.memory ?? scenario.memory ?? "sequential";
  const granularity = memory === "relaxed" ? "operations" : options.granularity ?? "sections";
  const bounds = { ...scenario.bounds, ...options.bounds };
  if (mode === "reduced" && bounds.preemptions !== undefined) {
    throw new RangeError("Cannot bound preemptions in a reduced search: wanted another mode");
  }
  if (mode === "states" && (memory === "relaxed" || bounds.preemptions !== undefined)) {
    const what = memory === "relaxed" ? "under relaxed memory" : "with bounded preemptions";
    throw new RangeError(`Cannot search states ${what}: wanted another mode`);
  }
  if (memory === "relaxed" && bounds.preemptions !== undefined) {
    throw new RangeError("Cannot bound preemptions under relaxed memory: wanted another bound");
  }
  const sampling = samplingOf(options), groups = groupsOf(scenario, memory, options);
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const execution = new Execution(
    scenario,
    granularity,
    options.learned,
    memory,
    groups.length > 0,
    mode === "states",
  );
  takeStacks(false);
  presetVisibleWords(options.visible ?? []);
  execution.begin();
  const layout = hashState(), cut = { parts: 0 };
  try {
    const found = yield* runSearch(execution as Execution, bounds, options, seconds, cut);
    const result = isPart(options.share) ? { ...found, exhaustive: false } : found;
    // Where states could not be told apart a reduced search was made.
    const done = mode === "states" && found.states === undefined ? "reduced" : mode;
    const nameless = execution.owners?.names ?? [],
      isCached = done === "reduced" && found.known > 0;
    const findings = options.share === undefined ? found.findings.list() : found.findings.sorted();
    const unreached = Object.keys(scenario.reachable ?? {}).filter((name) =>
      !execution.reached.has(name)
    );
    const threads = Object.keys(scenario.threads);
    const expected = expectationIn(scenario as Scenario, edition);
    const scopeOf = (exhaustive: boolean): string =>
      describeScope(
        threads,
        execution.objects,
        {
          mode: done,
          ...sampling,
          granularity,
          memory,
          bounds,
          groups,
          isCached,
          nameless,
          leavesRaces: found.leavesRaces === true,
        },
        exhaustive,
      );
    return {
      scenario: scenario.name,
      edition,
      outcome: findings.length > 0 ? "bug" : result.exhaustive ? "holds" : "bounded",
      expected,
      asExpected: agrees(expected, findings, result.exhaustive) && unreached.length === 0,
      findings,
      unreached,
      mode: done,
      ...sampling,
      granularity,
      memory,
      executions: result.executions,
      redundant: result.redundant,
      known: result.known,
      ...result.states === undefined ? {} : { states: result.states },
      steps: result.steps,
      tasks: countBits(result.tasks),
      finalStates: result.finalStates.size,
      exhaustive: result.exhaustive,
      seconds: seconds(),
      learned: execution.learned(),
      scope: scopeOf(result.exhaustive),
      ...options.share === undefined ? {} : {
        share: {
          ...options.share,
          parts: cut.parts,
          isCovered: found.exhaustive,
          bounds,
          layout,
          visible: visibleWords(),
          finalStates: [...found.finalStates].sort(),
          taskMask: found.tasks,
          wholeScope: scopeOf(true),
        } satisfies ShareReport,
      },
    };
  } finally {
    takeStacks(true);
    execution.close();
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

/** Is the share less than the whole? */
function isPart(share: Share | undefined): boolean {
  return share !== undefined && share.of > 1;
}

/** Runs a search to its end, from the start again whenever an atomic had to be demoted. */
function* runSearch(
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

function startSearch(
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

const DEFAULT_SEED = 1;

/** What a verdict tells of a search that draws its schedules at random; nothing for the others. */
function samplingOf({ mode, seed = DEFAULT_SEED, bugDepth = DEFAULT_BUG_DEPTH }: ExploreOptions): {
  readonly seed?: number;
  readonly bugDepth?: number;
} {
  if (mode === "random") return { seed };
  return mode === "pct" ? { seed, bugDepth } : {};
}

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
