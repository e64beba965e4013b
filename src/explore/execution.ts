/**
 * One scenario, run again and again: reset, step by step, to its end. Every search drives this and
 * nothing else, so that all of them mean the same by a step, a fault and an end.
 */
import { Demotion, KernelFault } from "./fault.ts";
import { forgetHostValues, hostValuesKnown } from "./host.ts";
import { findLeak } from "./leak.ts";
import {
  eachLive,
  nextSegment,
  restoreSnapshot,
  type Snapshot,
  takeSnapshot,
  useRegion,
} from "./memory.ts";
import {
  askState,
  beginExecution,
  beginStep,
  forgetVisibleWords,
  noteRead,
  recordJudged,
  watch,
} from "./observe.ts";
import { ARENA_WORDS, demotions, setDemotions } from "./objects.ts";
import { reportRace } from "./races.ts";
import { type MemoryModel, modelMemory } from "./relaxed/hook.ts";
import { RelaxedMemory } from "./relaxed/memory.ts";
import { choicesOf, stepOf, taskOf } from "./relaxed/steps.ts";
import type { Scenario } from "./scenario.ts";
import { Beginnings } from "./symmetry.ts";
import { beginning } from "./alike/mentions.ts";
import { Owners } from "./alike/owners.ts";
import { presetSpawns, reserveIds, spawnedSoFar } from "./spawned.ts";
import {
  addTask,
  bearNameless,
  type Granularity,
  isEnabled,
  machine,
  noteHeld,
  resetTasks,
  resume,
  type Task,
  type TaskState,
} from "./task.ts";

/** The id under which a setup runs; it uses the static region. */
const SETUP = -1;

/**
 * What earlier executions settled and a schedule of task ids depends on. To replay a schedule in
 * another process it has to be settled the same way.
 */
export interface Learned {
  /** Atomics that are scheduling points, as `type.field`. */
  readonly demoted: readonly string[];
  /** Spawned work in the order of its ids: the parent's id and which of its children. */
  readonly spawned: readonly string[];
}

type Thread<S> = readonly [name: string, body: (state: S) => Task<unknown>];
type Question<S> = readonly [name: string, holds: (state: S) => boolean];

/** A scenario that is ready to be run any number of times. Call `close` when done. */
export class Execution<S = unknown> {
  readonly scenario: Scenario<S>;
  /** What the setup answered. */
  readonly state: S;
  readonly #boot: Snapshot;
  /** How many host values were known before the setup, and after it. */
  readonly #hostsBefore = hostValuesKnown();
  readonly #hosts: number;
  readonly #start: Snapshot;
  readonly #threads: readonly Thread<S>[];
  /** How threads that are alike begin; null if that does not matter. */
  readonly #beginnings: Beginnings | null = null;
  /** What threads that are alike have of their own, for a search without their names; else null. */
  readonly owners: Owners | null = null;
  /** Of such a search, by word: 1 if a law or a question about a state read it. */
  readonly #judged: Uint8Array | null = null;
  readonly #path: number[] = [];
  /** The memory that accesses go through if it is not sequentially consistent. */
  readonly memory: RelaxedMemory | null;
  /** What the setup made, by type, for the scope of a verdict. */
  readonly objects: ReadonlyMap<string, number>;
  /** The scenario's laws, and the properties that some execution has to reach. */
  readonly #laws: readonly Question<S>[];
  readonly #reachable: readonly Question<S>[];
  /** Names of those of the latter that were seen in any execution so far. */
  readonly reached = new Set<string>();

  /** @throws {KernelFault} when the setup itself trips a sanitizer */
  constructor(
    scenario: Scenario<S>,
    granularity: Granularity = "sections",
    learned: Learned = { demoted: [], spawned: [] },
    model: MemoryModel = "sequential",
    symmetry = false,
    nameless = false,
  ) {
    this.memory = model === "relaxed" ? new RelaxedMemory() : null;
    this.scenario = scenario;
    this.#laws = Object.entries(scenario.always ?? {});
    this.#reachable = Object.entries(scenario.reachable ?? {});
    setDemotions(learned.demoted);
    forgetVisibleWords();
    this.#boot = takeSnapshot();
    this.#threads = Object.entries(scenario.threads);
    if (symmetry) this.#beginnings = new Beginnings(scenario.threads);
    const statics = countObjects();
    machine.granularity = granularity;
    try {
      this.state = runAlone(scenario.setup.bind(scenario));
    } catch (error) {
      restoreSnapshot(this.#boot);
      forgetHostValues(this.#hostsBefore);
      throw error;
    }
    this.#start = takeSnapshot();
    this.#hosts = hostValuesKnown();
    this.objects = countObjects(statics);
    resetTasks(true);
    reserveIds(this.#threads.length);
    presetSpawns(learned.spawned);
    if (!nameless) return;
    const owners = this.owners = new Owners(scenario.threads, this.state);
    this.#judged = new Uint8Array(ARENA_WORDS);
    bearNameless((id) => beginning(owners, id));
  }

  /** What the executions so far have settled. */
  learned(): Learned {
    return { demoted: demotions(), spawned: spawnedSoFar() };
  }

  /** The steps since `begin`: ids of tasks, and what else relaxed/steps.ts says of them. */
  schedule(): number[] {
    return this.#path.slice();
  }

  /** How often an execution was started. */
  beginnings = 0;

  /** Starts a new execution from the prepared state. */
  begin(): void {
    this.beginnings++;
    this.#path.length = 0;
    restoreSnapshot(this.#start);
    forgetHostValues(this.#hosts);
    resetTasks(false);
    beginExecution(true);
    this.memory?.begin();
    modelMemory(this.memory);
    for (let id = 0; id < this.#threads.length; id++) {
      const [name, body] = this.#threads[id] as Thread<S>;
      const run = (): Task<unknown> => body(this.state), beginnings = this.#beginnings;
      if (beginnings === null) addTask(id, name, run);
      else beginnings.holdBack(addTask(id, name, beginnings.bodyOf(name, run)));
    }
  }

  /** A mask of the tasks that can take a step. */
  enabled(): number {
    const { tasks } = machine;
    let mask = 0;
    // By index: this is asked after each step.
    for (let id = 0; id < tasks.length; id++) {
      const task = tasks[id];
      if (task !== undefined && isEnabled(task)) mask |= 1 << id;
    }
    return mask;
  }

  /** Runs `step`, mostly the id of its task, and answers the fault that ended the execution, if one did. */
  step(step: number): KernelFault | undefined {
    const id = taskOf(step);
    try {
      this.beginStep(step);
      this.memory?.beginStep(id, choicesOf(step));
      resume(machine.tasks[id] as TaskState);
      this.#endStep(id);
    } catch (error) {
      this.#endStep(id);
      return endedIn(error, machine.tasks[id] as TaskState);
    }
    return this.checkState();
  }

  /** Enters `step` as the next of the path, for a search that runs it in its own way. */
  beginStep(step: number): void {
    beginStep(taskOf(step));
    this.#path.push(step);
  }

  /** All but the first `depth` steps were taken back, by a search that can. */
  cutPath(depth: number): void {
    this.#path.length = Math.min(depth, this.#path.length);
  }

  /** When no task is enabled: the fault of an execution that did not end well, if it did not. */
  end(): KernelFault | undefined {
    const stuck = machine.tasks.filter((task) => task !== undefined && !task.finished);
    watch(false);
    nextSegment();
    recordJudged(this.#judged);
    try {
      this.scenario.quiescent?.(this.state);
      if (stuck.length > 0) return hung(stuck);
      this.scenario.finally?.(this.state);
      return findLeak();
    } catch (error) {
      return asFault(error);
    } finally {
      recordJudged(null);
    }
  }

  /**
   * Did a law or a question about a state read what one of threads that are alike has, and not what the
   * others have in its place, in any execution so far?
   */
  judgesByName(): boolean {
    return this.owners !== null && this.#judged !== null && this.owners.isOfOne(this.#judged);
  }

  /**
   * Does the memory model allow what has run? Relaxed memory knows data races by the same model, so
   * they are reported on the way.
   */
  isAllowed(): boolean {
    if (this.memory === null) return true;
    const { isAllowed, races } = this.memory.judge();
    for (const race of races) reportRace(race.word, race.tasks, race.isWrite);
    return isAllowed;
  }

  /** Puts memory back to what it was before the setup. */
  close(): void {
    if (this.memory !== null) modelMemory(null);
    bearNameless(null);
    restoreSnapshot(this.#boot);
    forgetHostValues(this.#hostsBefore);
    resetTasks(true);
  }

  /** After a step under relaxed memory the path says what was chosen in it. */
  #endStep(id: number): void {
    if (this.memory === null) return;
    this.memory.endStep();
    this.#path[this.#path.length - 1] = stepOf(id, this.memory.choices.taken);
  }

  /** Asks the scenario's questions about the state, and answers the fault if a law is broken. */
  checkState(): KernelFault | undefined {
    if (this.#laws.length === 0 && this.reached.size === this.#reachable.length) return undefined;
    return this.#ask();
  }

  #ask(): KernelFault | undefined {
    nextSegment();
    recordJudged(this.#judged);
    let broken: KernelFault | undefined;
    try {
      askState(() => {
        for (const [name, holds] of this.#laws) {
          if (!holds(this.state)) throw new KernelFault("law", "violated", name);
        }
        for (const [name, holds] of this.#reachable) {
          if (!this.reached.has(name) && holds(this.state)) this.reached.add(name);
        }
      });
    } catch (error) {
      broken = asFault(error);
    } finally {
      recordJudged(null);
    }
    return broken;
  }
}

/** Runs `body` as the only task, with all sanitizers but those that need a second task. */
export function runAlone<T>(body: () => Task<T>): T {
  resetTasks(true);
  reserveIds(1);
  beginExecution(false);
  let result: { value: T } | undefined;
  addTask(0, "setup", function* () {
    result = { value: yield* body() };
  });
  for (;;) {
    const next = machine.tasks.find((task) => task !== undefined && isEnabled(task));
    if (next === undefined) break;
    beginStep(next.id);
    resume(next, SETUP);
  }
  useRegion(SETUP);
  const stuck = machine.tasks.filter((task) => task !== undefined && !task.finished);
  if (stuck.length > 0) throw hung(stuck);
  if (result === undefined) throw new Error("Cannot finish the setup: its task did not run");
  return result.value;
}

/**
 * What ended a step of `task`, as a fault, with what a step that fails depends on. An access to freed storage fails
 * before it is one: but had it come before the storage was freed it would have been no fault.
 */
export function endedIn(error: unknown, task: TaskState): KernelFault {
  const fault = asFault(error);
  noteHeld(task);
  // A poisoned pointer leads nowhere.
  if (fault.sanitizer === "KASAN" && fault.address > 0) noteRead(fault.address);
  return fault;
}

/** What a step threw, as a fault; anything that is not the kernel code's own is thrown on. */
export function asFault(error: unknown): KernelFault {
  if (error instanceof KernelFault) return error;
  if (
    error instanceof TypeError && /of null|of undefined|null \(|as it is null/.test(error.message)
  ) {
    const field = /(?:reading|setting|property) '(\w+)'/.exec(error.message)?.[1] ?? "a field";
    const fault = new KernelFault("oops", "NULL pointer dereference", field);
    if (error.stack !== undefined) fault.stack = error.stack;
    return fault;
  }
  throw error;
}

/** Is `error` the request to start again with one more scheduling point? */
export function isDemotion(error: unknown): boolean {
  return error instanceof Demotion;
}

/** Describes who waits for whom. */
function hung(stuck: readonly TaskState[]): KernelFault {
  const lines = stuck.map((task) => {
    const owner = machine.tasks.find((other) =>
      other !== undefined && other !== task &&
      other.held.some((held) => held.lock === task.subject)
    );
    const by = owner === undefined ? "" : `, held by ${owner.name}`;
    const holds = task.held.map((held) => held.name).join(", ");
    return `${task.name} waits in ${task.label}${by}${holds === "" ? "" : `, holding ${holds}`}`;
  });
  return new KernelFault(
    "hung task",
    "blocked for ever",
    stuck.map((task) => task.label).sort().join(" and "),
    lines.join("; "),
  );
}

/** How many objects of each type there are, not counting those in `before`. */
function countObjects(before: ReadonlyMap<string, number> = new Map()): Map<string, number> {
  const counts = new Map<string, number>();
  eachLive((_base, { name }) => counts.set(name, (counts.get(name) ?? 0) + 1));
  for (const [name, count] of before) {
    const left = (counts.get(name) ?? 0) - count;
    if (left > 0) counts.set(name, left);
    else counts.delete(name);
  }
  return counts;
}
