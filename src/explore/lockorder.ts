/**
 * Lock order (lockdep): a deadlock is reported when its parts were seen, though no schedule put them
 * together.
 *
 * A step by sections may take several locks in one go, so of two threads that take two locks in
 * opposite order neither is ever seen with only one of them. This graph is where that shows.
 *
 * Whoever takes lock B while it holds lock A adds "A before B" to a graph over the classes of locks,
 * which are the places where locks are declared: `type.field`, or a static's name. Waits add to it
 * as well. A task that waits with A held until another wakes it, who takes B before it does so, adds
 * "A before B" too, unless the other had taken B before the wait could begin. A grace period counts
 * as the taking of its domain, which readers hold. A circle in the graph is a deadlock that could be.
 *
 * The graph is that of one execution, as a kernel's is that of one boot: two branches that exclude
 * each other make no circle, and the schedule that is kept with a circle shows all of it. Two locks
 * of one class have no order here. Read sections are entered without waiting, so they come after
 * nothing. A waker that itself waits first is not followed further.
 */
import { clocks, execution, isOrdering, me } from "./clocks.ts";
import { KernelFault } from "./fault.ts";
import { ARENA_WORDS, describe, ownerOf, type Shape, shapeOf, TASK_LIMIT } from "./objects.ts";
import { eachSection, sectionsSoFar } from "./sections.ts";
import { type Held, machine } from "./task.ts";

/** Most classes of locks that a process can tell apart. */
const CLASS_LIMIT = 512;

const names: string[] = [];
const classOf = new Map<string, number>();
/** By address of a lock: its class, known for the object that lay there. */
const classAt = new Int32Array(ARENA_WORDS), baseAt = new Int32Array(ARENA_WORDS);
const shapeAt: (Shape | undefined)[] = [];

/** By pair of classes: the execution in which the first came before the second. */
const edge = new Int32Array(CLASS_LIMIT * CLASS_LIMIT);
/** By pair of classes: the task that held the first, and the one that took the second. */
const holder = new Uint8Array(edge.length), taker = new Uint8Array(edge.length);
/** By class: the last execution in which something came before it, or after it. */
const hasBefore = new Int32Array(CLASS_LIMIT), hasAfter = new Int32Array(CLASS_LIMIT);

/** A task that waits with locks held, or a grace period: what it knew of the others then. */
interface Wait {
  readonly channel: number;
  readonly task: number;
  /** Addresses of locks. */
  readonly holding: readonly number[];
  readonly clock: Int32Array;
}

/** A task that wakes others, and how much it and the others had done by then. */
interface Wake {
  readonly channel: number;
  readonly task: number;
  readonly sections: number;
  readonly periods: number;
}

/** A grace period that a task waited for. */
interface Period {
  readonly task: number;
  /** The address of the domain. */
  readonly domain: number;
  readonly epoch: number;
}

let waits: Wait[] = [], wakes: Wake[] = [], periods: Period[] = [];
let current = 0;

let onCircle: (fault: KernelFault) => void = () => {};

/** Who is told of circles, each time that one is closed. */
export function reportCirclesTo(listener: (fault: KernelFault) => void): void {
  onCircle = listener;
}

/** The running task, which holds `held`, takes the lock at `address`. */
export function noteTaken(held: readonly Held[], address: number): void {
  if (held.length === 0 || !isOrdering()) return;
  const to = classFor(address);
  for (const { lock } of held) {
    const from = classFor(lock.address);
    if (from !== to) comesBefore(from, to, me, me);
  }
}

/** The running task, which holds `held`, waits for the readers of the domain at `address`. */
export function noteGracePeriod(held: readonly Held[], address: number): void {
  if (!isOrdering()) return;
  beginIfNew();
  noteTaken(held, address);
  const epoch = clocks[me * TASK_LIMIT + me] as number;
  periods.push({ task: me, domain: address, epoch });
}

/**
 * The running task waits, or would if it had to, until it is woken through the queue at `channel`.
 * It holds `held`, of which it gives up the lock at `except` while it sleeps.
 */
export function noteWait(held: readonly Held[], channel: number, except = 0): void {
  if (!isOrdering()) return;
  const holding: number[] = [];
  for (const { lock } of held) if (lock.address !== except) holding.push(lock.address);
  if (holding.length === 0) return;
  beginIfNew();
  const mine = me * TASK_LIMIT;
  const wait = { channel, task: me, holding, clock: clocks.slice(mine, mine + TASK_LIMIT) };
  waits.push(wait);
  for (const wake of wakes) pair(wait, wake);
}

/** The running task wakes those who wait in the queue at `channel`. */
export function noteWake(channel: number): void {
  if (!isOrdering()) return;
  beginIfNew();
  const wake = { channel, task: me, sections: sectionsSoFar(), periods: periods.length };
  wakes.push(wake);
  for (const wait of waits) pair(wait, wake);
}

function beginIfNew(): void {
  if (current === execution) return;
  current = execution;
  waits = [];
  wakes = [];
  periods = [];
}

/** All that the waker took before the wake and not before the wait comes after what the waiter holds. */
function pair({ channel, task, holding, clock }: Wait, wake: Wake): void {
  if (channel !== wake.channel || task === wake.task) return;
  const known = clock[wake.task] as number;
  const needs = (lock: number, epoch: number): void => {
    if (epoch <= known) return;
    for (const kept of holding) {
      const from = classFor(kept), to = classFor(lock);
      if (from !== to || kept === lock) comesBefore(from, to, task, wake.task);
    }
  };
  eachSection(wake.task, wake.sections, (word, epoch) => needs(word - 1, epoch));
  for (const period of periods.slice(0, wake.periods)) {
    if (period.task === wake.task) needs(period.domain, period.epoch);
  }
}

function classFor(address: number): number {
  const base = ownerOf[address] as number, shape = shapeOf[base];
  if (baseAt[address] === base && shapeAt[address] === shape) return classAt[address] as number;
  const name = describe(address);
  let found = classOf.get(name);
  if (found === undefined) {
    found = names.length;
    if (found === CLASS_LIMIT) {
      throw new RangeError(`Cannot order ${name}: ${CLASS_LIMIT} classes of locks are the most`);
    }
    names.push(name);
    classOf.set(name, found);
  }
  baseAt[address] = base;
  shapeAt[address] = shape;
  return classAt[address] = found;
}

/** Adds an edge and reports the circle that it closes, if it does. */
function comesBefore(from: number, to: number, holds: number, takes: number): void {
  const pair = from * CLASS_LIMIT + to;
  if (edge[pair] === execution) return;
  edge[pair] = execution;
  holder[pair] = holds;
  taker[pair] = takes;
  hasAfter[from] = execution;
  hasBefore[to] = execution;
  if (hasAfter[to] !== execution || hasBefore[from] !== execution) return;
  const path = pathBetween(to, from);
  if (path !== undefined) report(path);
}

/** The classes on a shortest way through the graph, both ends included. */
function pathBetween(start: number, end: number): number[] | undefined {
  const previous = new Map<number, number>([[start, start]]);
  for (const at of previous.keys()) {
    if (at === end) {
      const path = [at];
      for (let step = at; step !== start;) path.unshift(step = previous.get(step) as number);
      return path;
    }
    for (let next = 0; next < names.length; next++) {
      if (edge[at * CLASS_LIMIT + next] === execution && !previous.has(next)) {
        previous.set(next, at);
      }
    }
  }
  return undefined;
}

/** Reports a circle, from the class whose name comes first, so that it is the same wherever it is closed. */
function report(path: readonly number[]): void {
  const sorted = path.map((at) => names[at] as string).sort();
  const first = path.findIndex((at) => names[at] === sorted[0]);
  const circle = [...path.slice(first), ...path.slice(0, first)];
  const told = circle.map((from, index) =>
    story(from, circle[(index + 1) % circle.length] as number)
  );
  onCircle(
    new KernelFault(
      "lockdep",
      "possible circular locking dependency",
      [...circle, circle[0] as number].map((at) => names[at]).join(" -> "),
      told.join("; "),
    ),
  );
}

function story(from: number, to: number): string {
  const pair = from * CLASS_LIMIT + to;
  const holds = holder[pair] as number, takes = taker[pair] as number;
  const [waiter, waker] = [holds, takes].map((task) => machine.tasks[task]?.name);
  return holds === takes
    ? `${waker} takes ${names[to]} holding ${names[from]}`
    : `${waiter} waits holding ${names[from]} for ${waker}, which takes ${names[to]} first`;
}
