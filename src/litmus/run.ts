import type { LitmusTest } from "./ast.ts";
import { candidates } from "./candidates.ts";
import { closeTraces, combinations } from "./combine.ts";
import { type FinalState, holds } from "./condition.ts";
import { LitmusError } from "./error.ts";
import { type Graph, graphOf } from "./graph.ts";
import { brokenAxiom, relate } from "./model.ts";
import { plainAccesses } from "./race.ts";
import { type LitmusResult, Tally } from "./tally.ts";
import { ADDRESS, type Trace } from "./trace.ts";

export type { LitmusResult, ShownState } from "./tally.ts";

/** Bounds, and the switch for the test that compares the two enumerations of candidates. */
export interface RunOptions {
  /** Most traces of one process, and most candidate executions; more end as a refusal. Default 200,000 and 5,000,000. */
  readonly maxTraces?: number;
  readonly maxCandidates?: number;
  /** Enumerate incoherent candidates as well and leave them to the axioms. Default false. */
  readonly unpruned?: boolean;
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
  // The plain access is the one to mend; of two, the earlier in the file.
  const [first, second] = race.map((event) => graph.events[event]?.access ?? null)
    .sort((a, b) =>
      Number(b?.tag === "plain") - Number(a?.tag === "plain") ||
      (a?.position.line ?? 0) - (b?.position.line ?? 0)
    );
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
