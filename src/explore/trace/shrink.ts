/**
 * Makes a schedule easier to follow: first fewer steps, then fewer switches from task to task. Each
 * candidate is run; it counts only if it ends in the same fault.
 */
import { Execution, isDemotion, type Learned } from "../execution.ts";
import { takeStacks } from "../fault.ts";
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
  readonly learned?: Learned;
}

/**
 * The simplest schedule found that ends in the same fault; `schedule` itself when none is simpler.
 * The search is greedy: the answer cannot be improved by any single one of its moves.
 */
export function shrink<S>(
  scenario: Scenario<S>,
  schedule: readonly number[],
  { fault, granularity = "sections", learned }: ShrinkOptions,
): number[] {
  const execution = new Execution(scenario, granularity, learned);
  takeStacks(false);
  try {
    return new Shrinker(execution as Execution, fault).run([...schedule]);
  } finally {
    takeStacks(true);
    execution.close();
  }
}

/** Steps of one task in a row. */
interface Block {
  readonly task: number;
  readonly length: number;
}

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
    const switches = countSwitches(best);
    for (const candidate of candidates(toBlocks(best))) {
      if (this.#runs >= RUNS_MAX) return null;
      const isShorter = candidate.length < best.length;
      if (!isShorter && countSwitches(candidate) >= switches) continue;
      const ended = this.#ends(candidate);
      if (ended === null) continue;
      if (ended.length < best.length || countSwitches(ended) < switches) return ended;
    }
    return null;
  }
}

function toBlocks(schedule: readonly number[]): Block[] {
  const blocks: Block[] = [];
  for (const task of schedule) {
    const last = blocks.at(-1);
    if (last?.task === task) blocks[blocks.length - 1] = { task, length: last.length + 1 };
    else blocks.push({ task, length: 1 });
  }
  return blocks;
}

function toSchedule(blocks: readonly Block[]): number[] {
  return blocks.flatMap(({ task, length }) => Array<number>(length).fill(task));
}

/** One move away: a task or a block left out, a block cut by a step, two blocks of a task joined. */
function* candidates(blocks: readonly Block[]): Generator<number[]> {
  for (const task of new Set(blocks.map((block) => block.task))) {
    yield toSchedule(blocks.filter((block) => block.task !== task));
  }
  for (let index = blocks.length - 1; index >= 0; index--) {
    yield toSchedule(blocks.toSpliced(index, 1));
  }
  for (const [index, { task, length }] of blocks.entries()) {
    if (length > 1) yield toSchedule(blocks.with(index, { task, length: length - 1 }));
  }
  for (const [index, block] of blocks.entries()) {
    const next = blocks.findIndex((other, at) => at > index && other.task === block.task);
    if (next < 0) continue;
    const joined = { task: block.task, length: block.length + (blocks[next] as Block).length };
    yield toSchedule(blocks.toSpliced(next, 1).with(index, joined));
    yield toSchedule(blocks.with(next, joined).toSpliced(index, 1));
  }
}
