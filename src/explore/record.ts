/**
 * Records one schedule as a trace: runs it again with an ear on the machine, and says of each step
 * where its task stood, what it changed and which line did that.
 *
 * Only here are stacks taken. A search runs the same executions without them.
 */
import { Execution, type Learned } from "./execution.ts";
import { recordTo } from "./recorder.ts";
import type { Scenario } from "./scenario.ts";
import { type Granularity, machine } from "./task.ts";
import { endingsOf } from "./trace/endings.ts";
import { Recording } from "./trace/recording.ts";
import { type FaultKey, runSchedule } from "./trace/run.ts";
import type { MemoryModel } from "./relaxed/hook.ts";
import { type Trace, TRACE_SCHEMA, traceId, type TraceText, withChoices } from "./trace/trace.ts";

/** What a schedule is to be recorded under. */
export interface RecordOptions {
  readonly text: TraceText;
  /** The fault that the schedule is for; without it a data race is no reason to stop. */
  readonly fault?: FaultKey | null;
  readonly granularity?: Granularity;
  readonly memory?: MemoryModel;
  /** What the search that found the schedule had settled. */
  readonly learned?: Learned;
}

/**
 * Runs `schedule` and answers its trace, which ends at the first fault.
 * @throws {ReplayError} when the schedule does not fit the scenario
 */
export function record<S>(
  scenario: Scenario<S>,
  schedule: readonly number[],
  { text, fault = null, granularity = "sections", memory = "sequential", learned }: RecordOptions,
): Trace {
  const recording = new Recording();
  recordTo(recording);
  try {
    const execution = new Execution(scenario, granularity, learned, memory);
    try {
      const outcome = runSchedule(execution as Execution, schedule, fault, recording);
      const ran = schedule.slice(0, outcome.ran);
      const { tasks } = machine;
      return {
        schema: TRACE_SCHEMA,
        id: traceId({ scenario: scenario.name, text, granularity, memory }, ran),
        scenario: scenario.name,
        text,
        granularity,
        memory,
        learned: execution.learned(),
        tasks: tasks.filter((task) => task !== undefined).map(({ id, name }) => ({ id, name })),
        steps: withChoices(recording.steps, ran),
        fault: outcome.fault === null ? null : recording.describe(outcome.fault, outcome.atEnd),
        endings: endingsOf(recording, outcome.fault === null ? null : recording.faulty),
      };
    } finally {
      execution.close();
    }
  } finally {
    recordTo(null);
  }
}
