import type { Expectation, LitmusTest, Observable } from "./ast.ts";
import { candidates } from "./candidates.ts";
import { type FinalState, holds, showObservable } from "./condition.ts";
import { LitmusError } from "./error.ts";
import { type Graph, graphOf } from "./graph.ts";
import { brokenAxiom, relate } from "./model.ts";
import { plainAccesses } from "./race.ts";
import { seeds } from "./seeds.ts";
import { traces } from "./thread.ts";
import { ADDRESS, type Trace, type Value } from "./trace.ts";

/** A final state as shown: `[name, value]` of every observed register and location; addresses by name. */
export type ShownState = readonly (readonly [name: string, value: string])[];

/**
 * What the model says of a test. `positive` and `negative` count the executions that the model allows (and the filter
 * keeps) by whether the proposition holds at their end; `states` are their distinct final states, sorted.
 * `candidates` counts the executions that were judged. `ok`: exists has a witness, forall no counterexample, ~exists
 * no witness. `matched` is null where the file promises nothing.
 */
export interface LitmusResult {
  readonly test: LitmusTest;
  readonly states: readonly ShownState[];
  readonly positive: number;
  readonly negative: number;
  readonly candidates: number;
  readonly ok: boolean;
  readonly observation: "Never" | "Sometimes" | "Always";
  readonly matched: boolean | null;
}

/** Bounds, and the switch for the test that compares the two enumerations of candidates. */
export interface RunOptions {
  /** Most traces of one process, and most candidate executions; more end as a refusal. Default 200,000 and 5,000,000. */
  readonly maxTraces?: number;
  readonly maxCandidates?: number;
  /** Enumerate incoherent candidates as well and leave them to the axioms. Default false. */
  readonly unpruned?: boolean;
}

/** Runs the traces of every process over growing sets of values until no location gains a value. */
function closeTraces(
  test: LitmusTest,
  index: ReadonlyMap<string, number>,
  initial: readonly Value[],
  limit: number,
): Trace[][] {
  const extra = seeds(test);
  const domains = initial.map((value, location) =>
    new Set(test.locations[location]?.lock ? [value] : [value, ...extra])
  );
  for (let round = 0;; round++) {
    const all = test.processes.map((each) => traces(test, each, index, domains, limit));
    const writes = (trace: Trace) => trace.accesses.filter((each) => each.kind === "W");
    // A value needs a chain of writes, each computed from the one before, hence no more rounds than writes.
    const longest = all
      .map((each) => Math.max(0, ...each.map((trace) => writes(trace).length)))
      .reduce((sum, count) => sum + count, 0);
    let grew = false;
    for (const write of all.flat().flatMap(writes)) {
      const domain = domains[write.location];
      if (domain === undefined || domain.has(write.value)) continue;
      domain.add(write.value);
      grew = true;
    }
    if (!grew || round > longest) return all;
  }
}

/** Combinations of one trace a process in which every value read is written by one of the traces or initially. */
function* combinations(all: readonly Trace[][], initial: readonly Value[]): Generator<Trace[]> {
  const keyOf = (location: number, value: Value) => `${location} ${value}`;
  const writes = (trace: Trace) =>
    trace.accesses.filter((each) => each.kind === "W").map((w) => keyOf(w.location, w.value));
  const written = all.map((each) => each.map(writes));
  const reads = all.map((each) =>
    each.map((trace) => [
      ...new Set(
        trace.accesses.filter((a) => a.kind === "R").map((r) => keyOf(r.location, r.value)),
      ),
    ])
  );
  const later: Set<string>[] = [];
  let rest = new Set(initial.map((value, location) => keyOf(location, value)));
  for (let process = all.length - 1; process >= 0; process--) {
    later[process] = rest;
    rest = new Set([...rest, ...(written[process] ?? []).flat()]);
  }
  const chosen: Trace[] = [];
  const supplied: string[][] = [];
  const needed: string[][] = [];
  function* pick(process: number): Generator<Trace[]> {
    const options = all[process];
    if (options === undefined) {
      yield [...chosen];
      return;
    }
    for (let option = 0; option < options.length; option++) {
      const trace = options[option];
      if (trace === undefined) continue;
      chosen.push(trace);
      supplied.push(written[process]?.[option] ?? []);
      needed.push(reads[process]?.[option] ?? []);
      const possible = later[process] ?? new Set();
      const have = (key: string) => possible.has(key) || supplied.some((s) => s.includes(key));
      if (needed.every((keys) => keys.every(have))) yield* pick(process + 1);
      chosen.pop();
      supplied.pop();
      needed.pop();
    }
  }
  yield* pick(0);
}

function finalState(
  graph: Graph,
  combination: readonly Trace[],
  last: readonly number[],
  index: ReadonlyMap<string, number>,
): FinalState {
  return {
    address: (location) => ADDRESS + (index.get(location) ?? 0),
    get: (observable) =>
      observable.kind === "register"
        ? combination[observable.process]?.registers.get(observable.name) ?? 0
        : graph.events[last[index.get(observable.name) ?? -1] ?? -1]?.value ?? 0,
  };
}

/** Refuses the test where an execution that the model allows faults or races. */
function refuseUnsound(
  test: LitmusTest,
  graph: Graph,
  combination: readonly Trace[],
  races: readonly [number, number][],
): void {
  for (const { fault, process } of combination) {
    if (fault === null) continue;
    throw new LitmusError(test.file, fault.position, `P${process}: ${fault.reason}`);
  }
  const race = races[0];
  if (race === undefined) return;
  const pair = race.map((event) => graph.events[event]?.access ?? null);
  const [first, second] = pair[0]?.tag === "plain" ? pair : [pair[1], pair[0]];
  const at = first?.position ?? { line: 1, column: 1 };
  const other = second?.position ?? at;
  const name = test.locations[first?.location ?? -1]?.name;
  throw new LitmusError(
    test.file,
    at,
    `plain-access race on \`${name}\` with the access at line ${other.line}: ` +
      "tests that race are refused, as the model gives them no meaning",
  );
}

function show(value: Value, test: LitmusTest): string {
  return value >= ADDRESS ? test.locations[value - ADDRESS]?.name ?? "?" : String(value);
}

/** Orders states by their values from left to right: integers by size, then addresses. */
function compareStates(a: readonly Value[], b: readonly Value[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Collects the final states of allowed executions. */
class Tally {
  positive = 0;
  negative = 0;
  private readonly states = new Map<string, readonly Value[]>();
  private readonly test: LitmusTest;

  constructor(test: LitmusTest) {
    this.test = test;
  }

  add(state: FinalState): void {
    const { condition, observed } = this.test;
    if (holds(condition, state)) this.positive++;
    else this.negative++;
    const values = observed.map((each: Observable) => state.get(each));
    this.states.set(values.join(" "), values);
  }

  result(judged: number): LitmusResult {
    const { test, positive, negative } = this;
    const names = test.observed.map(showObservable);
    const states = [...this.states.values()].sort(compareStates)
      .map((values) => values.map((value, i) => [names[i] ?? "", show(value, test)] as const));
    const observation = positive === 0 ? "Never" : negative === 0 ? "Always" : "Sometimes";
    const ok = { exists: positive > 0, forall: negative === 0, "~exists": positive === 0 };
    const expected: Expectation | null = test.expectation;
    const seen: Expectation = positive + negative === 0 && expected === "Deadlock"
      ? "Deadlock"
      : observation;
    return {
      test,
      states,
      positive,
      negative,
      candidates: judged,
      ok: ok[test.quantifier],
      observation,
      matched: expected === null ? null : seen === expected,
    };
  }
}

/**
 * Decides a litmus test by enumerating candidate executions and keeping those that the axioms allow. Exhaustive: no
 * execution of the subset is left out, with one exception: values come from what the processes compute from initial
 * values and from the integers of the program (see seeds.ts), so an execution in which some other value justifies itself
 * out of thin air is not made even where no axiom forbids it.
 * @throws LitmusError where an allowed execution faults or has a plain-access race, or the test exceeds the bounds.
 */
export function run(test: LitmusTest, options: RunOptions = {}): LitmusResult {
  const maxCandidates = options.maxCandidates ?? 5_000_000;
  const index = new Map(test.locations.map((location, i) => [location.name, i]));
  const initial = test.locations.map(({ initial }) =>
    typeof initial === "number" ? initial : ADDRESS + (index.get(initial) ?? 0)
  );
  const tally = new Tally(test);
  let judged = 0;
  const all = closeTraces(test, index, initial, options.maxTraces ?? 200_000);
  for (const combination of combinations(all, initial)) {
    const graph = graphOf(initial, combination);
    for (const { rf, co, last } of candidates(graph, initial.length, !options.unpruned)) {
      if (++judged > maxCandidates) {
        const position = test.processes[0]?.position ?? { line: 1, column: 1 };
        const reason = `more than ${maxCandidates} candidate executions: the test is too large`;
        throw new LitmusError(test.file, position, reason);
      }
      const relations = relate(graph, rf, co);
      if (brokenAxiom(graph, relations) !== null) continue;
      const plain = plainAccesses(graph, relations);
      if (!plain.coherent) continue;
      const state = finalState(graph, combination, last, index);
      if (test.filter !== null && !holds(test.filter, state)) continue;
      refuseUnsound(test, graph, combination, plain.races);
      tally.add(state);
    }
  }
  return tally.result(judged);
}
