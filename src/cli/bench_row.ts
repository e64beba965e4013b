/**
 * One measurement of `deno task bench`, in a process of its own so that the peak of its memory is
 * its own: explores one scenario and prints what it took as one line of JSON.
 */
import { explore } from "explore/explore.ts";
import type { Learned } from "explore/execution.ts";
import { switchSanitizers } from "explore/sanitizers.ts";
import type { Scenario } from "explore/scenario.ts";
import type { Granularity } from "explore/task.ts";
import type { Mode, Verdict } from "explore/verdict.ts";
import { AS_POSTED, openEdition, root } from "./sources.ts";

/** The families that are measured, by the names of the functions of the book that make them. */
export const FAMILIES = ["exitUnbinds", "exitWaiters"] as const;

/** What to measure. */
export interface Job {
  /** A scenario of the book, a script of the chapter on hardware laws, or a family with `size`. */
  readonly name: string;
  readonly size?: number;
  readonly mode: Mode;
  /** `sections` by default. */
  readonly granularity?: Granularity;
  /** With all sanitizers, or with none of those that can be switched off, and without laws. */
  readonly sanitizers: boolean;
  /**
   * What a run with sanitizers settled. Without it a run without would find no atomic that has to be
   * a scheduling point, and measure a smaller search.
   */
  readonly learned?: Learned;
  /** Most seconds. */
  readonly seconds: number;
}

/** What it took. */
export interface Row extends Omit<Job, "learned" | "seconds"> {
  readonly outcome: Verdict["outcome"];
  readonly isExhaustive: boolean;
  readonly executions: number;
  readonly redundant: number;
  /** Of both: those of which the rest was known from a state on. */
  readonly known: number;
  /** Of a search over states: how many there are. */
  readonly states?: number;
  readonly steps: number;
  readonly seconds: number;
  /** The best of some runs more in the same process; what the first one takes if it was cut. */
  readonly warmSeconds: number;
  /** Of the best run. */
  readonly stepsPerSecond: number;
  /** The most memory that the process had, in MB of 1e6 bytes. */
  readonly peakMegabytes: number;
  readonly learned: Learned;
}

type Family = (size: number) => Scenario;

/** The chapter whose scripts are the hardware's own scenarios. */
export async function hardwareLaws(): Promise<Record<string, unknown>> {
  return await import(new URL("spec/13-hardware-laws.ts", root).href);
}

async function find({ name, size }: Job): Promise<Scenario> {
  if (name.endsWith("Script")) {
    const laws = await hardwareLaws();
    return (laws["hardwareScenario"] as (script: unknown) => Scenario)(laws[name]);
  }
  if (size === undefined) {
    const { scenarios } = await openEdition(AS_POSTED);
    const found = scenarios.find((scenario) => scenario.name === name);
    if (found === undefined) throw new Error(`Cannot measure ${name}: no such scenario`);
    return found;
  }
  const module: Record<string, unknown> = await import(
    new URL("spec/15-schedules.ts", root).href
  );
  return (module[name] as Family)(size);
}

/** The peak of this process's memory in MB; where the system doesn't tell, what it has now. */
function peakMegabytes(): number {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
    if (peak !== undefined) return Number(peak) * 1024 / 1e6;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable)) {
      throw error;
    }
  }
  return Deno.memoryUsage().rss / 1e6;
}

/** Seconds that a search is run again and again for, to see what it takes once the engine has compiled it. */
const WARM_UP = 2;

async function measure(job: Job): Promise<Row> {
  const { always: _, finally: __, ...lawless } = await find(job);
  const scenario = job.sanitizers ? await find(job) : lawless;
  switchSanitizers(job.sanitizers);
  const run = (): Verdict => {
    const started = performance.now();
    return explore(scenario, {
      mode: job.mode,
      granularity: job.granularity ?? "sections",
      ...(job.learned === undefined ? {} : { learned: job.learned }),
      progress: () => performance.now() - started < job.seconds * 1000,
    });
  };
  const verdict = run(), peak = peakMegabytes();
  const { executions, redundant, known, states, steps, seconds, outcome } = verdict;
  const { exhaustive, learned } = verdict;
  let warmSeconds = seconds, spent = seconds;
  // One that took long is run once more, so that its rate is that of others: of compiled code.
  for (let runs = 1; exhaustive && (runs < 2 || spent < WARM_UP); runs++) {
    const again = run().seconds;
    warmSeconds = Math.min(warmSeconds, again);
    spent += again;
  }
  return {
    name: job.name,
    ...(job.size === undefined ? {} : { size: job.size }),
    mode: job.mode,
    ...(job.granularity === undefined ? {} : { granularity: job.granularity }),
    sanitizers: job.sanitizers,
    outcome,
    isExhaustive: exhaustive,
    executions,
    redundant,
    known,
    ...(states === undefined ? {} : { states }),
    steps,
    seconds,
    warmSeconds,
    stepsPerSecond: steps / warmSeconds,
    peakMegabytes: peak,
    learned,
  };
}

if (import.meta.main) console.log(JSON.stringify(await measure(JSON.parse(Deno.args[0] ?? "{}"))));
