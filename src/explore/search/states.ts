/**
 * Breadth-first search over states. Two schedules that lead to the same state are followed once, so
 * it ends where the number of schedules is hopeless and the number of states is not, and the first
 * schedule it finds to a fault is a shortest one.
 *
 * A state is the live memory and, for each task that has not ended, all that it can know: what it
 * was told when it was started and the labels and values of its steps so far. A task is a
 * deterministic function of these, so equal states have equal futures. The values are those of the
 * words in the step's footprint before the step, since a word that a step wrote first is its own.
 *
 * Clocks are not part of a state, so data races are not looked for here.
 */
import { Execution, isDemotion, type Learned } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import { hashState, takeSnapshot } from "../memory.ts";
import { ownerOf, REGION_WORDS, STATIC_WORDS, TASK_LIMIT, words } from "../objects.ts";
import { LOOK, READ } from "../footprint.ts";
import { touched, touchedCount, usedNow } from "../observe.ts";
import type { Bounds, Scenario } from "../scenario.ts";
import { machine } from "../task.ts";
import type { Finding } from "../verdict.ts";
import { nothingYet, type Search, type SearchResult } from "./search.ts";

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
  const search = searchStates(execution, { ...execution.scenario.bounds, ...options });
  for (let next = search.next();; next = search.next()) {
    const result = next.value, isDone = next.done === true;
    const isEnough = options.untilFault === true && result.findings.list().length > 0;
    if (isDone || isEnough) return { result, isDone };
  }
}

/** How a state was first reached, and what each task knows there. */
interface Reached {
  readonly parent: Reached | undefined;
  readonly task: number;
  readonly depth: number;
  readonly knowledge: Knowledge;
}

/** By task: a hash of what it was told and saw, 0 before it exists. */
type Knowledge = Int32Array;

/** Explores every state within `bounds`, whose `executions` limits the transitions. */
export function* searchStates(execution: Execution, bounds: Bounds): Search {
  const result = nothingYet();
  staticEnd = takeSnapshot().words.length;
  const seen = new Set<string>();
  const { executions = Infinity, depth = 10_000 } = bounds;
  const threads = Object.keys(execution.scenario.threads).length;
  const knowledge = new Int32Array(TASK_LIMIT).map((_, task) => task < threads ? task + 1 : 0);
  const start: Reached = { parent: undefined, task: -1, depth: 0, knowledge };
  for (let frontier: Reached[] = [start]; frontier.length > 0;) {
    const next: Reached[] = [];
    for (const state of frontier) {
      const path = scheduleOf(state);
      const enabled = replay(execution, path, result);
      result.tasks |= enabled;
      if (enabled === 0) finish(execution, path, result);
      else if (state.depth >= depth || result.executions >= executions) {
        result.exhaustive = false;
      } else {for (
          const reached of successors(execution, state, enabled, result, seen)
        ) {
          next.push(reached);
        }}
      if ((result.steps & 0xff) < path.length) yield result;
    }
    frontier = next;
  }
  return result;
}

function scheduleOf(state: Reached): number[] {
  const path: number[] = [];
  for (let at: Reached = state; at.parent !== undefined; at = at.parent) {
    path.push(at.task);
  }
  return path.reverse();
}

/** Puts the execution where `path` leads and answers a mask of the tasks that can go on. */
function replay(
  execution: Execution,
  path: readonly number[],
  result: SearchResult,
): number {
  execution.begin();
  for (const task of path) execution.step(task);
  result.steps += path.length;
  return execution.enabled();
}

/** The states one step after `state` that were not seen before; the execution stands in `state`. */
function* successors(
  execution: Execution,
  state: Reached,
  enabled: number,
  result: SearchResult,
  seen: Set<string>,
): Iterable<Reached> {
  for (let rest = enabled; rest !== 0; rest &= rest - 1) {
    if (rest !== enabled) replay(execution, scheduleOf(state), result);
    const task = 31 - Math.clz32(rest & -rest);
    const knowledge = state.knowledge.slice();
    const fault = stepKnowing(execution, task, knowledge);
    result.executions++;
    result.steps++;
    if (fault !== undefined) {
      result.findings.add(fault, [...scheduleOf(state), task]);
      continue;
    }
    const key = keyOf(knowledge);
    if (seen.has(key)) result.redundant++;
    else {
      seen.add(key);
      yield { parent: state, task, depth: state.depth + 1, knowledge };
    }
  }
}

const before = new Int32Array(words.length);

/** Where the static region ends; tasks allocate in regions of their own. */
let staticEnd = 0;

/** Keeps what memory holds before a step. */
function copyMemory(): void {
  before.set(words.subarray(0, staticEnd));
  for (let task = 0; task < machine.tasks.length; task++) {
    const base = STATIC_WORDS + task * REGION_WORDS;
    if (ownerOf[base] !== 0) before.set(words.subarray(base, base + REGION_WORDS), base);
  }
}

/** Runs a step of `task` and adds to its knowledge what it read, and to its children's where they come from. */
function stepKnowing(
  execution: Execution,
  task: number,
  knowledge: Knowledge,
): KernelFault | undefined {
  copyMemory();
  let known = mix(
    knowledge[task] as number,
    hashText(machine.tasks[task]?.label ?? ""),
  );
  const fault = execution.step(task);
  for (let index = 0; index < touchedCount; index++) {
    const address = touched[index] as number;
    if ((usedNow(address) & (READ | LOOK)) === 0) continue;
    known = mix(mix(known, address), before[address] as number);
  }
  knowledge[task] = known;
  for (const child of machine.tasks) {
    if (child !== undefined && knowledge[child.id] === 0) {
      knowledge[child.id] = mix(known, child.id + 1);
    }
  }
  return fault;
}

function keyOf(knowledge: Knowledge): string {
  let low = 1, high = 2;
  for (const task of machine.tasks) {
    if (task === undefined) continue;
    const known = task.finished ? -1 : knowledge[task.id] as number;
    low = mix(low, known);
    high = mix(high, known + task.id);
  }
  return `${hashState()}${low}${high}`;
}

function mix(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0x01000193) ^ value >>> 15;
  mixed = Math.imul(mixed ^ mixed >>> 13, 0x85ebca6b);
  return mixed ^ mixed >>> 16 | 1;
}

const textHashes = new Map<string, number>();

function hashText(text: string): number {
  let hash = textHashes.get(text);
  if (hash === undefined) {
    hash = 1;
    for (let index = 0; index < text.length; index++) {
      hash = mix(hash, text.charCodeAt(index));
    }
    textHashes.set(text, hash);
  }
  return hash;
}

function finish(
  execution: Execution,
  path: readonly number[],
  result: SearchResult,
): void {
  const fault = execution.end();
  if (fault !== undefined) result.findings.add(fault, path);
  else result.finalStates.add(hashState());
}
