/**
 * An execution so far as the graph that the memory model judges: src/litmus/model.ts and race.ts hold
 * the axioms, and this is the only place that decides what is allowed and what is a data race.
 *
 * Each write counts as dependent on all earlier reads of its task, since what its value came from is
 * not known. Plain accesses take part in no order between other words, so that a question about one
 * word needs those of that word alone; and none where locks order all accesses to the word, for these
 * order them in the model too.
 */
import type { Graph, Sets } from "../../litmus/graph.ts";
import { brokenAxiom, relate } from "../../litmus/model.ts";
import type { FenceKind } from "../../litmus/primitives.ts";
import { plainAccesses } from "../../litmus/race.ts";
import { type EventSet, eventSet, Relation } from "../../litmus/relation.ts";
import type { Access } from "../../litmus/trace.ts";
import type { Barrier } from "./hook.ts";
import type { History, MemoryEvent, TaskRecord } from "./events.ts";

/** What the memory model says of an execution. */
export interface Judgement {
  readonly isAllowed: boolean;
  readonly races: readonly ModelledRace[];
}

/** Two accesses to a word, at least one of them plain, that nothing orders. */
export interface ModelledRace {
  readonly word: number;
  readonly tasks: readonly [number, number];
  /** Does the second one write? */
  readonly isWrite: boolean;
}

/**
 * Judges an execution. With a word, only the plain accesses to it are looked at; with `"all"`, those
 * of all words.
 */
export function judge(
  tasks: readonly TaskRecord[],
  histories: ReadonlyMap<number, History>,
  plain: number | "all",
): Judgement {
  const events: (MemoryEvent | null)[] = [];
  const numbers = new Map<MemoryEvent | History, number>();
  const isKept = ({ tag, word }: MemoryEvent): boolean =>
    tag !== "plain" ||
    ((plain === "all" || plain === word) && (histories.get(word) as History).isContested);
  const used = new Set<History>();
  const kept = tasks.flatMap(({ events }) => events.filter(isKept));
  for (const { word } of kept) used.add(histories.get(word) as History);
  for (const history of used) numbers.set(history, events.push(null) - 1);
  for (const event of kept) numbers.set(event, events.push(event) - 1);
  const numberOf = (of: MemoryEvent | History): number => numbers.get(of) as number;

  const size = events.length, rf = new Relation(size), co = new Relation(size);
  for (const history of used) {
    const order = [history, ...history.writes.filter((write) => numbers.has(write))].map(numberOf);
    for (const [at, write] of order.entries()) {
      for (const later of order.slice(at + 1)) co.add(write, later);
    }
  }
  for (const event of kept) {
    if (event.kind !== "R") continue;
    const { source, word } = event;
    rf.add(numberOf(source ?? (histories.get(word) as History)), numberOf(event));
  }
  const graph = graphOf(events, tasks, used.size);
  const relations = relate(graph, rf, co);
  if (brokenAxiom(graph, relations) !== null) return { isAllowed: false, races: [] };
  const { coherent, races } = plainAccesses(graph, relations);
  const event = (number: number): MemoryEvent => events[number] as MemoryEvent;
  const raceOf = ([a, b]: readonly [number, number]): ModelledRace => {
    const one = event(a), other = event(b);
    return { word: one.word, tasks: [one.task, other.task], isWrite: other.kind === "W" };
  };
  return { isAllowed: coherent, races: coherent ? races.map(raceOf) : [] };
}

function setsOf(events: readonly (MemoryEvent | null)[]): Sets {
  const pick = (holds: (event: MemoryEvent) => boolean, initial = false): EventSet =>
    eventSet(events.length, (at) => {
      const event = events[at] ?? null;
      return event === null ? initial : holds(event);
    });
  return {
    R: pick(({ kind }) => kind === "R"),
    W: pick(({ kind }) => kind === "W", true),
    initial: pick(() => false, true),
    Plain: pick(({ tag }) => tag === "plain"),
    Marked: pick(({ tag }) => tag !== "plain", true),
    Acquire: pick(({ tag }) => tag === "acquire"),
    Release: pick(({ tag }) => tag === "release"),
    RMW: pick(({ isAtomic }) => isAtomic),
    Returning: pick(({ tag }) => tag !== "noreturn", true),
    R4rmb: pick(({ kind, tag }) => kind === "R" && tag !== "noreturn"),
    LKR: pick(({ lock }) => lock === "LKR"),
    LKW: pick(({ lock }) => lock === "LKW"),
    UL: pick(({ lock }) => lock === "UL"),
  };
}

/** What the accesses and barriers fix, whatever the reads read from and however writes are ordered. */
function graphOf(
  events: readonly (MemoryEvent | null)[],
  tasks: readonly TaskRecord[],
  initial: number,
): Graph {
  const size = events.length;
  const po = new Relation(size), poLoc = new Relation(size), int = new Relation(size);
  const rmw = new Relation(size), addr = new Relation(size), data = new Relation(size);
  for (let a = 0; a < initial; a++) int.add(a, a);
  for (let a = initial; a < size; a++) {
    const one = events[a] as MemoryEvent;
    int.add(a, a);
    // Events of one task lie side by side, in its order.
    for (let b = a + 1; b < size; b++) {
      const other = events[b] as MemoryEvent;
      if (other.task !== one.task) break;
      po.add(a, b);
      int.add(a, b);
      int.add(b, a);
      if (one.word === other.word) poLoc.add(a, b);
      if (one.kind !== "R") continue;
      if (other.kind === "W") data.add(a, b);
      if (one.partner === other) rmw.add(a, b);
      if (other.addresses.includes(one)) addr.add(a, b);
    }
  }
  const all = Relation.of(size, () => true);
  return {
    size,
    events: events.map((event) => ({
      process: event?.task ?? -1,
      order: event?.index ?? 0,
      location: event?.word ?? 0,
      value: event?.value ?? 0,
      access: event === null ? null : accessOf(event),
    })),
    sets: setsOf(events),
    po,
    poLoc,
    int,
    ext: all.minus(int),
    rmw,
    addr,
    data,
    ctrl: new Relation(size),
    fence: (kind) => fencesOf(kind, events, tasks),
  };
}

/** An access as the axioms see it; its dependencies stand in the graph. */
function accessOf({ kind, word, value, tag, lock, isAtomic }: MemoryEvent): Access {
  const none = { addr: 0, data: 0, ctrl: 0, rmw: -1, position: { line: 0, column: 0 } };
  return { kind, location: word, value, tag, lock, atomic: isAtomic, ...none };
}

const KINDS: Readonly<Record<Barrier, FenceKind>> = {
  smp_mb: "mb",
  smp_rmb: "rmb",
  smp_wmb: "wmb",
};

/** Pairs of accesses of one task with such a barrier between them. */
function fencesOf(
  kind: FenceKind,
  events: readonly (MemoryEvent | null)[],
  tasks: readonly TaskRecord[],
): Relation {
  const relation = new Relation(events.length);
  const placesOf = tasks.map(({ fences }) =>
    fences.filter(({ barrier }) => KINDS[barrier] === kind).map(({ after }) => after)
  );
  for (const [a, one] of events.entries()) {
    if (one === null) continue;
    let first = Infinity;
    for (const place of placesOf[one.task] as number[]) {
      if (place > one.index && place < first) first = place;
    }
    for (let b = a + 1; first !== Infinity && b < events.length; b++) {
      const other = events[b] as MemoryEvent;
      if (other.task !== one.task) break;
      if (other.index >= first) relation.add(a, b);
    }
  }
  return relation;
}
