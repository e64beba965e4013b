/**
 * What happened before what on the current path.
 *
 * The steps that happen before a step are a set of bits over depths; with them, "is this race
 * immediate" and "which tasks could start the reversed order" are a handful of ANDs (reversal.ts).
 */
import { dependsOn, SECTION, WORD_BITS, WORD_MASK, WRITE } from "../footprint.ts";
import { peek, TASK_LIMIT } from "../objects.ts";
import { countTurns } from "../observe.ts";
import { type Interval, Intervals, NONE } from "./intervals.ts";
import { APART, dependence, DEPENDENT_BEFORE, type Kind, type WordNumbers } from "./kind.ts";

/** What a step's task waited for before it. */
export interface StoodBefore {
  /** The word of the lock that it stood before, else -1. */
  readonly lockWord: number;
  /** The words of the condition that it waited for. */
  readonly waited: readonly number[] | undefined;
  /** Whether that condition cannot become false again. */
  readonly stays: boolean;
}

/** Of a step that stood before nothing. */
export const NOWHERE: StoodBefore = { lockWord: NONE, waited: undefined, stays: false };

/** The happens-before relation of one path, which grows and shrinks at its end. */
export class Order {
  /** Words of bits over the depths of a path. */
  readonly rows: number;
  /** By depth: `rows` words of bits, the steps that happen before the one there. */
  readonly #before: Int32Array;
  readonly #taskAt: Int32Array;
  /** By depth: the step of the same task before it, or the step that made the task. */
  readonly #previousAt: Int32Array;
  /** By depth: what the step there did. */
  readonly #kinds: Kind[] = [];
  readonly #lastOf = new Int32Array(TASK_LIMIT);
  /** When locks were held across steps. */
  readonly intervals = new Intervals();
  /** Tasks that were seen have ids below this. */
  #tasks = 0;
  /** Steps of the current execution so far. */
  #length = 0;
  /** Earlier steps that the new one conflicts with, as bits over depths. */
  readonly candidates: Int32Array;
  /** What the new step stood before. */
  stood: StoodBefore = NOWHERE;
  /** The numbers of the words in the kinds. */
  #numbers: WordNumbers;

  constructor(maxDepth: number, numbers: WordNumbers) {
    this.#numbers = numbers;
    this.rows = (maxDepth >> 5) + 1;
    this.#before = new Int32Array(maxDepth * this.rows);
    this.#taskAt = new Int32Array(maxDepth);
    this.#previousAt = new Int32Array(maxDepth);
    this.candidates = new Int32Array(this.rows);
    this.#lastOf.fill(NONE);
  }

  /** A path that has no step, of a search with these numbers. */
  begin(numbers: WordNumbers): void {
    this.#numbers = numbers;
    this.undoTo(0);
    this.#lastOf.fill(NONE);
  }

  /** Forgets the steps from `depth` on. */
  undoTo(depth: number): void {
    if (depth >= this.#length) return;
    for (let at = this.#length - 1; at >= depth; at--) {
      this.#lastOf[this.#taskAt[at] as number] = this.#previousAt[at] as number;
    }
    this.intervals.undoTo(depth);
    this.#length = depth;
  }

  /** The step at `depth` made task `id`. */
  spawned(id: number, depth: number): void {
    this.#lastOf[id] = depth;
  }

  /** What the step at `depth` did. */
  kindOf(depth: number): Kind {
    return this.#kinds[depth] as Kind;
  }

  /** The numbers of the words in the kinds. */
  get numbers(): WordNumbers {
    return this.#numbers;
  }

  /** How many steps there are. */
  get length(): number {
    return this.#length;
  }

  /** The task of the step at `depth`. */
  taskOf(depth: number): number {
    return this.#taskAt[depth] as number;
  }

  /** The step of the same task before that at `depth`, or the one that made the task; -1 for none. */
  previousOf(depth: number): number {
    return this.#previousAt[depth] as number;
  }

  /** The last step of the task, or the one that made it; -1 for none. */
  lastOf(task: number): number {
    return this.#lastOf[task] as number;
  }

  /** Does the step at `earlier` happen before the one at `depth`? */
  isBefore(earlier: number, depth: number): boolean {
    return this.#has(depth * this.rows, earlier);
  }

  /** Of the 32 steps from `row` times 32 on: those that happen before the one at `depth`, as bits. */
  rowBefore(depth: number, row: number): number {
    return this.#before[depth * this.rows + row] as number;
  }

  /** Did the step at `depth` alter the word? */
  wrote(depth: number, word: number): boolean {
    return this.#numbers.isAltered(this.kindOf(depth), word);
  }

  /** Adds the step at `depth` and all before it to `bits`. */
  cover(bits: Int32Array, depth: number, rows: number): void {
    const before = this.#before, from = depth * this.rows;
    for (let row = 0; row < rows && row <= depth >> 5; row++) {
      bits[row] = (bits[row] as number) | (before[from + row] as number);
    }
    bits[depth >> 5] = (bits[depth >> 5] as number) | 1 << (depth & 31);
  }

  /** Does one of the steps in `bits` happen before the one at `depth`? */
  comesAfterAny(bits: Int32Array, depth: number, rows: number): boolean {
    const before = this.#before, base = depth * this.rows;
    for (let row = 0; row < rows; row++) {
      if (((before[base + row] as number) & (bits[row] as number)) !== 0) return true;
    }
    return false;
  }

  /** Enters the step that has just run as the next of the path, and what it stood before. */
  add(depth: number, task: number, kind: Kind, stood: StoodBefore): void {
    this.#taskAt[depth] = task;
    this.#previousAt[depth] = this.#lastOf[task] as number;
    this.#kinds[depth] = kind;
    this.stood = stood;
    this.#orderNew(depth, task, kind);
    // By index, since an iterator for each step would be a tenth of what a search allocates.
    for (let at = 0; at < kind.holds.length; at++) {
      const entry = kind.holds[at] as number, word = entry & WORD_MASK;
      this.intervals.used(word, depth, peek(word) !== 0, (entry >>> WORD_BITS & WRITE) !== 0);
    }
    this.#lastOf[task] = depth;
    this.#length = depth + 1;
    if (task >= this.#tasks) this.#tasks = task + 1;
  }

  /** Collects the conflicting steps of others as candidates and joins what happens before them. */
  #orderNew(depth: number, task: number, kind: Kind): void {
    const rows = (depth >> 5) + 1, candidates = this.candidates, base = depth * this.rows;
    const before = this.#before, kinds = this.#kinds, numbers = this.#numbers, { folded } = kind;
    const mayPass = this.stood.lockWord !== NONE || this.stood.waited !== undefined;
    const mustSee = mayPass || numbers.hasBefore;
    for (let row = 0; row < rows; row++) candidates[row] = before[base + row] = 0;
    const previous = this.#previousAt[depth] as number;
    if (previous !== NONE) this.#join(base, previous, rows);
    for (let other = 0; other < this.#tasks; other++) {
      if (other === task) continue;
      let isJoined = false;
      for (let at = this.#lastOf[other] as number; at >= 0; at = this.#previousAt[at] as number) {
        // A task that made this one has a turn of its own.
        if (this.#taskAt[at] !== other) break;
        // What is before a step of the task is before this one, and so is what its task did earlier.
        // Where nothing else matters, what another candidate comes after is as good.
        const comesAfter = mustSee ? this.#comesAfter(depth, at) : this.#has(base, at);
        if (comesAfter && !mayPass) break;
        const earlier = kinds[at] as Kind;
        if ((folded & earlier.folded) === 0) continue;
        // What comes before another candidate of its task is none, but where racesOf may pass over that.
        if (isJoined && !mayPass && !kind.hasBefore && !earlier.hasBefore) continue;
        const found = dependence(kind.sets, earlier.sets);
        if (found === APART) continue;
        if (found === DEPENDENT_BEFORE && !comesAfter) this.#countTurns(depth, at);
        if (isJoined && !mayPass) continue;
        isJoined = true;
        candidates[at >> 5] = (candidates[at >> 5] as number) | 1 << (at & 31);
        if (!this.#has(base, at)) this.#join(base, at, rows);
      }
    }
    if (kind.sections.length > 0) this.#orderSections(base, kind.sections, rows);
  }

  /**
   * A section that comes after something that was done while its lock was held across steps comes
   * after the end of that. One that does not could as well have been before.
   */
  #orderSections(base: number, sections: readonly number[], rows: number): void {
    if (!this.intervals.any) return;
    for (let grew = true; grew;) {
      grew = false;
      for (const word of sections) {
        const end = this.#latestHeld(word, base)?.[1] ?? NONE;
        if (end === NONE || this.#has(base, end)) continue;
        this.addCandidate(end);
        this.#join(base, end, rows);
        grew = true;
      }
    }
  }

  /** The latest interval in which the lock was held whose beginning is among the bits at `base`. */
  #latestHeld(word: number, base: number): Interval | undefined {
    const ended = this.intervals.ended(word);
    for (let at = ended.length - 1; at >= 0; at--) {
      const interval = ended[at] as Interval;
      if (this.#has(base, interval[0])) return interval;
    }
    return undefined;
  }

  /** The latest interval in which the lock at `word` was held that began before the step at `depth`. */
  heldBefore(word: number, depth: number): Interval | undefined {
    return this.#latestHeld(word, depth * this.rows);
  }

  /** The step at `depth` uses words in conflict with an earlier one which it need not come after. */
  #countTurns(depth: number, earlier: number): void {
    const later = this.kindOf(depth), other = this.kindOf(earlier);
    const uses = new Map<number, number>();
    for (const entry of other.footprint) uses.set(entry & WORD_MASK, entry >>> WORD_BITS);
    for (const entry of later.footprint) {
      const word = entry & WORD_MASK, use = uses.get(word);
      if (use === undefined || !dependsOn(entry >>> WORD_BITS, use)) continue;
      countIfBefore(other, word);
      countIfBefore(later, word);
    }
  }

  /** Does the step at `depth` come after the earlier one whatever the two touch? */
  #comesAfter(depth: number, earlier: number): boolean {
    const previous = this.#previousAt[depth] as number;
    return previous === earlier ||
      previous !== NONE && this.isBefore(earlier, previous);
  }

  /** The new step conflicts with the one at `depth`. */
  addCandidate(depth: number): void {
    if (depth === NONE) return;
    this.candidates[depth >> 5] = (this.candidates[depth >> 5] as number) | 1 << (depth & 31);
  }

  /** Adds `earlier` and all before it to the bits at `base`. */
  #join(base: number, earlier: number, rows: number): void {
    const before = this.#before, from = earlier * this.rows;
    const top = Math.min(rows, (earlier >> 5) + 1);
    for (let row = 0; row < top; row++) {
      before[base + row] = (before[base + row] as number) | (before[from + row] as number);
    }
    const at = base + (earlier >> 5);
    before[at] = (before[at] as number) | 1 << (earlier & 31);
  }

  #has(base: number, depth: number): boolean {
    return ((this.#before[base + (depth >> 5)] as number) >> (depth & 31) & 1) === 1;
  }
}

/**
 * A step that used `word` before it took a lock for a whole section, or waited for it to be what it
 * may cease to be, could be stopped in between, and what another task does to it come there.
 */
function countIfBefore({ footprint, sections, sectionsEnd, waited }: Kind, word: number): void {
  if (sections.length === 0) return;
  let isBefore = waited.includes(word);
  for (let at = 0; at <= sectionsEnd; at++) {
    const entry = footprint[at] as number;
    if ((entry & WORD_MASK) === word) isBefore = true;
    else if (isBefore && (entry >>> WORD_BITS & SECTION) !== 0) countTurns(entry & WORD_MASK);
  }
}
