/** What a batch and its Workers say to each other. */
import type { ExploreOptions, Progress } from "explore/explore.ts";
import type { Verdict } from "explore/verdict.ts";
import type { TextAddress } from "./address.ts";
import type { Thrown } from "./thrown.ts";

/** What a Worker is told once. */
export interface BatchAssignment {
  readonly text: TextAddress;
  /** The scenarios, each with whether it is to be dropped once it turns out to be large. */
  readonly scenarios: readonly { readonly name: string; readonly canSplit: boolean }[];
  readonly options: Omit<ExploreOptions, "progress">;
  /** Two numbers for all: the next scenario that nobody has; anything but 0 tells to stop. */
  readonly shared: Int32Array;
}

/** Where those numbers are. */
export const NEXT = 0, STOP = 1;

/** What became of a scenario. */
export interface Explored {
  readonly verdict: Verdict;
  /** Was it given up, to be searched in parts? */
  readonly isDropped: boolean;
}

/** What a Worker says of the scenario at `index`, that it cannot begin at all, or that it has ended. */
export type FromBatchWorker =
  | { readonly index: number; readonly explored: Explored }
  | { readonly index: number; readonly soFar: Progress }
  | { readonly index: number; readonly error: Thrown }
  | { readonly index?: never; readonly error: Thrown }
  | { readonly hasEnded: true };
