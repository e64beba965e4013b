/** The litmus runner's answer on a test, as it is and with every write made dependent. */
import type { LitmusTest, Observable } from "../../src/litmus/ast.ts";
import { candidates } from "../../src/litmus/candidates.ts";
import { closeTraces, combinations } from "../../src/litmus/combine.ts";
import { type FinalState, holds } from "../../src/litmus/condition.ts";
import { graphOf } from "../../src/litmus/graph.ts";
import { brokenAxiom, relate } from "../../src/litmus/model.ts";
import { plainAccesses } from "../../src/litmus/race.ts";
import { ADDRESS, type Trace } from "../../src/litmus/trace.ts";

/** What the model allows. */
export interface Allowed {
  /** Final states: the values of what is observed, in that order; pointers by name. */
  readonly states: ReadonlySet<string>;
  readonly races: boolean;
}

/** What is observed of a final state, as one line. */
export function showState(
  { locations }: LitmusTest,
  observed: readonly Observable[],
  { get }: FinalState,
): string {
  return observed.map(get).map((value) =>
    value >= ADDRESS ? locations[value - ADDRESS]?.name : value
  )
    .join(" ");
}

/** With `dependent`, each write of a process depends on all reads before it. */
export function allowed(
  test: LitmusTest,
  observed: readonly Observable[],
  dependent: boolean,
): Allowed {
  const index = new Map(test.locations.map((location, at) => [location.name, at]));
  const initial = test.locations.map(({ initial }) =>
    typeof initial === "number" ? initial : ADDRESS + (index.get(initial) as number)
  );
  const states = new Set<string>();
  let races = false;
  const all = closeTraces(test, index, initial, 200_000);
  for (const combination of combinations(all, initial)) {
    const traces = dependent ? combination.map(dependentTrace) : combination;
    const graph = graphOf(initial, traces);
    for (const { rf, co, last } of candidates(graph, initial.length, true)) {
      const relations = relate(graph, rf, co);
      if (brokenAxiom(graph, relations) !== null) continue;
      const plain = plainAccesses(graph, relations);
      if (!plain.coherent) continue;
      const state: FinalState = {
        address: (name) => ADDRESS + (index.get(name) as number),
        get: (each) =>
          each.kind === "register"
            ? combination[each.process]?.registers.get(each.name) ?? 0
            : graph.events[last[index.get(each.name) as number] as number]?.value ?? 0,
      };
      if (test.filter !== null && !holds(test.filter, state)) continue;
      if (plain.races.length > 0) races = true;
      states.add(showState(test, observed, state));
    }
  }
  return { states, races };
}

function dependentTrace(trace: Trace): Trace {
  let reads = 0;
  const accesses = trace.accesses.map((access, at) => {
    if (access.kind === "R") {
      reads |= 1 << at;
      return access;
    }
    return { ...access, data: access.data | reads };
  });
  return { ...trace, accesses };
}
