/**
 * Makes a schedule easier to follow: first fewer steps, then fewer switches from task to task. Each
 * candidate is run; it counts only if it ends in the same fault.
 */
import { Execution, isDemotion, type Learned } from "../execution.ts";
import { takeStacks } from "../fault.ts";
import type { MemoryModel } from "../relaxed/hook.ts";
import { taskOf } from "../relaxed/steps.ts";
import type { Scenario } from "../scenario.ts";
import type { Granularity } from "../task.ts";
import { type FaultKey, isSameFault, ReplayError, runSchedule } from "./run.ts";
import { countSwitches } from "./trace.ts";

/** Most runs that one schedule is worth. */
const RUNS_MAX = 3000;

/** What the schedule runs under, as in a recording. */
export interface ShrinkOptions {
  readonly fault: FaultKey;
  readonly granularity?: Granularity;
  readonly memory?: MemoryModel;
  readonly learned?: Learned;
}

/**
 * The simplest schedule found that ends in the same fault; `schedule` itself when none is simpler.
 * The search is greedy: the answer cannot be improved by any single one of its moves.
 */
export function shrink<S>(
  scenario: Scenario<S>,
  schedule: readonly number[],
  { fault, granularity = "sections", memory = "sequential", learned }: ShrinkOptions,
): number[] {
  const execution = new Execution(scenario, granularity, learned, memory);
  takeStacks(false);
  try {
    return new Shrinker(execution as Execution, fault).run([...schedule]);
  } finally {
    takeStacks(true);
    execution.close();
  }
}

/** Steps of one task in a row. */
type Block = number[];

class Shrinker {
  #runs = 0;

  constructor(readonly execution: Execution, readonly fault: FaultKey) {}

  run(schedule: number[]): number[] {
    let best = this.#ends(schedule) ?? schedule;
    for (let next = this.#improve(best); next !== null; next = this.#improve(best)) best = next;
    return best;
  }

  /** The part of a candidate that ran until the fault, or null if it does not end in it. */
  #ends(candidate: readonly number[]): number[] | null {
    this.#runs++;
    try {
      const { fault, ran } = runSchedule(this.execution, candidate, this.fault);
      return fault !== null && isSameFault(fault, this.fault) ? candidate.slice(0, ran) : null;
    } catch (error) {
      if (error instanceof ReplayError || isDemotion(error)) return null;
      throw error;
    }
  }

  #improve(best: readonly number[]): number[] | null {
    for (const candidate of candidates(toBlocks(best))) {
      if (this.#runs >= RUNS_MAX) return null;
      if (!isSimpler(candidate, best)) continue;
      const ended = this.#ends(candidate);
      if (ended !== null && isSimpler(ended, best)) return ended;
    }
    return null;
  }
}

/** Is `one` shorter than `other`, with fewer switches, or with fewer old values seen? */
function isSimpler(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return one.length < other.length;
  const switches = countSwitches(one) - countSwitches(other);
  return switches < 0 || (switches === 0 && countChoosing(one) < countChoosing(other));
}

function countChoosing(schedule: readonly number[]): number {
  return schedule.filter((step) => step !== taskOf(step)).length;
}

function toBlocks(schedule: readonly number[]): Block[] {
  const blocks: Block[] = [];
  for (const step of schedule) {
    const last = blocks.at(-1);
    if (last !== undefined && taskOf(last[0] as number) === taskOf(step)) last.push(step);
    else blocks.push([step]);
  }
  return blocks;
}

/** The task of all steps of a block. */
function taskIn(block: Block): number {
  return taskOf(block[0] as number);
}

/**
 * One move away: a task or a block left out, a block cut by a step, two blocks of a task joined, a
 * step that sees the latest where it saw what is old.
 */
function* candidates(blocks: readonly Block[]): Generator<number[]> {
  for (const task of new Set(blocks.map(taskIn))) {
    yield blocks.filter((block) => taskIn(block) !== task).flat();
  }
  for (let index = blocks.length - 1; index >= 0; index--) yield blocks.toSpliced(index, 1).flat();
  for (const [index, block] of blocks.entries()) {
    if (block.length > 1) yield blocks.with(index, block.slice(0, -1)).flat();
  }
  for (const [index, block] of blocks.entries()) {
    const next = blocks.findIndex((other, at) => at > index && taskIn(other) === taskIn(block));
    if (next < 0) continue;
    const joined = [...block, ...blocks[next] as Block];
    yield blocks.toSpliced(next, 1).with(index, joined).flat();
    yield blocks.with(next, joined).toSpliced(index, 1).flat();
  }
  const schedule = blocks.flat();
  for (const [index, step] of schedule.entries()) {
    if (step !== taskOf(step)) yield schedule.with(index, taskOf(step));
  }
}
