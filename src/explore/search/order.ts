/**
 * What happened before what on the current path, and which pairs of steps raced.
 *
 * The steps that happen before a step are a set of bits over depths; with them, "is this race
 * immediate" and "which tasks could start the reversed order" are a handful of ANDs.
 */
import { ARENA_WORDS, peek, TASK_LIMIT } from "../objects.ts";
import { footprint, isLockWord, reads, writes } from "../observe.ts";
import type { Footprint } from "./sleepers.ts";

const NONE = -1;

/** What a step's task waited for before it. */
export interface StoodBefore {
  /** The word of the lock that it stood before, else -1. */
  readonly lockWord: number;
  /** The words of the condition that it waited for. */
  readonly waited: readonly number[] | undefined;
  /** Whether that condition cannot become false again. */
  readonly stays: boolean;
}

/** The happens-before relation of one path, rebuilt as the path is replayed. */
export class Order {
  readonly #rows: number;
  /** By depth: `#rows` words of bits, the steps that happen before the one there. */
  readonly #before: Int32Array;
  readonly #taskAt: Int32Array;
  /** By depth: the step of the same task before it, or the step that made the task. */
  readonly #previousAt: Int32Array;
  readonly #footprints: Footprint[] = [];
  /** By depth: the words of locks that the step there took and kept. */
  readonly #takenAt: number[][] = [];
  readonly #lastOf = new Int32Array(TASK_LIMIT);
  /** By word, valid if the stamp is of this execution: last writer, readers since, lock taker. */
  readonly #stamp = new Int32Array(ARENA_WORDS);
  readonly #writer = new Int32Array(ARENA_WORDS);
  readonly #readers = new Int32Array(ARENA_WORDS);
  readonly #taker = new Int32Array(ARENA_WORDS);
  /** Readers of a word as linked lists: depth and next, 0 ends one. */
  #nodeDepth = new Int32Array(1 << 12);
  #nodeNext = new Int32Array(1 << 12);
  #nodes = 1;
  #execution = 0;
  /** Scratch: candidates of a race, and what is known to be before the step by another way. */
  readonly #candidates: Int32Array;
  readonly #covered: Int32Array;
  #waited: readonly number[] | undefined;
  #stays = false;
  #lockWord = NONE;

  constructor(maxDepth: number) {
    this.#rows = (maxDepth >> 5) + 1;
    this.#before = new Int32Array(maxDepth * this.#rows);
    this.#taskAt = new Int32Array(maxDepth);
    this.#previousAt = new Int32Array(maxDepth);
    this.#candidates = new Int32Array(this.#rows);
    this.#covered = new Int32Array(this.#rows);
  }

  /** Forgets who touched what; the bits of steps that are replayed stay valid. */
  beginExecution(): void {
    this.#execution++;
    this.#nodes = 1;
    this.#lastOf.fill(NONE);
  }

  /** The step at `depth` made task `id`. */
  spawned(id: number, depth: number): void {
    this.#lastOf[id] = depth;
  }

  /** What the step at `depth` touched. */
  footprintOf(depth: number): Footprint {
    return this.#footprints[depth] as Footprint;
  }

  /**
   * Enters the step that has just run, and what it stood before. A step that is not new is
   * replayed: its bits are known.
   */
  add(depth: number, task: number, stood: StoodBefore, isNew: boolean): void {
    if (isNew) {
      this.#taskAt[depth] = task;
      this.#previousAt[depth] = this.#lastOf[task] as number;
      this.#footprints[depth] = copyFootprint();
      this.#takenAt[depth] = [];
      this.#waited = stood.waited;
      this.#stays = stood.stays;
      this.#lockWord = stood.lockWord;
      this.#orderNew(depth);
    }
    this.#enter(depth, isNew);
    this.#lastOf[task] = depth;
  }

  /** Collects the conflicting steps as candidates and joins what happens before them. */
  #orderNew(depth: number): void {
    const rows = (depth >> 5) + 1, candidates = this.#candidates, base = depth * this.#rows;
    candidates.fill(0, 0, rows);
    this.#before.fill(0, base, base + rows);
    const step = this.#footprints[depth] as Footprint, readEnd = 1 + (step[0] as number);
    for (let at = 1; at < step.length; at++) {
      const word = step[at] as number;
      if (this.#stamp[word] !== this.#execution) continue;
      this.#addCandidate(this.#writer[word] as number);
      if (at < readEnd) continue;
      for (let node = this.#readers[word] as number; node !== 0;) {
        this.#addCandidate(this.#nodeDepth[node] as number);
        node = this.#nodeNext[node] as number;
      }
    }
    const previous = this.#previousAt[depth] as number;
    if (previous !== NONE) this.#join(base, previous, rows);
    for (let row = 0; row < rows; row++) {
      for (let rest = candidates[row] as number; rest !== 0; rest &= rest - 1) {
        this.#join(base, (row << 5) + 31 - Math.clz32(rest & -rest), rows);
      }
    }
  }

  #addCandidate(depth: number): void {
    if (depth === NONE) return;
    this.#candidates[depth >> 5] = (this.#candidates[depth >> 5] as number) | 1 << (depth & 31);
  }

  /** Adds `earlier` and all before it to the bits at `base`. */
  #join(base: number, earlier: number, rows: number): void {
    const before = this.#before, from = earlier * this.#rows;
    const top = Math.min(rows, (earlier >> 5) + 1);
    for (let row = 0; row < top; row++) {
      before[base + row] = (before[base + row] as number) | (before[from + row] as number);
    }
    const at = base + (earlier >> 5);
    before[at] = (before[at] as number) | 1 << (earlier & 31);
  }

  /** Makes the step at `depth` the last to have touched its words. */
  #enter(depth: number, isNew: boolean): void {
    for (let at = 0; at < footprint.reads; at++) this.#enterRead(reads[at] as number, depth);
    for (let at = 0; at < footprint.writes; at++) {
      const word = writes[at] as number;
      if (this.#stamp[word] !== this.#execution) this.#fresh(word);
      this.#writer[word] = depth;
      this.#readers[word] = 0;
      if (isLockWord[word] === 1 && peek(word) !== 0) {
        this.#taker[word] = depth;
        if (isNew) (this.#takenAt[depth] as number[]).push(word);
      }
    }
  }

  #enterRead(word: number, depth: number): void {
    if (this.#stamp[word] !== this.#execution) this.#fresh(word);
    const node = this.#nodes++;
    if (node === this.#nodeDepth.length) this.#growNodes();
    this.#nodeDepth[node] = depth;
    this.#nodeNext[node] = this.#readers[word] as number;
    this.#readers[word] = node;
  }

  #fresh(word: number): void {
    this.#stamp[word] = this.#execution;
    this.#writer[word] = NONE;
    this.#taker[word] = NONE;
    this.#readers[word] = 0;
  }

  #growNodes(): void {
    const depths = new Int32Array(this.#nodeDepth.length * 2);
    const nexts = new Int32Array(depths.length);
    depths.set(this.#nodeDepth);
    nexts.set(this.#nodeNext);
    this.#nodeDepth = depths;
    this.#nodeNext = nexts;
  }

  #has(bits: Int32Array, base: number, depth: number): boolean {
    return ((bits[base + (depth >> 5)] as number) >> (depth & 31) & 1) === 1;
  }

  /**
   * The earlier steps, latest first, whose order with the new step at `depth` can be reversed and
   * has to be tried: no third step stands between them.
   */
  racesOf(depth: number, enabledAt: Int32Array): number[] {
    const task = this.#taskAt[depth] as number, rows = (depth >> 5) + 1;
    const covered = this.#covered, previous = this.#previousAt[depth] as number;
    covered.fill(0, 0, rows);
    if (previous !== NONE) this.#cover(previous, rows);
    const held = this.#lockInterval(depth);
    const races = this.#waitRaces(depth, previous, enabledAt);
    for (let row = rows - 1; row >= 0; row--) {
      for (let rest = this.#candidates[row] as number; rest !== 0;) {
        const bit = 31 - Math.clz32(rest), earlier = (row << 5) + bit;
        rest &= ~(1 << bit);
        if (this.#has(covered, 0, earlier) || this.#taskAt[earlier] === task) continue;
        if (held !== undefined && this.#isInside(earlier, held[0], held[1])) continue;
        if (this.#waited !== undefined && this.#enables(earlier, previous, enabledAt, task)) {
          if (this.#stays) this.#cover(earlier, rows);
          continue;
        }
        this.#cover(earlier, rows);
        races.push(earlier);
      }
    }
    return races;
  }

  #cover(earlier: number, rows: number): void {
    const covered = this.#covered, from = earlier * this.#rows;
    for (let row = 0; row < rows && row <= earlier >> 5; row++) {
      covered[row] = (covered[row] as number) | (this.#before[from + row] as number);
    }
    covered[earlier >> 5] = (covered[earlier >> 5] as number) | 1 << (earlier & 31);
  }

  /** Was `task` standing before its step, unable to take it, when the step at `earlier` ran? */
  #isBlockedAt(earlier: number, previous: number, enabledAt: Int32Array, task: number): boolean {
    return previous < earlier && ((enabledAt[earlier] as number) >> task & 1) === 0;
  }

  /**
   * Was the step at `earlier` one of those that `task` waited for? One that ran while the task was
   * blocked and has no part in its condition can come after it: others may have made that true.
   */
  #enables(earlier: number, previous: number, enabledAt: Int32Array, task: number): boolean {
    return this.#isBlockedAt(earlier, previous, enabledAt, task) &&
      (this.#waited ?? []).some((word) => this.#wrote(earlier, word));
  }

  /** Is the step at `earlier` one of the lock holder's after it took the lock at `from`? */
  #isInside(earlier: number, from: number, to: number): boolean {
    return earlier > from && earlier <= to && this.#taskAt[earlier] === this.#taskAt[from];
  }

  /**
   * If the step at `depth` stood before a lock that another task had held across steps: when it was
   * taken and given back. The step that took it becomes a candidate. A lock that a step comes to
   * only in its course is different: found taken it would have ended the step, not kept it away.
   */
  #lockInterval(depth: number): readonly [from: number, to: number] | undefined {
    if (this.#lockWord === NONE) return undefined;
    const held = this.#heldBefore(this.#lockWord, depth);
    if (held !== undefined) this.#addCandidate(held[0]);
    return held;
  }

  /** Who held the lock last before the step at `depth`: from when, and when it was given back. */
  #heldBefore(word: number, depth: number): readonly [number, number] | undefined {
    const to = this.#writerBefore(word, depth);
    if (to === NONE || this.#taskAt[to] === this.#taskAt[depth] || this.#takes(to, word)) {
      return undefined;
    }
    const from = this.#writerBefore(word, to);
    return from === NONE ? undefined : [from, to];
  }

  #writerBefore(word: number, depth: number): number {
    for (let at = depth - 1; at >= 0; at--) if (this.#wrote(at, word)) return at;
    return NONE;
  }

  /** Did the step at `depth` end with the lock in its task's hands? */
  #takes(depth: number, word: number): boolean {
    return (this.#takenAt[depth] as readonly number[]).includes(word);
  }

  #wrote(depth: number, word: number): boolean {
    const step = this.#footprints[depth] as Footprint;
    for (let at = 1 + (step[0] as number); at < step.length; at++) {
      if (step[at] === word) return true;
    }
    return false;
  }

  /**
   * A condition may have been true before someone made it false, so a step that waited for one races
   * with every earlier writer before whom it could have run, whatever stands between them.
   */
  #waitRaces(depth: number, previous: number, enabledAt: Int32Array): number[] {
    const races: number[] = [], task = this.#taskAt[depth] as number;
    if (this.#waited === undefined || this.#stays) return races;
    for (let at = depth - 1; at >= 0; at--) {
      if (this.#taskAt[at] === task || this.#has(this.#covered, 0, at)) continue;
      if (this.#isBlockedAt(at, previous, enabledAt, task)) continue;
      if (this.#waited.some((word) => this.#wrote(at, word))) races.push(at);
    }
    return races;
  }

  /**
   * A mask of the tasks that can start an execution in which all that does not depend on the step
   * at `earlier`, and then the step at `depth`, comes before it.
   */
  initials(earlier: number, depth: number): number {
    let mask = 0;
    const taken = this.#covered, rows = (depth >> 5) + 1;
    taken.fill(0, 0, rows);
    for (let at = earlier + 1; at <= depth; at++) {
      const base = at * this.#rows;
      if (at !== depth && this.#has(this.#before, base, earlier)) continue;
      if (!this.#meets(base, taken, rows)) mask |= 1 << (this.#taskAt[at] as number);
      taken[at >> 5] = (taken[at >> 5] as number) | 1 << (at & 31);
    }
    return mask;
  }

  #meets(base: number, bits: Int32Array, rows: number): boolean {
    for (let row = 0; row < rows; row++) {
      if (((this.#before[base + row] as number) & (bits[row] as number)) !== 0) return true;
    }
    return false;
  }

  /** The steps that keep `task` from going on: who took the lock, or who wrote what it waits for. */
  blockersOf(task: number, words: readonly number[], isLock: boolean): number[] {
    const last = this.#lastOf[task] as number, found: number[] = [];
    for (const word of words) {
      if (this.#stamp[word] !== this.#execution) continue;
      if (isLock) found.push(this.#taker[word] as number);
      else this.#pushWriters(word, found);
    }
    return found.filter((at) =>
      at !== NONE && at !== last &&
      (last === NONE || !this.#has(this.#before, last * this.#rows, at))
    );
  }

  #pushWriters(word: number, found: number[]): void {
    for (let at = this.#writer[word] as number; at >= 0; at--) {
      if (this.#wrote(at, word)) found.push(at);
    }
  }

  /** As `initials`, for a `task` that is blocked at `depth` before a step that has not run. */
  initialsBlocked(earlier: number, depth: number, task: number): number {
    if (earlier >= depth) return 0;
    let mask = 0;
    const taken = this.#covered, rows = (depth >> 5) + 1;
    taken.fill(0, 0, rows);
    for (let at = earlier + 1; at < depth; at++) {
      const base = at * this.#rows;
      if (this.#has(this.#before, base, earlier)) continue;
      if (!this.#meets(base, taken, rows)) mask |= 1 << (this.#taskAt[at] as number);
      taken[at >> 5] = (taken[at >> 5] as number) | 1 << (at & 31);
    }
    const last = this.#lastOf[task] as number;
    if (last === NONE || last < earlier) mask |= 1 << task;
    return mask;
  }
}

/** The footprint of the step that has just run, to keep. */
function copyFootprint(): Footprint {
  const copy = new Int32Array(1 + footprint.reads + footprint.writes);
  copy[0] = footprint.reads;
  for (let at = 0; at < footprint.reads; at++) copy[1 + at] = reads[at] as number;
  for (let at = 0; at < footprint.writes; at++) {
    copy[1 + footprint.reads + at] = writes[at] as number;
  }
  return copy;
}
