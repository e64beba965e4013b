/** Which way to step fits an execution. */
import type { Execution } from "../execution.ts";
import { LiveStepper, type Stepper } from "../search/stepper.ts";
import { TapedStepper } from "./stepper.ts";

const steppers = new WeakMap<Execution, Stepper>();
let areTaped = true;

/** Switches tapes off, for tests that hold one way against the other, and on again. */
export function useTapes(on: boolean): void {
  areTaped = on;
}

/** The stepper of `execution`, which all its searches share. */
export function stepperFor(execution: Execution): Stepper {
  if (!areTaped) return new LiveStepper(execution);
  let stepper = steppers.get(execution);
  if (stepper === undefined) steppers.set(execution, stepper = new TapedStepper(execution));
  return stepper;
}
