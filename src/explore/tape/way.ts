/** One way that a step of a task can go, as its tape shows it. */
import type { KernelFault } from "../fault.ts";
import type { Footprint } from "../footprint.ts";
import type { Shape } from "../objects.ts";
import type { Place } from "./place.ts";

/** An object that a step allocated, and what its words are at the end of the step. */
export interface Made {
  readonly base: number;
  readonly shape: Shape;
  readonly words: Int32Array;
}

/** One way that a step can go. */
export interface Way {
  /** Where its operations, what it reads and what it writes begin and end in the store. */
  readonly ops: number;
  readonly opsEnd: number;
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
  readonly start: Place;
  /** Where it leads. */
  readonly end: Place;
  /** The footprint that it had last. */
  footprint: Footprint;
  /** What is played of it, made when words were shared as `version` says. */
  played: number;
  playedEnd: number;
  version: number;
  /** The footprint of what is not played. */
  rest: Footprint;
}
