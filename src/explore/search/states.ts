/**
 * Breadth-first search over states. Two schedules that lead to the same state are followed once, so
 * it ends where the number of schedules is hopeless and the number of states is not, and the first
 * schedule it finds to a fault is a shortest one.
 *
 * A state is the live memory and, for each task that has not ended, all that it can know: walk.ts. A
 * task is a deterministic function of these, so equal states have equal futures.
 *
 * Clocks are not part of a state, so data races are not looked for here.
 */
import { Execution, isDemotion, type Learned } from "../execution.ts";
import { hashState } from "../state_hash.ts";
import type { Bounds, Scenario } from "../scenario.ts";
import type { Finding } from "../verdict.ts";
import { nothingYet, type Search, type SearchResult } from "./search.ts";
import { LiveWalk, NoPlaces, TapedWalk, type Walk } from "./walk.ts";

/** What a search over states found. */
export interface StatesFound {
  /** Each kind of fault with a shortest schedule to it, the shortest first. */
  readonly findings: readonly Finding[];
  /** Different states, the first one not counted. */
  readonly states: number;
  readonly transitions: number;
  readonly finalStates: number;
  /** Was every state seen? */
  readonly exhaustive: boolean;
  readonly seconds: number;
  /** What a later execution must be told for a schedule to mean the same. */
  readonly learned: Learned;
}

/** How far to search, and what earlier searches of the same scenario settled. */
export interface StatesOptions extends Bounds {
  /** End with the first fault, to which there is then no shorter schedule. */
  readonly untilFault?: boolean;
  /**
   * What an exhaustive search over schedules settled. Which atomics are scheduling points is
   * learned from clocks, and a state is followed with one of the clocks that lead to it: without
   * this an atomic can stay part of its section that such a search makes a point of its own.
   */
  readonly learned?: Learned;
}

/** Explores the states of `scenario`, all of them or up to the first fault. */
export function exploreStates<S>(
  scenario: Scenario<S>,
  options: StatesOptions = {},
): StatesFound {
  const started = performance.now();
  const execution = new Execution(scenario, "sections", options.learned);
  try {
    for (;;) {
      try {
        const { result, isDone } = runStates(execution as Execution, options);
        const { findings, executions, redundant, finalStates, exhaustive } = result;
        return {
          findings: findings.list(),
          states: executions - redundant,
          transitions: executions,
          finalStates: finalStates.size,
          exhaustive: exhaustive && isDone,
          seconds: (performance.now() - started) / 1000,
          learned: execution.learned(),
        };
      } catch (error) {
        // One more scheduling point: states that were told apart by it have to be seen anew.
        if (!isDemotion(error)) throw error;
      }
    }
  } finally {
    execution.close();
  }
}

/** Searches once: to the end, or to the first fault if that is asked for. */
function runStates(
  execution: Execution,
  options: StatesOptions,
): { readonly result: SearchResult; readonly isDone: boolean } {
  try {
    return runBy(new TapedWalk(execution), execution, options);
  } catch (error) {
    if (!(error instanceof NoPlaces)) throw error;
    return runBy(new LiveWalk(execution), execution, options);
  }
}

function runBy<K>(
  walk: Walk<K>,
  execution: Execution,
  options: StatesOptions,
): { readonly result: SearchResult; readonly isDone: boolean } {
  const search = searchStates(walk, execution, { ...execution.scenario.bounds, ...options });
  for (let next = search.next();; next = search.next()) {
    const result = next.value, isDone = next.done === true;
    const isEnough = options.untilFault === true && result.findings.list().length > 0;
    if (isDone || isEnough) return { result, isDone };
  }
}

/** How a state was first reached, and what the walk has to know of it. */
interface Reached<K> {
  readonly parent: Reached<K> | undefined;
  readonly task: number;
  readonly depth: number;
  readonly known: K;
}

/** Explores every state within `bounds`, whose `executions` limits the transitions. */
function* searchStates<K>(walk: Walk<K>, execution: Execution, bounds: Bounds): Search {
  const result = nothingYet(), seen = new Set<string>();
  const { executions = Infinity, depth = 10_000 } = bounds;
  const start: Reached<K> = { parent: undefined, task: -1, depth: 0, known: walk.start() };
  for (let frontier = [start]; frontier.length > 0;) {
    const next: Reached<K>[] = [];
    for (const state of frontier) {
      const path = scheduleOf(state);
      result.steps += walk.goTo(path);
      const enabled = execution.enabled();
      result.tasks |= enabled;
      if (enabled === 0) finish(execution, path, result);
      else if (state.depth >= depth || result.executions >= executions) {
        result.exhaustive = false;
      } else for (const one of successors(walk, state, enabled, result, seen)) next.push(one);
      yield result;
    }
    frontier = next;
  }
  return result;
}

function scheduleOf<K>(state: Reached<K>): number[] {
  const path: number[] = [];
  for (let at = state; at.parent !== undefined; at = at.parent) path.push(at.task);
  return path.reverse();
}

/** The states one step after `state` that were not seen before; the walk stands in `state`. */
function* successors<K>(
  walk: Walk<K>,
  state: Reached<K>,
  enabled: number,
  result: SearchResult,
  seen: Set<string>,
): Iterable<Reached<K>> {
  const path = scheduleOf(state);
  for (let rest = enabled; rest !== 0; rest &= rest - 1) {
    if (rest !== enabled) result.steps += walk.goTo(path);
    const task = 31 - Math.clz32(rest & -rest);
    const { fault, known } = walk.step(task, state.known);
    result.executions++;
    result.steps++;
    if (fault !== undefined) {
      result.findings.add(fault, [...path, task]);
      continue;
    }
    const key = walk.key(known);
    if (seen.has(key)) result.redundant++;
    else {
      seen.add(key);
      yield { parent: state, task, depth: state.depth + 1, known };
    }
  }
}

function finish(execution: Execution, path: readonly number[], result: SearchResult): void {
  const fault = execution.end();
  if (fault !== undefined) result.findings.add(fault, path);
  else result.finalStates.add(hashState());
}
