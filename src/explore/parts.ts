/**
 * The parts of a search, run one by one in any order and in any process: what a worker does.
 *
 * A part is a function of the scenario and of what was settled before (see `search/share.ts`), and
 * of nothing else. So who runs it, and what ran before it there, changes none of its numbers. A
 * part that settles more says so; whoever hands out the parts has to see to it that all are run
 * under the same (see `team.ts`).
 */
import { type Aside, listen, takeAll } from "./asides.ts";
import { Execution, isDemotion } from "./execution.ts";
import type { Progress } from "./options.ts";
import { progressOf } from "./search/drive.ts";
import { takeStacks } from "./fault.ts";
import { hashState } from "./state_hash.ts";
import { presetVisibleWords, visibleWords, visibleWordsGrew } from "./observe.ts";
import type { Bounds, Scenario } from "./scenario.ts";
import type { SearchResult } from "./search/search.ts";
import {
  addRaces,
  beginPart,
  type Cut,
  found,
  type PartFound,
  type Premise,
  type Split,
  splitAndLearn,
} from "./search/share.ts";
import { presetSpawns } from "./spawned.ts";
import type { Granularity } from "./task.ts";

/** What is searched, and how: equal for all who run its parts. */
export interface PartsSetup {
  readonly mode: "naive" | "reduced";
  readonly granularity: Granularity;
  readonly bounds: Bounds;
  readonly leastParts?: number;
  /** The words that are visible from the start; none by default. */
  readonly visible?: readonly number[];
}

/** What to begin again with after `before`, when `after` is known. */
export function nextPremise(before: Premise, after: Premise, visible: readonly number[]): Premise {
  const isSame = before.learned.demoted.length === after.learned.demoted.length;
  // With more scheduling points steps are other ones: what was learned of them is void as well.
  return isSame ? after : { learned: after.learned, visible };
}

/** The search, cut. */
export interface Prepared extends Cut {
  /** A hash of the prepared state: where it lies in memory decides what final states hash to. */
  readonly layout: string;
  /** What the cutting settled. */
  readonly premise: Premise;
}

/** What became of a part. */
export interface PartOutcome {
  readonly part: number;
  /** Null when the part learned what makes all that was found before void. */
  readonly found: PartFound | null;
  /** Was it told to stop before its end? */
  readonly isStopped: boolean;
  /** What was settled before, and what is now. */
  readonly before: Premise;
  readonly after: Premise;
}

/** A search in parts, in this process. Call `close` when done; there can be one at a time. */
export class Parts<S> {
  readonly #scenario: Scenario<S>;
  readonly #setup: PartsSetup;
  #execution: Execution | null = null;
  #asides = new Map<string, Aside>();
  #split: Split | null = null;
  #layout = "";
  /** What was seen while the search was cut. */
  #seen: readonly string[] = [];

  constructor(scenario: Scenario<S>, setup: PartsSetup) {
    this.#scenario = scenario;
    const bounds = { ...scenario.bounds, ...setup.bounds };
    this.#setup = { ...setup, bounds };
    if (bounds.executions !== undefined) {
      throw new RangeError("Cannot search in parts: a bound on executions is one on the whole");
    }
  }

  /** Cuts the search, from `premise` on; again and again while that settles more. */
  prepare(premise: Premise): Prepared {
    const { visible = [] } = this.#setup;
    for (let known = premise;; known = nextPremise(known, this.#premise(), visible)) {
      this.#open(known);
      if (!this.#tryToSplit()) continue;
      const { parts: { length: parts }, rest } = this.#split as unknown as Split;
      const before = found(rest, this.#execution as Execution);
      return { layout: this.#layout, parts, rest: before, premise: this.#premise() };
    }
  }

  /**
   * Runs a part under `premise`, which `prepare` answered or a later part settled; until it is
   * answered false.
   */
  *run(part: number, premise: Premise): Generator<Progress, PartOutcome, boolean> {
    this.#agreeOn(premise);
    const before = this.#premise();
    const outcome = (found: PartFound | null, isStopped = false): PartOutcome => {
      return { part, found, isStopped, before, after: this.#premise() };
    };
    const started = performance.now();
    const { bounds } = this.#setup;
    const search = (this.#split as Split).parts[part]?.(bounds);
    if (search === undefined) throw new RangeError(`Cannot run part ${part}: there is none`);
    beginPart(this.#execution as Execution, this.#seen);
    try {
      for (;;) {
        const next = search.next();
        if (visibleWordsGrew()) return outcome(null);
        if (next.done === true) return outcome(this.#found(next.value));
        const seconds = (performance.now() - started) / 1000;
        if (yield progressOf(next.value, seconds, bounds)) continue;
        return outcome(this.#found({ ...next.value, exhaustive: false }), true);
      }
    } catch (error) {
      if (!isDemotion(error)) throw error;
      return outcome(null);
    }
  }

  /** Gives memory back. */
  close(): void {
    this.#execution?.close();
    this.#execution = null;
    takeStacks(true);
  }

  #open({ learned, visible }: Premise): void {
    this.close();
    const execution = new Execution(this.#scenario, this.#setup.granularity, learned);
    this.#execution = execution as Execution;
    takeStacks(false);
    presetVisibleWords(visible);
    execution.begin();
    this.#layout = hashState();
    this.#asides = listen(execution as Execution);
  }

  #tryToSplit(): boolean {
    const { mode, bounds, leastParts } = this.#setup;
    const share = { index: 1, of: 1, ...leastParts === undefined ? {} : { leastParts } };
    const takeRaces = (): Aside[] => takeAll(this.#asides);
    try {
      this.#split = splitAndLearn(this.#execution as Execution, bounds, mode, { share, takeRaces });
    } catch (error) {
      if (!isDemotion(error)) throw error;
      return false;
    }
    this.#seen = [...(this.#execution as Execution).reached];
    return !visibleWordsGrew();
  }

  /** Ids of spawned tasks are added where that will do; else all begins anew. */
  #agreeOn(premise: Premise): void {
    const { learned: { spawned: mine, demoted }, visible } = this.#premise();
    const wanted = premise.learned.spawned;
    const isSame = `${demoted}` === `${premise.learned.demoted}` &&
      `${visible}` === `${premise.visible}`;
    if (isSame && mine.every((key, index) => key === wanted[index])) {
      presetSpawns(wanted.slice(mine.length));
    } else this.prepare(premise);
  }

  #premise(): Premise {
    return { learned: (this.#execution as Execution).learned(), visible: visibleWords() };
  }

  #found(result: SearchResult): PartFound {
    addRaces(result, { takeRaces: () => takeAll(this.#asides) });
    return found(result, this.#execution as Execution);
  }
}
