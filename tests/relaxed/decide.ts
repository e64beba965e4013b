/** The litmus runner's answer on a program, as it is and with every write made dependent. */
import { parse } from "../../src/litmus/parser.ts";
import { candidates } from "../../src/litmus/candidates.ts";
import { closeTraces, combinations } from "../../src/litmus/combine.ts";
import { graphOf } from "../../src/litmus/graph.ts";
import { brokenAxiom, relate } from "../../src/litmus/model.ts";
import { plainAccesses } from "../../src/litmus/race.ts";
import { ADDRESS, type Trace, type Value } from "../../src/litmus/trace.ts";
import type { LitmusTest } from "../../src/litmus/ast.ts";
import { asLitmus, type Program } from "./programs.ts";

/** What the model allows. */
export interface Allowed {
  /** Final states: locations x, y, z, n, k, p, then the registers of each process. */
  readonly states: ReadonlySet<string>;
  readonly races: boolean;
}

/** With `dependent`, each write of a process depends on all reads before it. */
export function allowedBy(program: Program, dependent: boolean): Allowed {
  const test = parse("generated", asLitmus(program));
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
      if (plain.races.length > 0) races = true;
      const memory = last.map((event) => graph.events[event]?.value ?? 0);
      states.add(finalState(test, index, memory, combination));
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

function finalState(
  { observed, locations }: LitmusTest,
  index: ReadonlyMap<string, number>,
  memory: readonly Value[],
  traces: readonly Trace[],
): string {
  const registers = observed.filter((each) => each.kind === "register");
  const values = [
    ...LOCATIONS.map((name) => memory[index.get(name) as number] as number),
    ...registers.map(({ process, name }) => traces[process]?.registers.get(name) ?? 0),
  ];
  return values.map((value) => value >= ADDRESS ? locations[value - ADDRESS]?.name : value)
    .join(" ");
}

const LOCATIONS = ["x", "y", "z", "n", "k", "p"];
