/**
 * `--workers=N`: a large search on several cores.
 *
 * A search is first run as a whole. When it turns out to be large it is dropped and begun anew in
 * parts, which Workers run. Whether it is large is told from what was seen, never from time or from
 * the number of workers, and the parts are those of `search/share.ts`: so all numbers are the same
 * for every N, also for 1, which runs the same parts one after the other without a Worker.
 */
import { explore, type ExploreOptions, exploring, type Progress } from "explore/explore.ts";
import type { Scenario } from "explore/scenario.ts";
import type { Cut, PartFound, PartStore, Premise } from "explore/search/share.ts";
import { TeamError } from "explore/team.ts";
import type { Verdict } from "explore/verdict.ts";
import type { Batch } from "./batch.ts";
import { isLarge, PARTS } from "./large.ts";
import { later } from "./later.ts";
import type { Meter } from "./progress.ts";
import type { Source } from "./sources.ts";

/** What to explore, for whom, and how. */
export interface Work {
  readonly source: Source;
  readonly scenario: Scenario;
  readonly options: Omit<ExploreOptions, "progress">;
  readonly workers: number;
  readonly meter: Meter;
  /** Where parts are kept beyond the run; the search is then always in parts. */
  readonly store?: (PartStore & { readonly premise: Partial<Premise> }) | undefined;
}

/** Explores, in parts where that pays. */
export async function search(work: Work): Promise<Verdict> {
  const { scenario, options, meter, store } = work;
  if (store !== undefined) return await searchParts(work, { ...NOTHING, ...store.premise }, store);
  const exploration = exploring(scenario, options);
  if (!canSplit(work)) return await meter.run(scenario.name, exploration);
  const { value, isDropped } = await meter.runUnless(scenario.name, exploration, isLarge);
  return isDropped ? await searchLarge(work, value) : value;
}

/**
 * As {@link search} for the scenario at `index` of a batch; null if the batch was stopped before
 * anything was seen of it.
 */
export async function searchInBatch(
  work: Work,
  batch: Batch,
  index: number,
): Promise<Verdict | null> {
  const found = batch.explored(index);
  if (!work.meter.isStopped) {
    const soFar = (): Progress => batch.soFar(index);
    await work.meter.follow(work.scenario.name, found, soFar, () => batch.stop());
  }
  if (work.meter.isStopped) await batch.settle();
  const explored = batch.seen(index);
  if (explored === null) return null;
  const { verdict, isDropped } = explored;
  return isDropped && !work.meter.isStopped ? await searchLarge(work, verdict) : verdict;
}

/** In parts, after `value` was found of the whole and that turned out to be large. */
async function searchLarge(work: Work, value: Verdict): Promise<Verdict> {
  const { meter } = work;
  const parts = await searchParts(work, { ...NOTHING, learned: value.learned }, new Kept());
  // If it was stopped early, the whole may have come further before it was dropped.
  const isBetter = !meter.isStopped || parts.findings.length > value.findings.length ||
    parts.executions > value.executions;
  return isBetter ? parts : value;
}

/** Can the search be run in parts? */
export function canSplit(work: Pick<Work, "scenario" | "options">): boolean {
  const { mode } = work.options;
  return (mode === "naive" || mode === "reduced") && !isWhole(work);
}

/** Is there a bound, a share, a memory or a symmetry for which a search is not run by several? */
function isWhole(
  { scenario, options: { bounds, share, memory, symmetry } }: Pick<Work, "scenario" | "options">,
): boolean {
  const limit = bounds?.executions ?? scenario.bounds?.executions;
  return limit !== undefined || share !== undefined || symmetry === true ||
    (memory ?? scenario.memory) === "relaxed";
}

const NOTHING: Premise = { learned: { demoted: [], spawned: [] }, visible: [] };

/** A search that was stopped before it was cut. */
const NOT_CUT: Cut = {
  parts: 1,
  rest: {
    executions: 0,
    redundant: 0,
    steps: 0,
    tasks: 0,
    exhaustive: false,
    findings: [],
    finalStates: [],
    reached: [],
  },
};

const FORGETFUL: PartStore = { get: () => undefined, add: () => {}, clear: () => {} };

/** Parts of a search that is not to be resumed. */
class Kept implements PartStore {
  readonly #parts = new Map<number, PartFound>();
  get(part: number): PartFound | undefined {
    return this.#parts.get(part);
  }
  add(part: number, found: PartFound): void {
    this.#parts.set(part, found);
  }
  clear(): void {
    this.#parts.clear();
  }
}

async function searchParts(work: Work, premise: Premise, store: PartStore): Promise<Verdict> {
  const { scenario, options, meter, workers, store: kept } = work;
  const share = options.share ??
    (kept === undefined ? { index: 1, of: 1, leastParts: PARTS } : { index: 1, of: 1 });
  const whole = { ...options, share, store };
  if (workers === 1 || isWhole(work)) {
    const verdict = await meter.run(scenario.name, exploring(scenario, { ...whole, ...premise }));
    return kept === undefined ? withoutShare(verdict) : verdict;
  }
  const started = performance.now();
  const { Team } = await later.partTeam();
  const team = new Team(work);
  try {
    await team.fill(premise, store);
  } finally {
    team.dismiss();
  }
  // All is there, or the search was stopped; this joins what there is.
  const { prepared } = team;
  const verdict = explore(scenario, {
    ...whole,
    store: { ...FORGETFUL, get: (part) => store.get(part) ?? team.unfinished.get(part) },
    ...prepared === null ? premise : prepared.premise,
    kept: prepared ?? NOT_CUT,
  });
  if (prepared !== null && verdict.share?.layout !== prepared.layout) {
    throw new TeamError("Cannot join what the workers found: they prepared another state");
  }
  const timed = { ...verdict, seconds: (performance.now() - started) / 1000 };
  return kept === undefined ? withoutShare(timed) : timed;
}

function withoutShare({ share: _, ...verdict }: Verdict): Verdict {
  return verdict;
}
