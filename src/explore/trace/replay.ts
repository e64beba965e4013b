/** Running a kept trace again: strictly on the text that it was made for, or as far as it fits. */
import { Execution, isDemotion } from "../execution.ts";
import { record } from "../record.ts";
import { Forbidden } from "../relaxed/choices.ts";
import { stepOf } from "../relaxed/steps.ts";
import type { Scenario } from "../scenario.ts";
import { isEnabled, machine, type TaskState } from "../task.ts";
import { isSameFault, ReplayError } from "./run.ts";
import { scheduleOf, type Trace, type TraceText } from "./trace.ts";

/** The definitions by name that are not the same in two texts. */
export function differences(a: TraceText, b: TraceText): string[] {
  const names = new Set([...Object.keys(a.definitions), ...Object.keys(b.definitions)]);
  return [...names].filter((name) => a.definitions[name] !== b.definitions[name]).sort();
}

/**
 * Runs the schedule of `trace` on `scenario` of the text `text` and answers the trace it gives now.
 * @throws {ReplayError} when the trace was made for another text, naming what differs, when a step
 * cannot be taken, or when it does not end as it did
 */
export function replayStrictly<S>(scenario: Scenario<S>, text: TraceText, trace: Trace): Trace {
  if (trace.text.hash !== text.hash) throw new ReplayError(refusal(trace, text));
  const { granularity, memory, learned, fault } = trace;
  const now = record(scenario, scheduleOf(trace), { text, fault, granularity, memory, learned });
  const ended = now.fault?.message ?? "it ends well";
  const same = now.fault === null || fault === null
    ? now.fault === fault
    : isSameFault(now.fault, fault);
  if (!same) {
    const wanted = fault?.message ?? "it to end well";
    throw new ReplayError(`Cannot confirm the trace: ${ended}, wanted ${wanted}`);
  }
  return now;
}

function refusal(trace: Trace, text: TraceText): string {
  const differing = differences(trace.text, text);
  const what = differing.length === 0
    ? "the order of its definitions differs"
    : `${differing.length === 1 ? "this definition differs" : "these definitions differ"}: ${
      differing.join(", ")
    }`;
  return `Cannot replay: the trace was made for ${trace.text.edition} ${trace.text.hash}, ` +
    `this is ${text.edition} ${text.hash}; ${what}. To replay by name as far as it fits: --relaxed`;
}

/** What came of a relaxed replay. */
export interface RelaxedReplay {
  /** The execution that came of it. */
  readonly trace: Trace;
  /** Steps of the old trace that had a counterpart. */
  readonly fitted: number;
  /** Steps of the old trace that had none. */
  readonly skipped: number;
  /** Steps that the old trace does not have, those after its end not counted. */
  readonly inserted: number;
}

/** A step by the names that mean something in another text. */
interface NamedStep {
  readonly task: string;
  readonly label: string;
  readonly choices: readonly number[];
}

/**
 * Follows `trace` on another text by the names of tasks and operations, then lets what is left run
 * to its end, one task after the other.
 */
export function replayRelaxed<S>(
  scenario: Scenario<S>,
  text: TraceText,
  trace: Trace,
): RelaxedReplay {
  const { granularity, memory, learned, fault } = trace;
  const execution = new Execution(scenario, granularity, learned, memory);
  let result;
  try {
    result = follow(execution as Execution, namedSteps(trace));
  } finally {
    execution.close();
  }
  const { schedule, learned: now, ...counts } = result;
  const options = { text, fault, granularity, memory, learned: now };
  const recorded = record(scenario, schedule, options);
  return { trace: recorded, ...counts };
}

function namedSteps({ tasks, steps }: Trace): NamedStep[] {
  return steps.map(({ task, label, choices = [] }) => ({
    task: tasks.find(({ id }) => id === task)?.name ?? "",
    label,
    choices,
  }));
}

/** Most steps that a task may take to come to where the old trace has it. */
const INSERTED_MAX = 200;

function follow(execution: Execution, old: readonly NamedStep[]) {
  let steps = old;
  for (;;) {
    const walk = new Walk(execution, steps);
    try {
      walk.run();
      const { schedule, fitted, skipped, inserted } = walk;
      return { schedule, fitted, skipped, inserted, learned: execution.learned() };
    } catch (error) {
      // What a step saw in the old text may not be there in this one: it then sees the latest.
      if (error instanceof Forbidden) steps = seeingLatest(steps, walk.at);
      else if (!isDemotion(error)) throw error;
    }
  }
}

/** The steps, with the last one up to `at` that saw something old seeing the latest. */
function seeingLatest(steps: readonly NamedStep[], at: number): NamedStep[] {
  const last = steps.findLastIndex(({ choices }, index) => index <= at && choices.length > 0);
  return steps.map((step, index) => index === last ? { ...step, choices: [] } : step);
}

class Walk {
  readonly schedule: number[] = [];
  /** The step of the old trace that is followed. */
  at = 0;
  fitted = 0;
  skipped = 0;
  inserted = 0;
  #isOver = false;

  constructor(readonly execution: Execution, readonly steps: readonly NamedStep[]) {}

  run(): void {
    this.execution.begin();
    for (const index of this.steps.keys()) {
      if (this.#isOver) return;
      this.at = index;
      this.#takeOne(index);
    }
    this.#finish();
  }

  #takeOne(index: number): void {
    const { task: name, label, choices } = this.steps[index] as NamedStep;
    for (let extra = 0;; extra++) {
      const task = machine.tasks.find((one) => one?.name === name && !one.finished);
      if (task === undefined || !isEnabled(task) || extra > INSERTED_MAX) break;
      if (task.label === label) {
        this.fitted++;
        this.#step(task, choices);
        return;
      }
      if (this.#comesLater(index, task) || this.#isOver) break;
      this.inserted++;
      this.#step(task);
      if (this.#isOver) return;
    }
    this.skipped++;
  }

  /** Does the old trace have the task stand where it stands now, but later? */
  #comesLater(index: number, task: TaskState): boolean {
    return this.steps.slice(index + 1).some((step) =>
      step.task === task.name && step.label === task.label
    );
  }

  #finish(): void {
    while (!this.#isOver) {
      const next = machine.tasks.find((task) => task !== undefined && isEnabled(task));
      if (next === undefined) return;
      this.#step(next);
    }
  }

  #step({ id }: TaskState, choices: readonly number[] = []): void {
    const step = stepOf(id, choices);
    this.schedule.push(step);
    this.#isOver = this.execution.step(step) !== undefined;
  }
}
