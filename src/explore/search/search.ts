/** What every search has in common. */
import { Findings } from "../verdict.ts";

/** What a search has found so far. */
export interface SearchResult {
  executions: number;
  redundant: number;
  steps: number;
  /** Of the executions, redundant ones too: those that were not run, since they were known from a state on. */
  known: number;
  /** How many states were told apart; missing in searches that do not. */
  states?: number;
  /** Of a search that looks for data races when it has seen all states: has it not yet? */
  leavesRaces?: boolean;
  /** A mask of the tasks that ever ran. */
  tasks: number;
  exhaustive: boolean;
  /** Of a search under way: about how many executions, redundant ones too, there will be in all. */
  expected?: number;
  readonly findings: Findings;
  /** Hashes of the states in which executions ended well. */
  readonly finalStates: Set<string>;
}

/** A search under way: yields its result so far, returns the whole. */
export type Search = Generator<SearchResult, SearchResult, void>;

/** The result of a search that has not begun. */
export function nothingYet(): SearchResult {
  return {
    executions: 0,
    redundant: 0,
    steps: 0,
    known: 0,
    tasks: 0,
    exhaustive: true,
    findings: new Findings(),
    finalStates: new Set(),
  };
}
