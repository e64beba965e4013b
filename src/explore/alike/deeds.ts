/** What steps do that tells who knows of which accesses, in order. */
import type { Visit } from "../tape/guards.ts";
import { CHANGED, IS_READ, TURNS, WRITTEN } from "../tape/profile.ts";
import { accessIn } from "../tape/reading.ts";
import { ACQUIRE, ALLOCATE, FREE, KEEP, LEAVE, OBSERVE, RELEASE, SPAWN } from "../tape/tape.ts";
import type { Way } from "../tape/way.ts";
import type { Accesses } from "./accesses.ts";
import type { Knowers, Use } from "./knowers.ts";
import type { LooseWords } from "./loose.ts";
import { EMPTY } from "./numbers.ts";

/** The accesses of a set are made; somebody comes to know all that another knows. */
export const ACCESSES = 0, LEARNS = 1;

/** A deed: a set of accesses; or who learns what one of `from` knows. */
export interface Deed {
  readonly what: number;
  /** The number of the set; the bit of who learns. */
  readonly of: number;
  /** Of the set, what the step does not do again later. */
  readonly last: number;
  /** Bits. */
  readonly from: readonly number[];
}

/** What a step does. */
export interface Deeds {
  readonly task: number;
  readonly deeds: readonly Deed[];
  /** The set of all its accesses. */
  readonly all: number;
  /** The set of words of objects that it frees. */
  readonly freed: number;
  /** Do turns at counts matter? */
  readonly turns: boolean;
}

/** By use of a word: after which uses it comes. */
const CONFLICTS: Readonly<Record<Use, readonly Use[]>> = {
  [WRITTEN]: [WRITTEN, IS_READ, CHANGED],
  [IS_READ]: [WRITTEN, CHANGED],
  [CHANGED]: [WRITTEN, IS_READ],
};

/** Visits the operations of a way. */
export type VisitWay = (way: Way, visit: Visit) => void;

/** What all steps tell. */
export interface Known {
  readonly loose: LooseWords;
  readonly accesses: Accesses;
  readonly knowers: Knowers;
}

/** Takes in which words `way` accesses, and what it acquires. */
export function learnFrom(way: Way, visitWay: VisitWay, loose: LooseWords): void {
  const { id } = way.start.state;
  visitWay(way, (ops, at, held) => {
    const code = ops[at] as number, subject = ops[at + 1] as number, more = ops[at + 2] as number;
    if (code === ACQUIRE) loose.acquire(subject);
    else if (code === KEEP) {
      ops.subarray(at + 3, at + 3 + more).forEach((each) => loose.acquire(each));
    }
    const access = accessIn(code, subject, more);
    if (access === null) return;
    const isWrite = access.how !== IS_READ, end = subject + sizeOf(code, more);
    for (let word = subject; word < end; word++) {
      loose.learn(id, word, isWrite, access.isMarked, held);
    }
  });
}

/**
 * What `way` does, with its accesses to loose words. With `bySections` it counts too that an access comes
 * after an earlier section of the lock that guards the word, if that used it so that they conflict (sections.ts);
 * of a section that is longer than a step, what is used in its last.
 */
export function deedsOf(
  way: Way,
  visitWay: VisitWay,
  known: Known,
  bySections: boolean,
): Deeds {
  const { loose, accesses, knowers } = known;
  const deeds: Deed[] = [], task = way.start.state.id, freed: number[] = [];
  const used = new Map<number, Set<number>>();
  let made: number[] = [];
  const end = (): void => {
    if (made.length > 0) {
      deeds.push({ what: ACCESSES, of: accesses.sets.of(made), last: EMPTY, from: [] });
    }
    made = [];
  };
  const learns = (of: number, from: readonly number[]): void => {
    end();
    deeds.push({ what: LEARNS, of, last: EMPTY, from });
  };
  visitWay(way, (ops, at, held) => {
    const code = ops[at] as number, subject = ops[at + 1] as number, more = ops[at + 2] as number;
    if (code === RELEASE) {
      if (loose.isAcquired(subject)) learns(knowers.ofAddress(subject), [task]);
    } else if (code === ACQUIRE) learns(task, [knowers.ofAddress(subject)]);
    else if (code === OBSERVE) learns(task, [knowers.ofSlot(subject)]);
    else if (code === SPAWN) learns(subject, [task]);
    else if (code === KEEP) {
      const from = Array.from(ops.subarray(at + 3, at + 3 + more));
      learns(knowers.ofSlot(subject), from.map((address) => knowers.ofAddress(address)));
    }
    if (bySections && code === LEAVE) {
      for (const bit of used.get(subject) ?? []) learns(bit, [task]);
      used.delete(subject);
    }
    const access = accessIn(code, subject, more);
    if (access === null) return;
    for (const guard of bySections ? loose.guardsOf(subject, held) : []) {
      const use = access.how === TURNS ? CHANGED : access.how as Use;
      learns(task, CONFLICTS[use].map((other) => knowers.ofSections(subject, other)));
      used.set(guard, (used.get(guard) ?? new Set()).add(knowers.ofSections(subject, use)));
    }
    const { how, isMarked } = access, last = subject + sizeOf(code, more);
    let locks: number | undefined;
    for (let word = subject; word < last; word++) {
      if (code === FREE) freed.push(word);
      if (!loose.has(word)) continue;
      locks ??= accesses.words.of(held);
      made.push(accesses.of(word, how, isMarked, locks));
    }
  });
  end();
  const { deeds: inOrder, all } = withLast(deeds, accesses);
  const turns = way.variants.some(hasNear);
  return { task, deeds: inOrder, all, freed: accesses.words.of(freed), turns };
}

/** Finds what each set has that no later one has. */
function withLast(deeds: readonly Deed[], { sets }: Accesses): Pick<Deeds, "deeds" | "all"> {
  let all: number = EMPTY;
  const found = deeds.toReversed().map((deed) => {
    if (deed.what !== ACCESSES) return deed;
    const last = sets.without(deed.of, all);
    all = sets.either(all, deed.of);
    return { ...deed, last };
  });
  return { deeds: found.reverse(), all };
}

function hasNear({ kind }: Way["variants"][number]): boolean {
  return kind.hasNear;
}

/** How many words an access is to. */
function sizeOf(code: number, more: number): number {
  return code === ALLOCATE || code === FREE ? more : 1;
}
