/** Work that runs in threads of its own (include/linux/workqueue.h, kernel/workqueue.c). */
import { loadMarked, storeMarked } from "explore/memory.ts";
import { peek } from "explore/objects.ts";
import { bool, create, destroy, host, link, struct } from "explore/struct.ts";
import {
  indivisible,
  observePublished,
  publish,
  spawn,
  type Step,
  type Task,
} from "explore/task.ts";
import { atomically } from "./atomic.ts";

/** A function to be run by a worker. It may free the work item that it is called with. */
export class work_struct extends struct("work_struct", {
  func: host<(work: work_struct) => Task>(),
  pending: bool,
  /** The worker that ran it last, or will. */
  worker: link,
}) {}

/** A worker's own record; it outlives the work item. */
class worker extends struct("worker", { busy: bool }) {}

const PENDING = 2, BUSY = 1;

/** Sets the function of a work item that is not queued. */
export function INIT_WORK(work: work_struct, func: (work: work_struct) => Task): void {
  work.func = func;
  work.pending = false;
  work.worker = 0;
}

/**
 * Queues `work`; answers false when it was queued already. It counts as queued until it starts, and
 * one item never runs in two workers at once.
 */
export function schedule_work(work: work_struct): Step<boolean> {
  return indivisible("schedule_work", work, () => {
    const pending = work.address + PENDING;
    if (loadMarked(pending) !== 0) return false;
    storeMarked(pending, 1);
    const record = create(worker);
    record.busy = true;
    const before = work.worker === 0 ? 0 : work.worker + BUSY;
    work.worker = record.address;
    spawn("kworker", () => process_one_work(work, record, before), {
      label: "process_one_work",
      subject: work,
      ready: () => before === 0 || peek(before) === 0,
    });
    return true;
  });
}

function* process_one_work(work: work_struct, record: worker, before: number): Task {
  if (before !== 0) observePublished(before);
  const { func } = work;
  yield* atomically("process_one_work", work, work.address + PENDING, storeMarked, 0);
  yield* func(work);
  record.busy = false;
  publish(record.address + BUSY);
  destroy(record);
}
