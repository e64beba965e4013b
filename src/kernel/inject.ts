/**
 * Fault injection (lib/fault-inject.c): a scenario's setup names the calls that must fail, so that
 * every unwinding path can be run.
 *
 * Which call fails is counted for each thread by itself. A count over all threads would make the
 * choice depend on the order of steps that have nothing to do with each other.
 */
import { host, struct } from "explore/struct.ts";
import { currentTask, type TaskState } from "explore/task.ts";
import { define } from "./static.ts";

/** One rule: which call fails. */
export interface FaultRule {
  /** The call: `kzalloc iommu_bond`, `idr_alloc`, `mmu_notifier_register -EINTR`. */
  readonly site: string;
  /** Which of a thread's calls fails, from 1; every one if left out. */
  readonly nth?: number;
  /** The thread by name; every thread if left out. */
  readonly task?: string;
}

class fault_attr extends struct("fault_attr", { rules: host<readonly FaultRule[]>() }) {}

/** In kernel memory, so that a scenario's rules end with it. */
const attributes = define("fault_attr", fault_attr);

/** How often each thread of the execution came by each site; a thread is new in every execution. */
const counts = new WeakMap<TaskState, Map<string, number>>();

/**
 * Makes calls at `site` fail, from a scenario's setup. A site is named as in {@link FaultRule}.
 * @throws {RangeError} for an `nth` below 1
 */
export function inject_fault(site: string, which: Omit<FaultRule, "site"> = {}): void {
  if (which.nth !== undefined && !(which.nth >= 1)) {
    throw new RangeError(`Cannot inject a fault: nth is ${which.nth}, wanted 1 or more`);
  }
  attributes.rules = [...(attributes.rules ?? []), { site, ...which }];
}

/** Is the current call at `site` one that must fail? Counts the call. */
export function should_fail(site: string): boolean {
  const rules = attributes.rules;
  if (rules === undefined) return false;
  const task = currentTask();
  let seen = counts.get(task);
  if (seen === undefined) counts.set(task, seen = new Map());
  const count = (seen.get(site) ?? 0) + 1;
  seen.set(site, count);
  return rules.some((rule) =>
    rule.site === site && (rule.nth ?? count) === count && (rule.task ?? task.name) === task.name
  );
}
