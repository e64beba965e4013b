/** What a search found, and how far it looked. */
import type { Learned } from "./execution.ts";
import type { KernelFault, Sanitizer } from "./fault.ts";
import type { Bounds, Expectation } from "./scenario.ts";
import type { MemoryModel } from "./relaxed/hook.ts";
import type { Granularity } from "./task.ts";

/** One kind of fault, with the first schedule that showed it. */
export interface Finding {
  readonly sanitizer: Sanitizer;
  readonly kind: string;
  readonly subject: string;
  readonly message: string;
  /** Task ids, a step each, from the prepared state to the fault. */
  readonly schedule: readonly number[];
  /** In how many executions it showed. */
  readonly count: number;
}

/** How a search went over the schedules. */
export type Mode = "naive" | "reduced" | "states" | "random" | "pct";

/** What a search found: enough to know what was covered, and nothing that was not seen. */
export interface Verdict {
  readonly scenario: string;
  readonly edition: string;
  /** `holds` only after an exhaustive search; `bounded` when nothing was found but something was cut off. */
  readonly outcome: "holds" | "bug" | "bounded";
  readonly expected: Expectation;
  /** Is the outcome what the scenario expects? */
  readonly asExpected: boolean;
  readonly findings: readonly Finding[];
  /** Properties that had to be seen and were not. */
  readonly unreached: readonly string[];
  readonly mode: Mode;
  /** Where the random numbers started, for the modes random and pct. */
  readonly seed?: number;
  /** For pct: the depth of the bugs that it looked for. */
  readonly bugDepth?: number;
  readonly granularity: Granularity;
  readonly memory: MemoryModel;
  readonly executions: number;
  /** Executions that a reduction gave up as repetitions. */
  readonly redundant: number;
  /**
   * Of the executions, redundant ones too: those of which the rest was known, since an earlier one had
   * come to the same state; see cache/cache.ts. They count as if they had been run.
   */
  readonly known: number;
  /**
   * Of a search over states (search/alike.ts): how many it told apart. `known` are then executions that
   * ended where they came to one of these again.
   */
  readonly states?: number;
  readonly steps: number;
  readonly tasks: number;
  readonly finalStates: number;
  readonly exhaustive: boolean;
  readonly seconds: number;
  /** What the schedules of the findings depend on. */
  readonly learned: Learned;
  /** One sentence that says what the numbers cover. */
  readonly scope: string;
  /** Of a search in shares: what it takes to join the verdicts. */
  readonly share?: ShareReport;
}

/** What a share of a search says beside its verdict. */
export interface ShareReport {
  /** From 1 to `of`. */
  readonly index: number;
  readonly of: number;
  /** Into how many parts the search was cut, those of all shares together. */
  readonly parts: number;
  /** Was all of the share explored? */
  readonly isCovered: boolean;
  readonly bounds: Bounds;
  /** A hash of the prepared state: where it lies in memory decides what final states hash to. */
  readonly layout: string;
  /** The words that questions about the state read. */
  readonly visible: readonly number[];
  /** Hashes of the final states. */
  readonly finalStates: readonly string[];
  /** A mask of the tasks that ran. */
  readonly taskMask: number;
  /** What the verdict on the whole will say that it covers. */
  readonly wholeScope: string;
}

interface Counted {
  finding: Finding;
  count: number;
}

/** Collects findings by what they are about, keeping the shortest schedule of each. */
export class Findings {
  readonly #found = new Map<string, Counted>();
  /** The same by fault: a search comes to one and the same again and again. */
  readonly #byFault = new WeakMap<KernelFault, Counted>();

  /** Was nothing found? */
  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  /** Adds what an execution ended in after the first `length` steps of `path`. */
  add(fault: KernelFault, path: ArrayLike<number>, length = path.length): void {
    const known = this.#byFault.get(fault) ?? this.#found.get(keyOf(fault));
    if (known === undefined) {
      const counted = { finding: findingOf(fault, path, length), count: 1 };
      this.#found.set(keyOf(fault), counted);
      this.#byFault.set(fault, counted);
      return;
    }
    this.#byFault.set(fault, known);
    known.count++;
    const { schedule } = known.finding;
    if (isSimpler(path, length, schedule)) known.finding = findingOf(fault, path, length);
  }

  /** Adds what another search found. */
  join(finding: Finding): void {
    const key = keyOf(finding), known = this.#found.get(key), { schedule } = finding;
    const isBetter = known === undefined ||
      isSimpler(schedule, schedule.length, known.finding.schedule);
    this.#found.set(key, {
      finding: isBetter ? finding : known.finding,
      count: finding.count + (known?.count ?? 0),
    });
  }

  /** All findings, those with the shortest schedules first: the same order whoever found them. */
  sorted(): Finding[] {
    return this.list().sort((one, two) => {
      if (isSimpler(one.schedule, one.schedule.length, two.schedule)) return -1;
      if (isSimpler(two.schedule, two.schedule.length, one.schedule)) return 1;
      return keyOf(one) < keyOf(two) ? -1 : 1;
    });
  }

  /** All findings, in the order in which they were first seen. */
  list(): Finding[] {
    return [...this.#found.values()].map(({ finding, count }) => ({ ...finding, count }));
  }
}

/** Equal for what is about the same. */
function keyOf(
  { sanitizer, kind, subject }: Pick<Finding, "sanitizer" | "kind" | "subject">,
): string {
  return `${sanitizer}\0${kind}\0${subject}`;
}

function findingOf(
  { sanitizer, kind, subject, message }: KernelFault,
  path: ArrayLike<number>,
  length: number,
): Finding {
  const schedule = Array.from({ length }, (_, at) => path[at] as number);
  return { sanitizer, kind, subject, message, schedule, count: 0 };
}

/** Is `path` shorter up to `length` than `other`, or as long and earlier in the order of task ids? */
function isSimpler(path: ArrayLike<number>, length: number, other: readonly number[]): boolean {
  if (length !== other.length) return length < other.length;
  for (let at = 0; at < length; at++) {
    const task = path[at] as number, another = other[at] as number;
    if (task !== another) return task < another;
  }
  return false;
}

/** The findings that the expectation does not name. */
export function unexpected(expect: Expectation, findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => !isKnown(expect, finding));
}

function isKnown(expect: Expectation, { sanitizer, kind, subject }: Finding): boolean {
  if (expect.verdict === "holds") return false;
  const { also = [] } = expect;
  const isMain = sanitizer === expect.sanitizer && kind === expect.fault &&
    (expect.subject === undefined || subject === expect.subject);
  return isMain ||
    also.some((other) =>
      sanitizer === other.sanitizer && kind === other.fault && other.subjects.includes(subject)
    );
}

/** Does what was found agree with what was expected: the fault that is known, and no other? */
export function agrees(
  expect: Expectation,
  findings: readonly Finding[],
  exhaustive: boolean,
): boolean {
  if (expect.verdict === "holds") return findings.length === 0 && exhaustive;
  const { also: _, ...main } = expect;
  return findings.some((finding) => isKnown(main, finding)) &&
    unexpected(expect, findings).length === 0;
}
