/**
 * What happened before what on the current path, and which pairs of steps raced.
 *
 * The steps that happen before a step are a set of bits over depths; with them, "is this race
 * immediate" and "which tasks could start the reversed order" are a handful of ANDs.
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

const NO_WORDS: readonly number[] = [];

/** The happens-before relation of one path, which grows and shrinks at its end. */
export class Order {
  readonly #rows: number;
  /** By depth: `#rows` words of bits, the steps that happen before the one there. */
  readonly #before: Int32Array;
  readonly #taskAt: Int32Array;
  /** By depth: the step of the same task before it, or the step that made the task. */
  readonly #previousAt: Int32Array;
  /** By depth: what the step there did. */
  readonly #kinds: Kind[] = [];
  readonly #lastOf = new Int32Array(TASK_LIMIT);
  readonly #intervals = new Intervals();
  /** Tasks that were seen have ids below this. */
  #tasks = 0;
  /** Steps of the current execution so far. */
  #length = 0;
  /** Scratch: candidates of a race, and what is known to be before the step by another way. */
  readonly #candidates: Int32Array;
  readonly #covered: Int32Array;
  /** Scratch: the races of the new step. */
  readonly #races: number[] = [];
  #waited: readonly number[] | undefined;
  #stays = false;
  #lockWord = NONE;

  /** The numbers of the words in the kinds. */
  #numbers: WordNumbers;

  constructor(maxDepth: number, numbers: WordNumbers) {
    this.#numbers = numbers;
    this.#rows = (maxDepth >> 5) + 1;
    this.#before = new Int32Array(maxDepth * this.#rows);
    this.#taskAt = new Int32Array(maxDepth);
    this.#previousAt = new Int32Array(maxDepth);
    this.#candidates = new Int32Array(this.#rows);
    this.#covered = new Int32Array(this.#rows);
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
    this.#intervals.undoTo(depth);
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

  /** Enters the step that has just run as the next of the path, and what it stood before. */
  add(depth: number, task: number, kind: Kind, stood: StoodBefore): void {
    this.#taskAt[depth] = task;
    this.#previousAt[depth] = this.#lastOf[task] as number;
    this.#kinds[depth] = kind;
    this.#waited = stood.waited;
    this.#stays = stood.stays;
    this.#lockWord = stood.lockWord;
    this.#orderNew(depth, task, kind);
    for (const entry of kind.holds) {
      const word = entry & WORD_MASK;
      this.#intervals.used(word, depth, peek(word) !== 0, (entry >>> WORD_BITS & WRITE) !== 0);
    }
    this.#lastOf[task] = depth;
    this.#length = depth + 1;
    if (task >= this.#tasks) this.#tasks = task + 1;
  }

  /** Collects the conflicting steps of others as candidates and joins what happens before them. */
  #orderNew(depth: number, task: number, kind: Kind): void {
    const rows = (depth >> 5) + 1, candidates = this.#candidates, base = depth * this.#rows;
    const before = this.#before, kinds = this.#kinds, numbers = this.#numbers, { folded } = kind;
    const mustSee = this.#lockWord !== NONE || this.#waited !== undefined || numbers.hasBefore;
    const mayPass = this.#lockWord !== NONE || this.#waited !== undefined;
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
        const comesAfter = this.#comesAfter(depth, at);
        if (comesAfter && !mayPass) break;
        if (!mustSee && this.#has(before, base, at)) break;
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
        if (!this.#has(before, base, at)) this.#join(base, at, rows);
      }
    }
    if (kind.sections.length > 0) this.#orderSections(base, kind.sections, rows);
  }

  /**
   * A section that comes after something that was done while its lock was held across steps comes
   * after the end of that. One that does not could as well have been before.
   */
  #orderSections(base: number, sections: readonly number[], rows: number): void {
    if (!this.#intervals.any) return;
    for (let grew = true; grew;) {
      grew = false;
      for (const word of sections) {
        const held = this.#intervals.latest(word, (from) => this.#has(this.#before, base, from));
        const end = held === undefined ? NONE : held[1];
        if (end === NONE || this.#has(this.#before, base, end)) continue;
        this.#addCandidate(end);
        this.#join(base, end, rows);
        grew = true;
      }
    }
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
      previous !== NONE && this.#has(this.#before, previous * this.#rows, earlier);
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
    for (let row = 0; row < rows; row++) covered[row] = 0;
    if (previous !== NONE) this.#cover(previous, rows);
    const held = this.#lockInterval(depth);
    const races = this.#waited === undefined || this.#stays
      ? this.#races
      : this.#waitRaces(depth, previous, enabledAt);
    if (races === this.#races) races.length = 0;
    for (let row = rows - 1; row >= 0; row--) {
      for (let rest = this.#candidates[row] as number; rest !== 0;) {
        const bit = 31 - Math.clz32(rest), earlier = (row << 5) + bit;
        rest &= ~(1 << bit);
        if (this.#has(covered, 0, earlier) || this.#taskAt[earlier] === task) continue;
        if (held !== undefined && this.#isInside(earlier, held, previous, enabledAt, task)) {
          continue;
        }
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

  /** Was the step at `earlier` made while the lock was held, by its holder or while `task` stood before it? */
  #isInside(
    earlier: number,
    [from, to]: Interval,
    previous: number,
    enabledAt: Int32Array,
    task: number,
  ): boolean {
    return earlier > from && earlier <= to && (this.#taskAt[earlier] === this.#taskAt[from] ||
      this.#isBlockedAt(earlier, previous, enabledAt, task));
  }

  /**
   * If the step at `depth` stood before a lock that another task had held across steps, and comes
   * after that: when it was taken and given back. The step that took it becomes a candidate. A lock
   * that a step comes to only in its course is different: found taken it would have ended the step,
   * not kept it away.
   */
  #lockInterval(depth: number): Interval | undefined {
    if (this.#lockWord === NONE) return undefined;
    const base = depth * this.#rows;
    const held = this.#intervals.latest(
      this.#lockWord,
      (from) => this.#has(this.#before, base, from),
    );
    if (held === undefined || this.#taskAt[held[0]] === this.#taskAt[depth]) return undefined;
    this.#addCandidate(held[0]);
    return held;
  }

  /**
   * The sections on the way from `earlier` to `depth` that the reversal of these two steps would
   * have to run in vain: they do not depend on the step at `earlier`, but at that moment their lock
   * was held, and the holder's next steps do depend on it. In pairs: the step that took the lock,
   * and the section, which has to be tried before it.
   */
  heldUp(earlier: number, depth: number): readonly number[] {
    if (!this.#intervals.any) return NO_WORDS;
    let found: number[] | undefined;
    for (let at = earlier + 1; at <= depth; at++) {
      const { sections } = this.kindOf(at);
      if (sections.length === 0 || this.#has(this.#before, at * this.#rows, earlier)) continue;
      for (const word of sections) {
        const held = this.#intervals.around(word, earlier);
        if (held === undefined || held[1] >= at) continue;
        const [from, to] = held;
        if (this.#has(this.#before, at * this.#rows, from)) continue;
        if (this.#has(this.#before, to * this.#rows, earlier)) (found ??= []).push(from, at);
      }
    }
    return found ?? NO_WORDS;
  }

  /**
   * The sections that could as well have come after a lock was taken, but for what was done while
   * it was held: the step at `depth` gives it back, and comes after them in another way. Had they
   * been late, they would wait for the lock and its holder for them. In pairs: each section, and
   * the step that took the lock.
   */
  neededInside(depth: number): readonly number[] {
    const { holds } = this.kindOf(depth);
    if (holds.length === 0) return NO_WORDS;
    const found: number[] = [];
    for (const entry of holds) {
      const word = entry & WORD_MASK;
      const held = this.#intervals.endingAt(word, depth);
      if (held !== undefined) this.#sectionsBefore(word, held[0], depth, found);
    }
    return found;
  }

  /**
   * The sections of the lock at `word` that could as well have come after it was taken for good, and
   * would wait for ever then. In pairs: each section, and the step that took the lock.
   */
  sectionsBeforeTaken(word: number): number[] {
    const from = this.#intervals.open(word), found: number[] = [];
    if (from !== NONE) this.#sectionsBefore(word, from, NONE, found);
    return found;
  }

  /** Adds the sections that are not before the step at `from`, but before that at `end` unless NONE. */
  #sectionsBefore(word: number, from: number, end: number, found: number[]): void {
    if (!this.#numbers.hasSections) return;
    for (let at = from - 1; at >= 0; at--) {
      const { sections } = this.kindOf(at);
      if (sections.length === 0 || !sections.includes(word)) continue;
      if (this.#has(this.#before, from * this.#rows, at)) continue;
      if (end === NONE || this.#has(this.#before, end * this.#rows, at)) found.push(at, from);
    }
  }

  #wrote(depth: number, word: number): boolean {
    return this.#numbers.isAltered(this.kindOf(depth), word);
  }

  /**
   * A condition may have been true before someone made it false, so a step that waited for one races
   * with every earlier writer before whom it could have run, whatever stands between them.
   */
  #waitRaces(depth: number, previous: number, enabledAt: Int32Array): number[] {
    const races: number[] = [], task = this.#taskAt[depth] as number;
    const waited = this.#waited ?? [];
    for (let at = depth - 1; at >= 0; at--) {
      if (this.#taskAt[at] === task || this.#has(this.#covered, 0, at)) continue;
      if (this.#isBlockedAt(at, previous, enabledAt, task)) continue;
      if (waited.some((word) => this.#wrote(at, word))) races.push(at);
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
    for (let row = 0; row < rows; row++) taken[row] = 0;
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
      if (isLock) found.push(this.#intervals.heldSince(word, this.#length - 1));
      else this.#pushWriters(word, found);
    }
    return found.filter((at) =>
      at !== NONE && at !== last &&
      (last === NONE || !this.#has(this.#before, last * this.#rows, at))
    );
  }

  #pushWriters(word: number, found: number[]): void {
    for (let at = this.#length - 1; at >= 0; at--) if (this.#wrote(at, word)) found.push(at);
  }

  /** As `initials`, for a `task` that is blocked at `depth` before a step that has not run. */
  initialsBlocked(earlier: number, depth: number, task: number): number {
    if (earlier >= depth) return 0;
    let mask = 0;
    const taken = this.#covered, rows = (depth >> 5) + 1;
    for (let row = 0; row < rows; row++) taken[row] = 0;
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
