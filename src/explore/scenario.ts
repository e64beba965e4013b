/**
 * Scenarios: who runs against whom, on what, and what must come of it. A scenario is data; the
 * code that it runs stands in the chapters.
 */
import type { Sanitizer } from "./fault.ts";
import type { MemoryModel } from "./relaxed/hook.ts";
import type { Task } from "./task.ts";

/** What a scenario is known to do in the edition that it was written for. */
export type Expectation =
  | { readonly verdict: "holds" }
  | {
    /** The code as posted breaks here; `sanitizer` must say so about `subject`. */
    readonly verdict: "known bug";
    readonly sanitizer: Sanitizer;
    readonly fault: string;
    /** The object of the report, by type and field; any if left out. */
    readonly subject?: string;
    /** What else is known to be found on the way. Anything that is not named here is unexpected. */
    readonly also?: readonly AlsoFound[];
  };

/** Reports of one kind that come with the one that a scenario is known for. */
export interface AlsoFound {
  readonly sanitizer: Sanitizer;
  readonly fault: string;
  /** The objects of the reports, by type and field. */
  readonly subjects: readonly string[];
}

/** How far a search goes. What a bound cuts off makes the verdict "bounded", never "holds". */
export interface Bounds {
  /** Most executions. */
  readonly executions?: number;
  /** Most steps in one execution. */
  readonly depth?: number;
  /** Most preemptions in one execution: switches away from a task that could go on. */
  readonly preemptions?: number;
}

/** A question about the state, asked after every step; it may read fields, and writes nothing. */
export type Predicate<S> = (state: S) => boolean;

/** A set of threads over a prepared state, with what must be found when they are explored. */
export interface Scenario<S = unknown> {
  /** Short name for the command line: `unbind-exit`. */
  readonly name: string;
  /** One line: who against whom. */
  readonly title: string;
  /** What is asked, and which documented rule is broken to ask it, if one is. */
  readonly about: string;
  /** The documented rules that the threads break; none by default. */
  readonly breaks?: readonly string[];
  /** Runs first and alone, unobserved by the sanitizers for races, and answers the shared state. */
  setup(): Task<S>;
  /** The threads by name. They keep no state outside the kernel's memory. */
  readonly threads: Readonly<Record<string, (state: S) => Task<unknown>>>;
  /**
   * Checked when no task can go on, whether all have ended or some wait for ever, and before those
   * are reported as hung; throws what it finds. For promises that something happens in the end.
   */
  quiescent?(state: S): void;
  /** Checked when all threads have ended; throws what it finds. */
  finally?(state: S): void;
  /** Must hold after every step, by name. */
  readonly always?: Readonly<Record<string, Predicate<S>>>;
  /** Must be seen at least once, by name. */
  readonly reachable?: Readonly<Record<string, Predicate<S>>>;
  readonly bounds?: Bounds;
  /** The memory that it is for; sequentially consistent by default. */
  readonly memory?: MemoryModel;
  readonly expect: Expectation;
  /** What is expected in editions that change it, by the edition's name. */
  readonly expectIn?: Readonly<Record<string, Expectation>>;
}

/** What `scenario` is expected to do in `edition`. */
export function expectationIn(scenario: Scenario, edition: string): Expectation {
  return scenario.expectIn?.[edition] ?? scenario.expect;
}

const brand = new WeakSet<object>();

/** Declares a scenario. To have it explored, a chapter exports it, or a list of such. */
export function scenario<S>(definition: Scenario<S>): Scenario<S> {
  brand.add(definition);
  return definition;
}

/** The scenarios among the exports of a module, those in lists too, in their order. */
export function scenariosIn(exports: Iterable<unknown>): Scenario[] {
  return [...exports].flat().filter(isScenario);
}

/** Is `value` a scenario made by `scenario`? */
export function isScenario(value: unknown): value is Scenario {
  return typeof value === "object" && value !== null && brand.has(value);
}
