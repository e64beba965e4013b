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
import { copyClock, isOrdering, knownOf, me } from "./clocks.ts";
import { KernelFault } from "./fault.ts";
import { allot, cells, put } from "./journal.ts";
import { ARENA_WORDS, describe, ownerOf, type Shape, shapeOf } from "./objects.ts";
import { eachSection, sectionsSoFar } from "./sections.ts";
import { PERIOD, TAKEN, tape, WAITS, WAKES } from "./tape/tape.ts";
import { type Held, machine } from "./task.ts";

/** Most classes of locks that a process can tell apart. */
const CLASS_LIMIT = 512;

const names: string[] = [];
const classOf = new Map<string, number>();
/** By address of a lock: its class, known for the object that lay there. */
const classAt = new Int32Array(ARENA_WORDS), baseAt = new Int32Array(ARENA_WORDS);
const shapeAt: (Shape | undefined)[] = [];

/** By pair of classes: 1 if the first came before the second. */
const EDGE = allot(CLASS_LIMIT * CLASS_LIMIT);
/** By pair of classes: the task that held the first, and the one that took the second. */
const holder = new Uint8Array(CLASS_LIMIT * CLASS_LIMIT), taker = holder.slice();
/** By class: 1 if something came before it, or after it. */
const HAS_BEFORE = allot(CLASS_LIMIT), HAS_AFTER = allot(CLASS_LIMIT);

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

/** What there was of each, and how much of it is of this execution. */
const waits: Wait[] = [], wakes: Wake[] = [], periods: Period[] = [];
const WAIT_COUNT = allot(1), WAKE_COUNT = allot(1), PERIOD_COUNT = allot(1);

function add<T>(list: T[], which: number, entry: T): void {
  const count = cells[which] as number;
  list[count] = entry;
  put(which, count + 1);
}

let onCircle: (fault: KernelFault) => void = () => {};

/** Who is told of circles, each time that one is closed. */
export function reportCirclesTo(listener: (fault: KernelFault) => void): void {
  onCircle = listener;
}

/** The addresses of the locks in `held`. */
function addressesOf(held: readonly Held[]): number[] {
  return held.map(({ lock }) => lock.address);
}

/** The running task, which holds `held`, takes the lock at `address`. */
export function noteTaken(held: readonly Held[], address: number): void {
  if (held.length === 0 || !isOrdering()) return;
  const locks = addressesOf(held);
  if (tape !== null) return tape.opWith(TAKEN, address, locks);
  takenUnder(address, locks, 0, locks.length);
}

/** As {@link noteTaken}, for addresses of locks: those in `locks` from `start` to before `end`. */
export function takenUnder(
  address: number,
  locks: ArrayLike<number>,
  start: number,
  end: number,
): void {
  const to = classFor(address);
  for (let at = start; at < end; at++) {
    const from = classFor(locks[at] as number);
    if (from !== to) comesBefore(from, to, me, me);
  }
}

/** The running task, which holds `held`, waits for the readers of the domain at `address`. */
export function noteGracePeriod(held: readonly Held[], address: number): void {
  if (!isOrdering()) return;
  noteTaken(held, address);
  addPeriod(address);
}

/** As {@link noteGracePeriod}, for the time of it alone. */
export function addPeriod(domain: number): void {
  if (tape !== null) return tape.op(PERIOD, domain);
  const epoch = knownOf(me);
  add(periods, PERIOD_COUNT, { task: me, domain, epoch });
}

/**
 * The running task waits, or would if it had to, until it is woken through the queue at `channel`.
 * It holds `held`, of which it gives up the lock at `except` while it sleeps.
 */
export function noteWait(held: readonly Held[], channel: number, except = 0): void {
  if (!isOrdering()) return;
  const holding = addressesOf(held).filter((address) => address !== except);
  if (holding.length > 0) waitsHolding(channel, holding);
}

/** As {@link noteWait}, for the addresses of the locks that are kept. */
export function waitsHolding(channel: number, holding: readonly number[]): void {
  if (tape !== null) return tape.opWith(WAITS, channel, holding);
  const wait = { channel, task: me, holding, clock: copyClock() };
  add(waits, WAIT_COUNT, wait);
  for (let at = 0; at < (cells[WAKE_COUNT] as number); at++) pair(wait, wakes[at] as Wake);
}

/** The running task wakes those who wait in the queue at `channel`. */
export function noteWake(channel: number): void {
  if (!isOrdering()) return;
  if (tape !== null) return tape.op(WAKES, channel);
  const sections = sectionsSoFar();
  const wake = { channel, task: me, sections, periods: cells[PERIOD_COUNT] as number };
  add(wakes, WAKE_COUNT, wake);
  for (let at = 0; at < (cells[WAIT_COUNT] as number); at++) pair(waits[at] as Wait, wake);
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

/** The class of the lock at `address`. */
export function classFor(address: number): number {
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
  if (cells[EDGE + pair] === 1) return;
  put(EDGE + pair, 1);
  holder[pair] = holds;
  taker[pair] = takes;
  put(HAS_AFTER + from, 1);
  put(HAS_BEFORE + to, 1);
  if (cells[HAS_AFTER + to] === 0 || cells[HAS_BEFORE + from] === 0) return;
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
      if (cells[EDGE + at * CLASS_LIMIT + next] === 1 && !previous.has(next)) {
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
