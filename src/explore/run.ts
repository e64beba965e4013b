/** Runs kernel code alone, for tests of what a function does when nobody interferes. */
import { asFault, runAlone } from "./execution.ts";
import { findLeak } from "./leak.ts";
import { restoreSnapshot, takeSnapshot } from "./memory.ts";
import { machine, resetTasks, type Task } from "./task.ts";

/**
 * Runs `body` as the only thread of a fresh kernel and answers what it returns; spawned work runs
 * too. Memory is put back afterwards.
 * @throws {KernelFault} on a fault, a thread that never ends or a leak
 */
export function run<T>(body: () => Task<T>): T {
  const boot = takeSnapshot();
  try {
    const result = runAlone(body);
    const leak = findLeak();
    if (leak !== undefined) throw leak;
    return result;
  } catch (error) {
    throw asFault(error);
  } finally {
    restoreSnapshot(boot);
    resetTasks(true);
  }
}

/** The kernel log of the execution under way, oldest line first. */
export function dmesg(): readonly string[] {
  return machine.log;
}
