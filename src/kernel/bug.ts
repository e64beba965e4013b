/** Assertions of kernel code (include/linux/bug.h). A warning is a line in the log, a BUG an oops. */
import { KernelFault } from "explore/fault.ts";
import { isLogged, printk } from "explore/task.ts";

/**
 * Ends the execution when `condition` holds, as BUG_ON.
 * @throws {KernelFault} oops, "kernel BUG"
 */
export function BUG_ON(condition: boolean, what = "BUG_ON"): void {
  if (condition) throw new KernelFault("oops", "kernel BUG", what);
}

/** Logs `WARNING: what` when `condition` holds, and answers `condition`. */
export function WARN_ON(condition: boolean, what = "WARN_ON"): boolean {
  if (condition) printk(`WARNING: ${what}`);
  return condition;
}

/** As {@link WARN_ON}, but a second warning of the same words in one execution is not logged. */
export function WARN_ON_ONCE(condition: boolean, what = "WARN_ON_ONCE"): boolean {
  if (condition && !isLogged(`WARNING: ${what}`)) printk(`WARNING: ${what}`);
  return condition;
}

/** Logs a warning that starts with the device's name (include/linux/device.h). */
export function dev_WARN(device: { readonly name: string }, message: string): void {
  printk(`WARNING: ${device.name}: ${message}`);
}
