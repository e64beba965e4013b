import type { Graph } from "./graph.ts";
import { Relation } from "./relation.ts";

/** One choice for one location: its writes in coherence order, the initial one first, and where its reads read from. */
export interface LocationChoice {
  readonly order: readonly number[];
  readonly reads: readonly (readonly [write: number, read: number])[];
}

/** The events of one location: its initial write, and per process its accesses in program order. */
interface Accesses {
  readonly initial: number;
  readonly threads: readonly (readonly number[])[];
}

function accessesOf(graph: Graph, location: number): Accesses {
  const threads: number[][] = [];
  graph.events.forEach((event, index) => {
    if (event.location !== location || event.process < 0) return;
    (threads[event.process] ??= []).push(index);
  });
  return { initial: location, threads: threads.filter((each) => each !== undefined) };
}

function partner(graph: Graph, index: number): number {
  const event = graph.events[index];
  const rmw = event?.access?.rmw ?? -1;
  return event === undefined || rmw < 0 ? -1 : index - event.order + rmw;
}

function isWrite(graph: Graph, index: number): boolean {
  return graph.events[index]?.access?.kind !== "R";
}

function valueOf(graph: Graph, index: number): number | undefined {
  return graph.events[index]?.value;
}

/**
 * Interleaves the writes of the threads, each thread's in program order. The write of a read-modify-write must follow
 * the very write that its read read, hence one of the value read.
 */
function* coherenceOrders(graph: Graph, accesses: Accesses): Generator<readonly number[]> {
  const queues = accesses.threads.map((each) => each.filter((index) => isWrite(graph, index)));
  const total = queues.reduce((sum, queue) => sum + queue.length, 0);
  const taken = queues.map(() => 0);
  const order = [accesses.initial];
  function* extend(): Generator<readonly number[]> {
    if (order.length === total + 1) {
      yield [...order];
      return;
    }
    for (let thread = 0; thread < queues.length; thread++) {
      const write = queues[thread]?.[taken[thread] ?? 0];
      if (write === undefined) continue;
      const read = partner(graph, write);
      const last = order[order.length - 1] ?? accesses.initial;
      if (read >= 0 && valueOf(graph, read) !== valueOf(graph, last)) continue;
      order.push(write);
      taken[thread] = (taken[thread] ?? 0) + 1;
      yield* extend();
      order.pop();
      taken[thread] = (taken[thread] ?? 0) - 1;
    }
  }
  yield* extend();
}

/**
 * Where the reads of one thread may read from, given the coherence order: never from a write older than what the thread
 * has read or written before, never from one that a later write of the thread does not follow.
 */
function readsOf(
  graph: Graph,
  thread: readonly number[],
  order: readonly number[],
): (readonly [number, number])[][] {
  const place = new Map(order.map((write, at) => [write, at]));
  const found: (readonly [number, number])[][] = [];
  const chosen: (readonly [number, number])[] = [];
  const walk = (step: number, oldest: number): void => {
    const index = thread[step];
    if (index === undefined) {
      found.push([...chosen]);
      return;
    }
    if (isWrite(graph, index)) {
      const at = place.get(index) ?? 0;
      if (at > oldest) walk(step + 1, at);
      return;
    }
    const write = partner(graph, index);
    const exact = write < 0 ? -1 : (place.get(write) ?? 0) - 1;
    for (let at = oldest; at < order.length; at++) {
      const source = order[at];
      if (source === undefined || (exact >= 0 && at !== exact)) continue;
      if (valueOf(graph, source) !== valueOf(graph, index)) continue;
      chosen.push([source, index]);
      walk(step + 1, at);
      chosen.pop();
    }
  };
  walk(0, 0);
  return found;
}

/** Every coherent and atomic choice for one location; the axioms coherence and atomic hold of exactly these. */
function coherentChoices(graph: Graph, location: number): LocationChoice[] {
  const accesses = accessesOf(graph, location);
  const choices: LocationChoice[] = [];
  for (const order of coherenceOrders(graph, accesses)) {
    let partial: (readonly [number, number])[][] = [[]];
    for (const thread of accesses.threads) {
      const reads = readsOf(graph, thread, order);
      partial = partial.flatMap((left) => reads.map((right) => [...left, ...right]));
    }
    for (const reads of partial) choices.push({ order, reads });
  }
  return choices;
}

/** Every choice for one location in which reads return what was written, coherent or not. */
function allChoices(graph: Graph, location: number): LocationChoice[] {
  const { initial, threads } = accessesOf(graph, location);
  const all = threads.flat();
  const permute = (left: readonly number[]): number[][] =>
    left.length === 0
      ? [[]]
      : left.flatMap((first) =>
        permute(left.filter((each) => each !== first)).map((tail) => [first, ...tail])
      );
  const writes = all.filter((index) => isWrite(graph, index));
  let reads: (readonly [number, number])[][] = [[]];
  for (const read of all.filter((index) => !isWrite(graph, index))) {
    const sources = [initial, ...writes].filter((w) => valueOf(graph, w) === valueOf(graph, read));
    reads = reads.flatMap((left) => sources.map((w) => [...left, [w, read] as const]));
  }
  return permute(writes).flatMap((order) =>
    reads.map((each) => ({ order: [initial, ...order], reads: each }))
  );
}

/** A candidate execution: reads-from, coherence order, and the last write of each location. */
export interface Candidate {
  readonly rf: Relation;
  readonly co: Relation;
  readonly last: readonly number[];
}

/**
 * The candidate executions over one graph. With `coherent` only those are made that satisfy the axioms coherence and
 * atomic; without, all of them, which serves as a check on the former.
 */
export function* candidates(
  graph: Graph,
  locations: number,
  coherent: boolean,
): Generator<Candidate> {
  const choices: LocationChoice[][] = [];
  for (let location = 0; location < locations; location++) {
    const found = coherent ? coherentChoices(graph, location) : allChoices(graph, location);
    if (found.length === 0) return;
    choices.push(found);
  }
  const chosen: LocationChoice[] = [];
  function* pick(location: number): Generator<Candidate> {
    if (location === locations) {
      yield assemble(graph.size, chosen);
      return;
    }
    for (const choice of choices[location] ?? []) {
      chosen.push(choice);
      yield* pick(location + 1);
      chosen.pop();
    }
  }
  yield* pick(0);
}

function assemble(size: number, chosen: readonly LocationChoice[]): Candidate {
  const rf = new Relation(size);
  const co = new Relation(size);
  const last: number[] = [];
  for (const { order, reads } of chosen) {
    for (const [write, read] of reads) rf.add(write, read);
    order.forEach((a, i) => order.slice(i + 1).forEach((b) => co.add(a, b)));
    last.push(order[order.length - 1] ?? 0);
  }
  return { rf, co, last };
}
