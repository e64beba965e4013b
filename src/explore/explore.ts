/** The front door: explore a scenario and say what was found. */
import { Execution } from "./execution.ts";
import { takeStacks } from "./fault.ts";
import { presetVisibleWords, visibleWords } from "./observe.ts";
import { type ExploreOptions, type Progress, type Setup, setupOf } from "./options.ts";
import { expectationIn, type Scenario } from "./scenario.ts";
import { describeScope } from "./scope.ts";
import { runSearch } from "./search/drive.ts";
import type { SearchResult } from "./search/search.ts";
import type { Share } from "./search/share.ts";
import { hashState } from "./state_hash.ts";
import { agrees, type ShareReport, type Verdict } from "./verdict.ts";

export type { ExploreOptions, Progress } from "./options.ts";

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
  const setup = setupOf(scenario, options), { mode, granularity, memory, bounds, groups } = setup;
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
    const explored = { execution: execution as Execution, setup, options, found };
    return { ...verdictOn(explored, seconds()), ...shareOf(explored, layout, cut.parts) };
  } finally {
    takeStacks(true);
    execution.close();
  }
}

/** What was explored, how, and what the search found. */
interface Explored {
  readonly execution: Execution;
  readonly setup: Setup;
  readonly options: Omit<ExploreOptions, "progress">;
  readonly found: SearchResult;
}

function verdictOn(explored: Explored, seconds: number): Verdict {
  const { execution, setup, options: { edition = "as-posted", share }, found } = explored;
  const { bounds: _, groups: __, ...told } = setup, { scenario } = execution;
  const exhaustive = found.exhaustive && !isPart(share);
  const findings = share === undefined ? found.findings.list() : found.findings.sorted();
  const expected = expectationIn(scenario, edition);
  const unreached = Object.keys(scenario.reachable ?? {}).filter((name) =>
    !execution.reached.has(name)
  );
  return {
    scenario: scenario.name,
    edition,
    outcome: findings.length > 0 ? "bug" : exhaustive ? "holds" : "bounded",
    expected,
    asExpected: agrees(expected, findings, exhaustive) && unreached.length === 0,
    findings,
    unreached,
    ...told,
    mode: modeOf(explored),
    executions: found.executions,
    redundant: found.redundant,
    known: found.known,
    ...found.states === undefined ? {} : { states: found.states },
    steps: found.steps,
    tasks: countBits(found.tasks),
    finalStates: found.finalStates.size,
    exhaustive,
    seconds,
    learned: execution.learned(),
    scope: scopeOf(explored, exhaustive),
  };
}

/** Where states could not be told apart a reduced search was made. */
function modeOf({ setup: { mode }, found }: Explored): Setup["mode"] {
  return mode === "states" && found.states === undefined ? "reduced" : mode;
}

function scopeOf(explored: Explored, exhaustive: boolean): string {
  const { execution: { scenario, objects, owners }, setup, found } = explored;
  const mode = modeOf(explored);
  return describeScope(Object.keys(scenario.threads), objects, {
    ...setup,
    mode,
    isCached: mode === "reduced" && found.known > 0,
    nameless: owners?.names ?? [],
    leavesRaces: found.leavesRaces === true,
  }, exhaustive);
}

/** Of a search in shares: what it takes to join the verdicts. */
function shareOf(
  explored: Explored,
  layout: string,
  parts: number,
): { readonly share?: ShareReport } {
  const { setup: { bounds }, options: { share }, found } = explored;
  if (share === undefined) return {};
  return {
    share: {
      ...share,
      parts,
      isCovered: found.exhaustive,
      bounds,
      layout,
      visible: visibleWords(),
      finalStates: [...found.finalStates].sort(),
      taskMask: found.tasks,
      wholeScope: scopeOf(explored, true),
    },
  };
}

/** Is the share less than the whole? */
function isPart(share: Share | undefined): boolean {
  return share !== undefined && share.of > 1;
}

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
