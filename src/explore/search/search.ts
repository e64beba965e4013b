/** What every search has in common. */
import type { Findings } from "../verdict.ts";

/** What a search has found so far. */
export interface SearchResult {
  executions: number;
  redundant: number;
  steps: number;
  /** A mask of the tasks that ever ran. */
  tasks: number;
  exhaustive: boolean;
  readonly findings: Findings;
  /** Hashes of the states in which executions ended well. */
  readonly finalStates: Set<string>;
}

/** A search under way: yields its result so far, returns the whole. */
export type Search = Generator<SearchResult, SearchResult, void>;
