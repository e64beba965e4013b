/**
 * Tasks: kernel threads as generators, and the points at which they can be interleaved.
 *
 * A task yields *before* an operation that other tasks can tell apart from what surrounds it, and
 * says what it waits for; the search resumes it when the operation can be done. What runs between
 * two yields is one step.
 *
 * Where a task must yield follows Lipton's reduction, applied as the program runs: taking a lock is
 * a right mover, giving it back a left mover, an access that is always ordered by locks moves both
 * ways. So a step may take locks, touch what they protect and give them back; once it has given one
 * back, or has done something that moves neither way, the next such operation begins a new step.
 * That accesses are ordered is checked on every access (observe.ts); an atomic that turns out not to
 * be is demoted to a scheduling point and the search starts again.
 */
import {
  acquireKept,
  KEEP_LIMIT,
  keepReleased,
  syncAcquire,
  syncRelease,
  syncSpawn,
} from "./clocks.ts";
import { KernelFault } from "./fault.ts";
import { HOLD, WRITE } from "./footprint.ts";
import { nextSegment, useRegion } from "./memory.ts";
import { peek } from "./objects.ts";
import { noteSync } from "./observe.ts";
import { recorder } from "./recorder.ts";
import { relaxed } from "./relaxed/hook.ts";
import { enterSection, leaveSection } from "./sections.ts";
import { forgetSpawns, idOfSpawned } from "./spawned.ts";
import type { Struct } from "./struct.ts";
import { History, type Nameless } from "./tape/history.ts";
import { isRepeating, tape, Unrecordable } from "./tape/tape.ts";

/** Kernel code that can be interleaved: call it with `yield*`. */
export type Task<T = void> = Generator<void, T, void>;
/** What a primitive answers: done at once, or after the task was scheduled again. Use with `yield*`. */
export type Step<T = void> = Iterable<void, T, void>;

/** What a suspended task is about to do. */
export const RUN = 0, LOCK = 1, WAIT = 2;

/** How an execution is cut into steps. */
export type Granularity = "sections" | "operations";

/** A task in the current execution. */
export interface TaskState {
  readonly id: number;
  readonly name: string;
  readonly generator: Task<unknown>;
  /** Starts its code from the beginning. */
  readonly body: () => Task<unknown>;
  /** What it can know when it starts. */
  readonly birth: History;
  /** What it will do when it is resumed: RUN, LOCK or WAIT. */
  pending: number;
  /** For LOCK: the word that must be 0. */
  word: number;
  /** For WAIT: may it go on? Must read memory with `peek` only. */
  ready: () => boolean;
  /** For WAIT: once true, does `ready` stay true until the task goes on? */
  stays: boolean;
  /** For people: the operation it stands before, and on what. */
  label: string;
  subject: Struct | null;
  /** The next lock or atomic that moves neither way begins a new step. */
  committed: boolean;
  finished: boolean;
  /** Locks held, outermost first. */
  readonly held: Held[];
  /** How deep in spinlocks, RCU read sections and disabled preemption; 0 means it may sleep. */
  atomic: number;
  irqsOff: boolean;
  /** How many tasks it made, and how often it kept what was published. */
  spawned: number;
  kept: number;
}

/** A lock in a task's hands. */
export interface Held {
  /** Its first field is the lock's word; a read section of SRCU has none. */
  readonly lock: Struct;
  readonly name: string;
  readonly kind: "spinlock" | "mutex" | "rwsem" | "srcu";
  /** The step in which it was taken. */
  readonly since: number;
  /** Was it taken under another lock that nobody takes it without? */
  readonly isLocal: boolean;
  /** Was it taken under another lock that others want, who may stand in the way? */
  readonly isInner: boolean;
}

/** Does nobody else have the lock meanwhile? One that was taken for local might be wanted after all. */
export function isExclusive({ kind, isLocal }: Held): boolean {
  return !isLocal && (kind === "spinlock" || kind === "mutex");
}

/** The execution under way. There is one at a time in a JavaScript realm. */
export const machine = {
  tasks: [] as TaskState[],
  granularity: "sections" as Granularity,
  step: 0,
  /** Lines of the kernel log, such as a dev_WARN. */
  log: [] as string[],
};

let current: TaskState | undefined;

/** The task that runs now. */
export function currentTask(): TaskState {
  if (current === undefined) throw new Error("Cannot run kernel code: no task is running");
  return current;
}

/** Forgets the tasks of the last execution. `forget` also drops the ids of spawned work. */
export function resetTasks(forget: boolean): void {
  machine.tasks = [];
  machine.step = 0;
  machine.log = [];
  current = undefined;
  if (forget) forgetSpawns();
}

/** Adds a task under a free id. Ids are dense from 0 for the scenario's own threads. */
export function addTask(id: number, name: string, body: () => Task<unknown>): TaskState {
  const task = newTask(id, name, body);
  machine.tasks[id] = task;
  return task;
}

let namelessBirth: ((id: number) => Nameless) | null = null;

/** How the history without names of a thread begins; null where names matter. */
export function bearNameless(birth: ((id: number) => Nameless) | null): void {
  namelessBirth = birth;
}

/** A task that stands at its beginning and is in no execution. */
export function newTask(
  id: number,
  name: string,
  body: () => Task<unknown>,
  birth = new History(id, 0, [], namelessBirth?.(id) ?? null),
): TaskState {
  return {
    id,
    name,
    generator: body(),
    body,
    birth,
    pending: RUN,
    word: 0,
    ready: () => true,
    stays: false,
    label: "start",
    subject: null,
    committed: false,
    finished: false,
    held: [],
    atomic: 0,
    irqsOff: false,
    spawned: 0,
    kept: 0,
  };
}

/** What holds a task back before its first step. */
export interface Until {
  readonly label: string;
  readonly subject: Struct | null;
  /** As for `waitUntil`. */
  readonly stays?: boolean;
  ready(): boolean;
}

/** Holds `task`, which has not run, back. */
export function holdBack(task: TaskState, { label, subject, stays = false, ready }: Until): void {
  task.pending = WAIT;
  task.ready = ready;
  task.stays = stays;
  task.label = label;
  task.subject = subject;
}

/**
 * Starts work in a task of its own, as schedule_work or an SRCU callback: the child is ordered
 * after all that its parent did. `until` holds it back.
 */
export function spawn(
  name: string,
  body: () => Task<unknown>,
  until?: Until,
  /** All that `body` and `until` know; by default what the parent knows. */
  captured?: readonly number[],
): void {
  const parent = currentTask();
  const key = `${parent.id}.${parent.spawned++}`;
  if (isRepeating) return;
  const id = idOfSpawned(key, name);
  const child = newTask(id, name, body, birthOf(id, captured));
  machine.tasks[id] = child;
  tape?.spawned.push(id);
  syncSpawn(id);
  relaxed?.spawns(id);
  if (until !== undefined) holdBack(child, until);
}

function birthOf(id: number, captured: readonly number[] | undefined): History {
  if (captured === undefined && tape !== null) return tape.history.ofChild(id);
  const birth = new History(id, 1, [], tape?.history.nameless?.bornAs(id) ?? null);
  for (const value of captured ?? []) birth.mix(value);
  return birth;
}

/** The tasks that there are. */
export function presentTasks(): TaskState[] {
  const present = machine.tasks.filter((task) => task !== undefined);
  tape?.asksTasks(maskOf(present));
  return present;
}

function maskOf(tasks: readonly TaskState[]): number {
  let mask = 0;
  for (const { id } of tasks) mask |= 1 << id;
  return mask;
}

/** Can `task` take a step now? */
export function isEnabled(task: TaskState): boolean {
  if (task.finished) return false;
  if (task.pending === LOCK) return peek(task.word) === 0;
  return task.pending === WAIT ? task.ready() : true;
}

/** Runs one step of `task`, allocating in `region`. A fault runs through to the caller. */
export function resume(task: TaskState, region: number = task.id): void {
  const ended = advance(task, region);
  noteHeld(task);
  if (ended) {
    task.finished = true;
    atExit(task);
  }
}

/** Runs one step of `task` and nothing more; true if it was the last. */
export function advance(task: TaskState, region: number = task.id): boolean {
  current = task;
  machine.step++;
  task.committed = false;
  useRegion(region);
  nextSegment();
  task.pending = RUN;
  return task.generator.next().done === true;
}

/** A lock taken in this step and still held shuts others out: as much as a write of its word. */
export function noteHeld(task: TaskState): void {
  for (const { kind, since, lock } of task.held) {
    if (since !== machine.step || kind === "srcu") continue;
    noteSync(lock.address + 1, kind === "rwsem" ? WRITE | HOLD : HOLD);
  }
}

function atExit(task: TaskState): void {
  const left = task.held[task.held.length - 1];
  if (left !== undefined) throw new KernelFault("lockdep", "lock held at exit", left.name);
  if (task.irqsOff) throw new KernelFault("lockdep", "interrupts disabled at exit", task.name);
  if (task.atomic !== 0) throw new KernelFault("lockdep", "scheduling while atomic", task.name);
}

const finished: { done: true; value: unknown } = { done: true, value: undefined };
const atOnce = {
  [Symbol.iterator]: () => atOnce,
  next: () => finished,
};

/** The answer of a primitive that needed no scheduling point. Must be consumed at once by `yield*`. */
export function done<T>(value: T): Step<T> {
  finished.value = value;
  return atOnce as unknown as Step<T>;
}

/** Must an operation that is no left mover begin a new step? */
export function mustYield(task: TaskState): boolean {
  return task.committed || machine.granularity === "operations";
}

/** A scheduling point before `label` on `subject`. */
export function* point(label: string, subject: Struct | null): Task {
  const task = currentTask();
  task.label = label;
  task.subject = subject;
  recorder?.suspends();
  yield;
}

/**
 * Suspends the task until `ready()`; it must read memory with `peek` only. `stays` promises that
 * one event makes it true and none makes it false again while the task waits, as a wake-up or the
 * end of a grace period: the reduced search then has fewer orders to try.
 */
export function* waitUntil(
  label: string,
  subject: Struct | null,
  ready: () => boolean,
  stays = false,
): Task {
  const task = currentTask();
  task.pending = WAIT;
  task.ready = ready;
  task.stays = stays;
  task.label = label;
  task.subject = subject;
  recorder?.suspends();
  yield;
}

/**
 * An operation that moves neither way, on `subject`: it is a scheduling point unless it is the first
 * such thing in its step.
 */
export function indivisible<T>(label: string, subject: Struct | null, act: () => T): Step<T> {
  const task = currentTask();
  if (mustYield(task)) return indivisibleLater(label, subject, act);
  task.committed = true;
  return done(act());
}

function* indivisibleLater<T>(label: string, subject: Struct | null, act: () => T): Task<T> {
  yield* point(label, subject);
  currentTask().committed = true;
  return act();
}

/** Orders all that the task did before whoever acquires `address` later. */
export function publish(address: number): void {
  syncRelease(address);
  relaxed?.meets(address);
  nextSegment();
}

/** Orders all that was published to `address` before what the task does from now on. */
export function observePublished(address: number): void {
  syncAcquire(address);
  relaxed?.meets(address);
  nextSegment();
}

/** Keeps what has been published to the addresses until now, for `observeKept`. Answers where. */
export function keepPublished(addresses: readonly number[]): number {
  const task = currentTask();
  if (task.kept === KEEP_LIMIT) {
    throw new RangeError(`Cannot keep more: ${task.name} kept too much`);
  }
  const slot = task.id * KEEP_LIMIT + task.kept++;
  keepReleased(slot, addresses);
  return slot;
}

/** As {@link observePublished}, for what `keepPublished` kept. */
export function observeKept(slot: number): void {
  acquireKept(slot);
  nextSegment();
}

/** The task has taken the lock whose word is at `word`; `shared` when only for reading. */
export function lockTaken(word: number, shared = false): void {
  enterSection(word, shared);
  relaxed?.takes(word, shared);
  nextSegment();
}

/** The task gives back the lock whose word is at `word`. */
export function lockReleased(word: number): void {
  leaveSection(word);
  relaxed?.releases(word);
  nextSegment();
}

/** Is the line in the kernel log? */
export function isLogged(line: string): boolean {
  if (tape !== null) throw new Unrecordable("Cannot record a look at the log");
  return machine.log.includes(line);
}

/** A line for the kernel log, such as that of dev_WARN. */
export function printk(line: string): void {
  if (isRepeating) return;
  tape?.log.push(line);
  machine.log.push(line);
}
