/** One way that a step of a task can go, as its tape shows it. */
import type { KernelFault } from "../fault.ts";
import type { Shape } from "../objects.ts";
import type { Place } from "./place.ts";
import type { Profile } from "./profile.ts";
import type { Uses, Variant } from "./uses.ts";

/** An object that a step allocated, and what its words are at the end of the step. */
export interface Made {
  readonly base: number;
  readonly shape: Shape;
  readonly words: Int32Array;
}

/** What is needed of a way to go through its operations. */
export interface Piece {
  /** Where in the store its operations begin and end. */
  readonly ops: number;
  readonly opsEnd: number;
  readonly start: Place;
}

/** One way that a step can go. */
export interface Way extends Piece {
  /** Where what it reads and what it writes begin and end in the store. */
  readonly inputs: number;
  readonly inputsEnd: number;
  readonly outputs: number;
  readonly outputsEnd: number;
  readonly made: readonly Made[];
  /** Base addresses of what was given back. */
  readonly freed: readonly number[];
  /** How much of the task's region is used up before the step, and after it. */
  readonly topBefore: number;
  readonly topAfter: number;
  /** Lines for the kernel log. */
  readonly log: readonly string[];
  /** Tasks that it makes, at their beginnings. */
  readonly spawned: readonly Place[];
  /** The fault that it ends in, if it does. */
  readonly fault: KernelFault | null;
  /** Where it leads. */
  readonly end: Place;
  /** When words were shared as `version` says: what it adds to footprints, and the kinds that this gave. */
  version: number;
  uses: Uses;
  variants: Variant[];
  /** And of what the sanitizers may have to hear. */
  profile: Profile;
  /** What they are told; null if that was not worked out yet. */
  checks: Int32Array | null;
}
