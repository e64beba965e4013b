/**
 * Sleepable RCU (kernel/rcu/srcutree.c): readers that may sleep, and callbacks that run when all
 * readers who were there at queueing time have left.
 *
 * Each thread has a word of its own in the domain: odd while it is in a read section. A grace period
 * remembers the odd words and ends when each of them has changed.
 */
import { KEEP_LIMIT } from "explore/clocks.ts";
import { KernelFault } from "explore/fault.ts";
import { noteGracePeriod } from "explore/lockorder.ts";
import { loadMarked, storeMarked } from "explore/memory.ts";
import { checkAlive, describe, isDemoted, peek } from "explore/objects.ts";
import { noteRead } from "explore/observe.ts";
import { recorder } from "explore/recorder.ts";
import { asMeeting } from "explore/relaxed/hook.ts";
import { bool, host, struct } from "explore/struct.ts";
import { calling } from "explore/tape/call.ts";
import {
  currentTask,
  done,
  indivisible,
  keepPublished,
  machine,
  observeKept,
  observePublished,
  presentTasks,
  publish,
  spawn,
  type Step,
  type Task,
  type TaskState,
  waitUntil,
} from "explore/task.ts";
import { atomically } from "./atomic.ts";
import { HeldLock } from "./lock.ts";
import { local_bh_disable, local_bh_enable, might_sleep } from "./sched.ts";
import { define } from "./static.ts";
import { wordsByTask } from "./words.ts";

/** A domain: its readers hold up its own grace periods and no others. */
export class srcu_struct extends struct("srcu_struct", { sections: wordsByTask() }) {}

/** A queued callback; embedded in what the callback frees. */
export class rcu_head extends struct("rcu_head", { func: host<RcuCallback>(), queued: bool }) {}

/** What runs after a grace period. It must not sleep. */
export type RcuCallback = (head: rcu_head) => Task;

/** Defines a static domain that reports call `name`. */
export function DEFINE_SRCU(name: string): srcu_struct {
  return define(name, srcu_struct);
}

function sectionOf(domain: srcu_struct, task: number): number {
  return domain.address + 1 + task;
}

function depthIn(task: TaskState, domain: srcu_struct): number {
  let depth = 0;
  for (const held of task.held) if (held.lock.address === domain.address) depth++;
  return depth;
}

function advance(address: number): void {
  asMeeting(address, addOne);
}

function addOne(address: number): void {
  storeMarked(address, loadMarked(address) + 1);
}

/** How many read sections of `domain` the current thread is in. */
export function srcu_reader_depth(domain: srcu_struct): number {
  return depthIn(currentTask(), domain);
}

/** Enters a read section; sections nest. Answers what srcu_read_unlock wants. */
export function* srcu_read_lock(domain: srcu_struct): Task<number> {
  const task = currentTask();
  const depth = depthIn(task, domain);
  if (depth === 0) {
    yield* atomically("srcu_read_lock", domain, sectionOf(domain, task.id), advance);
  }
  task.held.push(new HeldLock(domain, "srcu"));
  recorder?.acquires(domain.address);
  return depth;
}

/**
 * Leaves the read section that srcu_read_lock answered `idx` for.
 * @throws {KernelFault} SRCU, "unbalanced srcu_read_unlock", when there is none or it is another
 */
export function* srcu_read_unlock(domain: srcu_struct, idx: number): Task {
  const task = currentTask();
  const depth = depthIn(task, domain);
  if (depth === 0 || idx !== depth - 1) {
    throw new KernelFault(
      "SRCU",
      "unbalanced srcu_read_unlock",
      describe(domain.address),
      "",
      domain.address,
    );
  }
  if (depth === 1) {
    yield* atomically("srcu_read_unlock", domain, sectionOf(domain, task.id), leave);
  }
  const at = task.held.findLastIndex((held) => held.lock.address === domain.address);
  task.held.splice(at, 1);
}

function leave(address: number): void {
  // What the section did comes before the end of any grace period that waits for it.
  advance(address);
  publish(address);
}

/** Whom a grace period comes after. */
interface Readers {
  /** Those that it waits for, as pairs of address and value. */
  readonly inside: readonly (readonly [address: number, value: number])[];
  /** Where it is kept what was published before it began. Later readers are none of its business. */
  readonly left: number;
}

function snapshot(domain: srcu_struct): Readers {
  const inside: [number, number][] = [], sections: number[] = [];
  for (const { id } of presentTasks()) {
    const address = sectionOf(domain, id);
    const value = asMeeting(address, loadMarked);
    if (value % 2 === 1) inside.push([address, value]);
    sections.push(address);
  }
  return { inside, left: keepPublished(sections) };
}

function haveLeft({ inside }: Readers): boolean {
  // A search asks on every step: no iterator for each pair.
  for (let at = 0; at < inside.length; at++) {
    const reader = inside[at] as readonly [number, number];
    if (peek(reader[0]) === reader[1]) return false;
  }
  return true;
}

/** After the wait: what the readers did is ordered before what the caller does from now on. */
function endGracePeriod({ inside, left }: Readers): void {
  for (const [address] of inside) {
    noteRead(address);
    observePublished(address);
  }
  observeKept(left);
}

/** Begins a grace period; a scheduling point when readers come and go meanwhile. */
function beginGracePeriod<T>(
  domain: srcu_struct,
  label: string,
  act: (readers: Readers) => T,
): Step<T> {
  checkAlive(domain.address);
  const isPoint = machine.granularity === "operations" ||
    presentTasks().some((task) => isDemoted(sectionOf(domain, task.id)));
  if (!isPoint) return done(act(snapshot(domain)));
  return indivisible(label, domain, () => act(snapshot(domain)));
}

/**
 * Queues `func` to be called with `head` in a worker, bottom halves off, once all present readers
 * have left. May be called in any context.
 * @throws {KernelFault} SRCU, "leaked duplicate callback", when `head` is queued already
 */
export function call_srcu(domain: srcu_struct, head: rcu_head, func: RcuCallback): Task {
  return calling(queue(domain, head, func));
}

function* queue(domain: srcu_struct, head: rcu_head, func: RcuCallback): Task {
  if (head.queued) {
    throw new KernelFault(
      "SRCU",
      "leaked duplicate callback",
      describe(head.address),
      "",
      head.address,
    );
  }
  head.queued = true;
  head.func = func;
  yield* beginGracePeriod(domain, "call_srcu", (readers) => {
    // Whose slot it is in which readers are kept is known from whose child this is.
    const known = [head.address, readers.left % KEEP_LIMIT, ...readers.inside.flat()];
    spawn("srcu callback", () => invoke(head, readers), {
      label: "grace period",
      subject: domain,
      ready: () => haveLeft(readers),
      // Its word never has the same odd value again.
      stays: true,
    }, known);
  });
}

function* invoke(head: rcu_head, readers: Readers): Task {
  endGracePeriod(readers);
  const func = head.func;
  head.queued = false;
  local_bh_disable();
  yield* func(head);
  local_bh_enable();
}

/**
 * Waits until all present readers have left.
 * @throws {KernelFault} SRCU, when called inside a read section of the same domain; lockdep, in
 * atomic context
 */
export function synchronize_srcu(domain: srcu_struct): Task {
  return calling(waitForReaders(domain));
}

function* waitForReaders(domain: srcu_struct): Task {
  if (depthIn(currentTask(), domain) > 0) {
    throw new KernelFault(
      "SRCU",
      "illegal synchronize_srcu() in same-type SRCU read-side critical section",
      describe(domain.address),
      "",
      domain.address,
    );
  }
  might_sleep("synchronize_srcu");
  noteGracePeriod(currentTask().held, domain.address);
  const readers = yield* beginGracePeriod(domain, "synchronize_srcu", (found) => found);
  if (readers.inside.length > 0) {
    yield* waitUntil("synchronize_srcu", domain, () => haveLeft(readers), true);
  }
  endGracePeriod(readers);
}
