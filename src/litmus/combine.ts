import type { LitmusTest } from "./ast.ts";
import { seeds } from "./seeds.ts";
import { traces } from "./thread.ts";
import type { Trace, Value } from "./trace.ts";

/** Runs the traces of every process over growing sets of values until no location gains a value. `limit` bounds the traces of one process. */
export function closeTraces(
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
export function* combinations(
  all: readonly Trace[][],
  initial: readonly Value[],
): Generator<Trace[]> {
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
