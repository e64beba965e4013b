import { type EventSet, eventSet, Relation } from "./relation.ts";
import type { FenceKind } from "./primitives.ts";
import type { Access, Trace, Value } from "./trace.ts";

/** An event of a candidate execution: an access of a process, or an initial write (process -1). */
export interface MemoryEvent {
  readonly process: number;
  /** Place among the accesses of its process. */
  readonly order: number;
  readonly location: number;
  readonly value: Value;
  readonly access: Access | null;
}

/** The sets that the model names; `M` is every event. */
export interface Sets {
  readonly R: EventSet;
  readonly W: EventSet;
  readonly initial: EventSet;
  readonly Plain: EventSet;
  readonly Marked: EventSet;
  readonly Acquire: EventSet;
  readonly Release: EventSet;
  /**
   * Accesses of atomic operations, to which smp_mb__before_atomic() and smp_mb__after_atomic() attach. The read of a
   * failed conditional one is among them: alone it orders nothing, next to such a barrier it does.
   */
  readonly RMW: EventSet;
  readonly Returning: EventSet;
  /** Reads that smp_rmb() orders. */
  readonly R4rmb: EventSet;
  readonly LKR: EventSet;
  readonly LKW: EventSet;
  readonly UL: EventSet;
}

/** What a combination of traces fixes, whatever the reads read from and however writes are ordered. */
export interface Graph {
  readonly size: number;
  readonly events: readonly MemoryEvent[];
  readonly sets: Sets;
  readonly po: Relation;
  readonly poLoc: Relation;
  readonly int: Relation;
  readonly ext: Relation;
  readonly rmw: Relation;
  /** Dependencies from reads, before those carried through memory are added. */
  readonly addr: Relation;
  readonly data: Relation;
  readonly ctrl: Relation;
  /** Pairs of accesses of one process with such a fence between them. */
  readonly fence: (kind: FenceKind) => Relation;
}

function setsOf(events: readonly MemoryEvent[]): Sets {
  const pick = (holds: (access: Access) => boolean, initial = false) =>
    eventSet(events.length, (e) => {
      const access = events[e]?.access ?? null;
      return access === null ? initial : holds(access);
    });
  return {
    R: pick((a) => a.kind === "R"),
    W: pick((a) => a.kind === "W", true),
    initial: pick(() => false, true),
    Plain: pick((a) => a.tag === "plain"),
    Marked: pick((a) => a.tag !== "plain", true),
    Acquire: pick((a) => a.tag === "acquire"),
    Release: pick((a) => a.tag === "release"),
    RMW: pick((a) => a.atomic),
    Returning: pick((a) => a.tag !== "noreturn", true),
    R4rmb: pick((a) => a.kind === "R" && a.tag !== "noreturn"),
    LKR: pick((a) => a.lock === "LKR"),
    LKW: pick((a) => a.lock === "LKW"),
    UL: pick((a) => a.lock === "UL"),
  };
}

/** Builds the graph of one trace for each process, with one initial write for each value of `initial`. */
export function graphOf(initial: readonly Value[], traces: readonly Trace[]): Graph {
  const events: MemoryEvent[] = initial.map((value, location) => ({
    process: -1,
    order: 0,
    location,
    value,
    access: null,
  }));
  const starts: number[] = [];
  for (const trace of traces) {
    starts.push(events.length);
    trace.accesses.forEach((access, order) => {
      const { location, value } = access;
      events.push({ process: trace.process, order, location, value, access });
    });
  }
  const size = events.length;
  const related = (holds: (a: MemoryEvent, b: MemoryEvent) => boolean) =>
    Relation.of(size, (i, j) => {
      const [a, b] = [events[i], events[j]];
      return a !== undefined && b !== undefined && holds(a, b);
    });
  const same = (a: MemoryEvent, b: MemoryEvent) => a.process === b.process && a.process >= 0;
  const po = related((a, b) => same(a, b) && a.order < b.order);
  const dependency = (mask: (access: Access) => number) =>
    related((a, b) =>
      same(a, b) && b.access !== null && (mask(b.access) >>> a.order & 1) !== 0 &&
      a.order < b.order
    );
  const int = Relation.of(size, (i, j) => {
    const [a, b] = [events[i], events[j]];
    return a !== undefined && b !== undefined && (i === j || same(a, b));
  });
  const fences = new Map<FenceKind, Relation>();
  return {
    size,
    events,
    sets: setsOf(events),
    po,
    poLoc: po.and(related((a, b) => a.location === b.location)),
    int,
    ext: related(() => true).minus(int),
    rmw: related((a, b) => same(a, b) && a.access?.kind === "R" && a.access.rmw === b.order),
    addr: dependency((access) => access.addr),
    data: dependency((access) => access.data),
    ctrl: dependency((access) => access.ctrl),
    fence(kind) {
      let relation = fences.get(kind);
      if (relation === undefined) {
        const places = traces.map((trace) =>
          trace.fences.filter((fence) => fence.kind === kind).map((fence) => fence.after)
        );
        relation = related((a, b) =>
          same(a, b) &&
          (places[a.process] ?? []).some((after) => a.order < after && after <= b.order)
        );
        fences.set(kind, relation);
      }
      return relation;
    },
  };
}
