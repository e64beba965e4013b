/**
 * What a sanitizer says when an execution does something that a kernel must not do.
 *
 * The classes carry the names of the kernel's own tools, so that a reader knows which report would
 * have shown up in the log of a real machine.
 */
import { STACK_DEPTH } from "./stack.ts";

/** The tools whose voice a report can have. */
export type Sanitizer =
  | "KASAN"
  | "KCSAN"
  | "lockdep"
  | "refcount"
  | "hung task"
  | "soft lockup"
  | "kmemleak"
  | "list debug"
  | "oops"
  | "SRCU"
  | "TLB"
  | "law";

/** A frame of a stack, innermost first; `file` is a chapter where the frame is in the book. */
export interface Frame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

let stackDepth = STACK_DEPTH;

/** Switches the stacks of faults on or off. To take one costs more than to run an execution. */
export function takeStacks(on: boolean): void {
  stackDepth = on ? STACK_DEPTH : 0;
}

/**
 * A finding. It is thrown by the primitive that notices it, runs up through the task that did it
 * and ends the execution, as `panic_on_warn` would.
 */
export class KernelFault extends Error {
  override readonly name = "KernelFault";
  /** Which sanitizer speaks. */
  readonly sanitizer: Sanitizer;
  /** The kind of fault, in that sanitizer's words: `use-after-free`, `recursive locking`. */
  readonly kind: string;
  /** What it is about, by type and field and never by address, so that equal faults compare equal. */
  readonly subject: string;
  /** Where in memory it happened, 0 if it is about no one place. */
  readonly address: number;

  constructor(sanitizer: Sanitizer, kind: string, subject: string, detail = "", address = 0) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = stackDepth;
    super(`${sanitizer}: ${kind} in ${subject}${detail === "" ? "" : `: ${detail}`}`);
    Error.stackTraceLimit = limit;
    this.sanitizer = sanitizer;
    this.kind = kind;
    this.subject = subject;
    this.address = address;
  }
}

/**
 * Thrown when an atomic object turns out to be touched without a common lock. The search takes it
 * as "make this object a scheduling point and start again", never as a finding.
 */
export class Demotion extends Error {
  override readonly name = "Demotion";
}
