/** What a search covered, in a sentence. */
import type { Setup } from "./options.ts";
import type { MemoryModel } from "./relaxed/hook.ts";

/** How a search was set up, and what came of that. */
export interface Searched extends Setup {
  /** Was the rest of some executions known from a state on? */
  readonly isCached: boolean;
  /** Of a search over states: had it not looked for data races yet? */
  readonly leavesRaces: boolean;
  /** Of a search over states: threads whose names it took to be of no matter. */
  readonly nameless: readonly (readonly string[])[];
}

const MEMORY: Readonly<Record<MemoryModel, string>> = {
  sequential: "sequentially consistent memory",
  relaxed:
    "memory as relaxed as the Linux kernel memory model allows where no write comes before " +
    "an earlier read of its thread",
};

/** What a reduced search leaves out. */
const REDUCED: Readonly<Record<string, string>> = {
  reduced: ", one order of steps that commute",
};

/** What a search with a cache leaves out. */
const CACHED = ", one run from each state that tasks come to in several ways";

/** What a search over states leaves out, or had not done yet when it was ended. */
function overStates(nameless: readonly (readonly string[])[], leavesRaces: boolean): string {
  const which = nameless.map((group) => group.join(", ")).join(" and of ");
  const names = which === "" ? "" : ` for all that differ only in which of ${which} is which`;
  const rest = leavesRaces ? ", without a look for data races, which comes last" : "";
  return `, each state once${names}, one order of steps that commute${rest}`;
}

/** The sentence that says what a search covered: threads, objects, steps, memory model, bounds. */
export function describeScope(
  threads: readonly string[],
  objects: ReadonlyMap<string, number>,
  { mode, seed, bugDepth, granularity, memory, bounds, groups, isCached, nameless, leavesRaces }:
    Searched,
  exhaustive: boolean,
): string {
  const limits = Object.entries(bounds).map(([name, limit]) => `at most ${limit} ${name}`);
  const which = exhaustive ? "every interleaving" : "some interleavings";
  const on = [...objects].map(([name, count]) => `${count} ${name}`);
  const drawn = (seed === undefined ? "" : ` with seed ${seed}`) +
    (bugDepth === undefined ? "" : ` for bugs of depth ${bugDepth}`);
  const unit = granularity === "sections"
    ? "critical sections as units where every access proved ordered"
    : "single operations";
  const alike = groups.map((group) => `, one order in which ${group.join(", ")} begin`).join("");
  const left = mode === "states" ? overStates(nameless, leavesRaces) : REDUCED[mode] ?? "";
  return `${which} of ${threads.join(" || ")} and what they spawn` +
    `${on.length === 0 ? "" : ` on ${on.join(", ")}`}; ${unit}; ` +
    `${MEMORY[memory]}; ${mode === "states" ? "search over states" : `${mode} search`}${left}${
      isCached ? CACHED : ""
    }${alike}${drawn}, ` +
    (limits.length === 0 ? "no bounds" : limits.join(", "));
}
