/** What a way does that can race, and what it orders, as sets of bits: for doubts.ts. */
import type { WordNumbers } from "../search/kind.ts";
import type { Reading } from "./reading.ts";

/** What doubts.ts asks of a way. A place is where in it an operation stands. */
export interface Profile {
  /** Of no other profile of the same scenario. */
  readonly id: number;
  /** The same for profiles that say the same. */
  readonly group: number;
  /** By row of 32 words: the sets below, one number each. */
  readonly sets: Int32Array;
  /** All words in one row: profiles that have no bit in common have no word in common. */
  readonly folded: number;
  /** How it accesses words, four numbers each: see {@link Access}. */
  readonly accesses: Int32Array;
  /** The place of the last of them; 0 if there is none. */
  readonly lastAccess: number;
  /** Is there an access that no lock guards? */
  readonly isOpen: boolean;
  /** Pairs of an address that it releases to, and the place where it does so last. */
  readonly releases: Int32Array;
  /** Addresses that it acquires; does it so before any access? */
  readonly acquires: Int32Array;
  /** Bits that two sets of addresses have in common if they have one of these. */
  readonly releaseBits: number;
  readonly acquiresFirst: boolean;
  /** What it keeps of releases, and what it acquires of that. */
  readonly keeps: readonly { readonly slot: number; readonly addresses: Int32Array }[];
  readonly observes: readonly { readonly slot: number; readonly isFirst: boolean }[];
  readonly acquiresAny: boolean;
  /** The places of its last acquire, and where it makes its first task. */
  readonly lastAcquire: number;
  readonly firstSpawn: number;
  /** For doubts.ts: a mask of tasks with which it can race, as was known at the version. */
  readonly risk: { version: number; tasks: number };
  /** For doubts.ts, by an earlier profile: what it needs to know of it; null for nothing. */
  readonly needs: Map<number, Need | null>;
}

/** Numbers in a row. */
const ROW = 8;
/** Words that are accessed: written or freed, read, changed, changed so that turns count. */
export const WRITTEN = 0, IS_READ = 1, CHANGED = 2, TURNS = 3;
/** Words with an access that no lock guards; scheduling points all of whose accesses are marked. */
const OPEN = 4, MARKED = 5;

/** With one of WRITTEN to TURNS: marked, and of a scheduling point; under no lock that guards the word. */
const HOW = 3, IS_MARKED = 4, IS_OPEN = 8;

/** How a way accesses a word; packed, first three of these as one number. */
export interface Access {
  readonly word: number;
  /** WRITTEN, IS_READ, CHANGED or TURNS. */
  readonly how: number;
  /** Marked, and of a scheduling point? */
  readonly isMarked: boolean;
  readonly isOpen: boolean;
  /** Its first place and its last. */
  readonly first: number;
  last: number;
}

/** Numbers for profiles, by what they say. */
export type Groups = Map<string, number>;

/** The profile of a way, from what was read of it; `id` must be one of its own. */
export function profileOf(
  id: number,
  reading: Reading,
  numbers: WordNumbers,
  groups: Groups,
): Profile {
  const accesses = [...reading.accesses.values()], packed = new Int32Array(accesses.length * 4);
  for (const { word } of accesses) numbers.of(word);
  const sets = new Int32Array(numbers.rows * ROW), plain = new Set<number>();
  for (const [at, { word, how, isMarked, isOpen, first, last }] of accesses.entries()) {
    packed.set(
      [word, how | (isMarked ? IS_MARKED : 0) | (isOpen ? IS_OPEN : 0), first, last],
      at * 4,
    );
    const number = numbers.of(word);
    add(sets, how, number);
    if (how === TURNS) add(sets, CHANGED, number);
    if (isOpen) add(sets, OPEN, number);
    if (!isMarked) plain.add(word);
  }
  for (const { word } of accesses) if (!plain.has(word)) add(sets, MARKED, numbers.of(word));
  const { firstAccess, firstAcquire, lastAcquire, firstSpawn, keeps } = reading;
  let group: number | undefined;
  return {
    id,
    // Few are asked for theirs, and to say all in words takes long.
    get group(): number {
      return group ??= groupOf(
        groups,
        `${packed} ${[...reading.releases]} ${reading.acquires} ${lastAcquire} ${firstSpawn}`,
      );
    },
    sets,
    folded: foldedIn(sets),
    accesses: packed,
    lastAccess: accesses.reduce((latest, { last }) => Math.max(latest, last), 0),
    isOpen: accesses.some(({ isOpen }) => isOpen),
    releases: Int32Array.from([...reading.releases].flat()),
    releaseBits: bitsOf([...reading.releases.keys()]),
    acquires: Int32Array.from(reading.acquires),
    acquiresFirst: lastAcquire < firstAccess,
    keeps,
    observes: reading.observes.map(({ slot, at }) => ({ slot, isFirst: at < firstAccess })),
    acquiresAny: firstAcquire < Infinity,
    lastAcquire,
    firstSpawn,
    risk: { version: 0, tasks: 0 },
    needs: new Map(),
  };
}

function groupOf(groups: Groups, key: string): number {
  let group = groups.get(key);
  if (group === undefined) groups.set(key, group = groups.size);
  return group;
}

/** Bits that two sets of addresses have in common if they have one of these. */
export function bitsOf(addresses: ArrayLike<number>): number {
  let bits = 0;
  for (let at = 0; at < addresses.length; at++) bits |= 1 << ((addresses[at] as number) % 31);
  return bits;
}

const NOTHING = new Int32Array(0);

/** Of a way whose profile is not worked out. */
export const NO_PROFILE: Profile = {
  id: 0,
  group: -1,
  sets: NOTHING,
  folded: 0,
  accesses: NOTHING,
  lastAccess: 0,
  isOpen: false,
  releases: NOTHING,
  releaseBits: 0,
  acquires: NOTHING,
  acquiresFirst: true,
  keeps: [],
  observes: [],
  acquiresAny: false,
  lastAcquire: -1,
  firstSpawn: 0,
  risk: { version: 0, tasks: 0 },
  needs: new Map(),
};

function foldedIn(sets: Int32Array): number {
  let folded = 0;
  for (let at = 0; at < sets.length; at += ROW) {
    folded |= (sets[at + WRITTEN] as number) | (sets[at + IS_READ] as number) |
      (sets[at + CHANGED] as number);
  }
  return folded;
}

function add(sets: Int32Array, which: number, number: number): void {
  const at = (number >> 5) * ROW + which;
  sets[at] = (sets[at] as number) | 1 << (number & 31);
}

/** Is there a word by which a later step may race with an earlier one? `turns` as for {@link needFor}. */
export function wordsInConflict(later: Int32Array, earlier: Int32Array, turns: boolean): boolean {
  const end = Math.min(later.length, earlier.length);
  for (let at = 0; at < end; at += ROW) {
    const open = (later[at + OPEN] as number) | (earlier[at + OPEN] as number);
    if (open === 0) continue;
    const wl = later[at + WRITTEN] as number, we = earlier[at + WRITTEN] as number;
    const rl = later[at + IS_READ] as number, re = earlier[at + IS_READ] as number;
    const cl = later[at + CHANGED] as number, ce = earlier[at + CHANGED] as number;
    const words = wl & (we | re | ce) | we & (rl | cl) | cl & re | rl & ce |
      (turns ? cl : later[at + TURNS] as number) & ce;
    const marked = (later[at + MARKED] as number) & (earlier[at + MARKED] as number);
    if ((words & open & ~marked) !== 0) return true;
  }
  return false;
}

/** Up to which places of an earlier step must be known to come first, so that there is no race. */
export interface Need {
  /** Before all of the later step, and before what it does after its last acquire. */
  readonly start: number;
  readonly end: number;
}

/**
 * What a step of the later profile needs to know of one of the earlier, worked out once for each pair;
 * null for nothing. `turns` says that turns at counts matter.
 */
export function needFor(later: Profile, earlier: Profile, turns: boolean): Need | null {
  if ((later.folded & earlier.folded) === 0) return null;
  const pair = earlier.id << 1 | (turns ? 1 : 0);
  let need = later.needs.get(pair);
  if (need === undefined) {
    need = wordsInConflict(later.sets, earlier.sets, turns) ? needOf(later, earlier, turns) : null;
    later.needs.set(pair, need);
  }
  return need;
}

/** As {@link needFor}, worked out. */
function needOf(later: Profile, earlier: Profile, turns: boolean): Need {
  let start = 0, end = 0;
  const mine = later.accesses, theirs = earlier.accesses;
  for (let one = 0; one < mine.length; one += 4) {
    for (let other = 0; other < theirs.length; other += 4) {
      if (mine[one] !== theirs[other]) continue;
      const how = mine[one + 1] as number, before = theirs[other + 1] as number;
      if ((how & before & IS_MARKED) !== 0 || ((how | before) & IS_OPEN) === 0) continue;
      if ((how & HOW) === IS_READ && (before & HOW) === IS_READ) continue;
      if ((how & HOW) === CHANGED && (before & HOW) >= CHANGED && !turns) continue;
      const last = theirs[other + 3] as number;
      if ((mine[one + 2] as number) > later.lastAcquire) end = Math.max(end, last);
      else start = Math.max(start, last);
    }
  }
  return { start, end };
}

/** All that steps do together; `one` if that is no more than it says. */
export function joined(one: Int32Array | undefined, other: Int32Array): Int32Array {
  if (one === undefined) return other.slice();
  const all = new Int32Array(Math.max(one.length, other.length));
  all.set(one);
  for (let at = 0; at < other.length; at += ROW) {
    const used = (one[at + WRITTEN] ?? 0) | (one[at + IS_READ] ?? 0) | (one[at + CHANGED] ?? 0);
    const more = (other[at + WRITTEN] as number) | (other[at + IS_READ] as number) |
      (other[at + CHANGED] as number);
    const plain = used & ~(one[at + MARKED] ?? 0) | more & ~(other[at + MARKED] as number);
    for (const which of [WRITTEN, IS_READ, CHANGED, TURNS, OPEN]) {
      all[at + which] = (all[at + which] as number) | (other[at + which] as number);
    }
    all[at + MARKED] = (used | more) & ~plain;
  }
  return one.length === all.length && one.every((bits, at) => bits === all[at]) ? one : all;
}
