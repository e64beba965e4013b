/** Faults that do not end their execution: data races, and circles in the order of locks. */
import type { Execution } from "./execution.ts";
import { KernelFault } from "./fault.ts";
import { reportCirclesTo } from "./lockorder.ts";
import { reportRacesTo } from "./races.ts";

/** A fault that does not end its execution, and the schedule that led to it. */
export interface Aside {
  readonly fault: KernelFault;
  readonly schedule: number[];
}

/** Keeps the first data race of each subject, and the first of each circle of locks. */
export function listen(execution: Execution): Map<string, Aside> {
  const asides = new Map<string, Aside>();
  const isModelled = execution.memory !== null;
  reportRacesTo((race) => {
    const { subject, address } = race;
    // Relaxed memory knows by the memory model what clocks can only suspect.
    if (asides.has(subject) || isModelled !== (race.isModelled ?? false)) return;
    const fault = new KernelFault("KCSAN", "data-race", subject, "", address);
    asides.set(subject, { fault, schedule: execution.schedule() });
  });
  reportCirclesTo((fault) => {
    if (asides.has(fault.subject)) return;
    asides.set(fault.subject, { fault, schedule: execution.schedule() });
  });
  return asides;
}

/** What was heard since the last call. */
export function takeAll(asides: Map<string, Aside>): Aside[] {
  const taken = [...asides.values()];
  asides.clear();
  return taken;
}
