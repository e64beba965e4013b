/**
 * A trace: one execution, step by step, as data that can be kept, shown and run again. It names
 * everything by what a reader knows, never by an address.
 */
import type { Learned } from "../execution.ts";
import type { Frame, Sanitizer } from "../fault.ts";
import type { MemoryModel } from "../relaxed/hook.ts";
import { choicesOf, stepOf, taskOf } from "../relaxed/steps.ts";
import type { Shown } from "../struct.ts";
import type { Granularity } from "../task.ts";

/** The version of the format; a reader of traces refuses others. */
export const TRACE_SCHEMA = "sva-spec/trace/1";

/** The text that a trace was made from. */
export interface TraceText {
  /** The edition by name, or the path of a reader's Markdown file. */
  readonly edition: string;
  /** The path of the reader's module that has the scenario; null for one of the book. */
  readonly module: string | null;
  /** Hash of all definitions of the edition. */
  readonly hash: string;
  /** Hash of each definition, by name. */
  readonly definitions: Readonly<Record<string, string>>;
}

/** A thread, or work that a thread set off. */
export interface TraceTask {
  readonly id: number;
  readonly name: string;
}

/** A word that a step changed. */
export interface TraceChange {
  /** Object and field: `iommu_bond#1.refs.refs`. */
  readonly where: string;
  readonly before: Shown;
  readonly after: Shown;
  /** The line that wrote it; null for the explorer's own bookkeeping, as of a lock's holder. */
  readonly at: Frame | null;
}

/** One step of one task. */
export interface TraceStep {
  readonly task: number;
  /**
   * Under relaxed memory, how many writes back from the latest each access went that had a choice;
   * left out when all were of the latest.
   */
  readonly choices?: readonly number[];
  /** What the task stood before: an operation, or `start`. */
  readonly label: string;
  /** On what. */
  readonly subject: string | null;
  /** Where it stood. */
  readonly at: Frame | null;
  readonly changes: readonly TraceChange[];
  /** What else happened: objects that came and went, tasks that started and ended, the log. */
  readonly events: readonly string[];
}

/** Something that happened in a step, with the stack there. */
export interface TraceSite {
  /** The task by name; `setup` for what was there before. */
  readonly task: string;
  /** The step, from 1; 0 for the setup. */
  readonly step: number;
  readonly stack: readonly Frame[];
}

/** What the execution ended in. */
export interface TraceFault {
  readonly sanitizer: Sanitizer;
  readonly kind: string;
  readonly subject: string;
  readonly message: string;
  /** The task that tripped it; null at the end of an execution. */
  readonly task: string | null;
  /** The object in question, by name. */
  readonly object: string | null;
  readonly stack: readonly Frame[];
  readonly allocated: TraceSite | null;
  readonly freed: TraceSite | null;
  /** For a data race: the other access. */
  readonly other: TraceSite | null;
}

/** A lock in a task's hands. */
export interface TraceLock {
  readonly name: string;
  readonly kind: string;
  readonly taken: TraceSite | null;
}

/** How a task stands when the trace ends. */
export interface TraceEnding {
  readonly task: number;
  readonly state: "ended" | "at fault" | "runnable" | "waiting" | "blocked";
  readonly label: string;
  readonly subject: string | null;
  readonly stack: readonly Frame[];
  readonly holds: readonly TraceLock[];
}

/** A recorded execution. */
export interface Trace {
  readonly schema: typeof TRACE_SCHEMA;
  /** Names text, scenario and schedule in one. */
  readonly id: string;
  readonly scenario: string;
  readonly text: TraceText;
  readonly granularity: Granularity;
  readonly memory: MemoryModel;
  readonly learned: Learned;
  readonly tasks: readonly TraceTask[];
  readonly steps: readonly TraceStep[];
  /** Null when the execution ended well. */
  readonly fault: TraceFault | null;
  readonly endings: readonly TraceEnding[];
}

/** The schedule that a trace is of: the tasks of its steps, and what they chose. */
export function scheduleOf(trace: Trace): number[] {
  return trace.steps.map(({ task, choices = [] }) => stepOf(task, choices));
}

/** The steps of a recording with what `schedule` says that they chose. */
export function withChoices(steps: readonly TraceStep[], schedule: readonly number[]): TraceStep[] {
  return steps.map((step, index) => {
    const choices = choicesOf(schedule[index] as number);
    return choices.length === 0 ? step : { ...step, choices };
  });
}

/** How often the steps of a schedule go over from one task to another. */
export function countSwitches(schedule: readonly number[]): number {
  const tasks = schedule.map(taskOf);
  return tasks.filter((task, index) => index > 0 && tasks[index - 1] !== task).length;
}

/** A word as it is printed. */
export function showValue(value: Shown): string {
  return value === null ? "NULL" : String(value);
}

/** A task's name in a trace. */
export function taskName(trace: Pick<Trace, "tasks">, id: number): string {
  return trace.tasks.find((task) => task.id === id)?.name ?? `task ${id}`;
}

/** An operation and what it is on: `spin_lock(iommu_sva_lock)`. */
export function showOperation(step: Pick<TraceStep, "label" | "subject">): string {
  return step.subject === null ? step.label : `${step.label}(${step.subject})`;
}

/** The id of a trace: the hash of the text, and one of scenario, schedule and what steps mean in it. */
export function traceId(
  trace: Pick<Trace, "scenario" | "text" | "granularity" | "memory">,
  schedule: readonly number[],
): string {
  const means = trace.memory === "sequential"
    ? trace.granularity
    : `${trace.granularity}, ${trace.memory}`;
  const key = `${trace.scenario}\n${means}\n${schedule.join(",")}`;
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return `${trace.text.hash}-${(hash >>> 0).toString(16).padStart(8, "0")}`;
}
