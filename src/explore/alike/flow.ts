/**
 * How facts flow along the steps between states, as in a forward must data-flow analysis: of accesses that
 * were made, who knows of them, which is who comes after them (happens-before). A task knows what it did
 * itself, and what was known where it acquires. What is known on all paths to a state is known in it. So if
 * no step makes an access that may race with one that its task does not know of, there is no data race in
 * any execution.
 *
 * Of what a task did more than once it counts when it did so last. What nobody can race with any more is
 * forgotten, and so is what was done to an object that is freed.
 */
import { grown } from "../journal.ts";
import { lowest } from "../search/bits.ts";
import type { Accesses } from "./accesses.ts";
import { ACCESSES, type Deed, type Deeds } from "./deeds.ts";
import type { Knowers } from "./knowers.ts";
import { EMPTY } from "./numbers.ts";
import { IDENTITY, type Renamings } from "./renamings.ts";

/**
 * The facts of a state, in rows: who made accesses, the set of them, and who knows of them (knowers.ts).
 * The order of rows means nothing.
 */
export type Facts = Int32Array;
const WHO = 0, SET = 1, KNOWERS = 2;

/** There are no facts at the beginning. */
export const NO_FACTS: Facts = new Int32Array(0);

/** The flow of facts in one scenario. */
export class Flow {
  readonly #accesses: Accesses;
  readonly #knowers: Knowers;
  readonly #renamings: Renamings;
  /** How long a row is. */
  readonly #row: number;
  /** Rows under way, and where they end. */
  #rows = new Int32Array(1 << 10);
  #end = 0;
  /** Of a row that is renamed: who knows, of those in whose place another is. */
  readonly #before: Int32Array;

  /** All steps are known. */
  constructor(accesses: Accesses, knowers: Knowers, renamings: Renamings) {
    this.#accesses = accesses;
    this.#knowers = knowers;
    this.#renamings = renamings;
    this.#row = KNOWERS + knowers.words;
    this.#before = new Int32Array(knowers.words);
  }

  /** Takes up the facts of a state, renamed. Are they others by that? */
  begin(facts: Facts, renaming: number): boolean {
    if (facts.length > this.#rows.length) this.#rows = new Int32Array(facts.length * 2);
    this.#rows.set(facts);
    this.#end = facts.length;
    return this.#rename(renaming);
  }

  /** Takes a step that does `deeds`. False if it may race with what was done before. */
  step({ task, deeds, all, freed, turns }: Deeds): boolean {
    const rows = this.#rows;
    for (let row = 0; row < this.#end; row += this.#row) {
      const isOwn = rows[row + WHO] === task;
      if (isOwn) this.#learn(row, task);
      // By index: an iterator for each row would be most of what this allocates.
      for (let at = 0; at < deeds.length; at++) {
        const deed = deeds[at] as Deed;
        if (deed.what !== ACCESSES) this.#pass(row, deed);
        else if (!this.#knows(row, task)) {
          if (this.#accesses.mayRace(rows[row + SET] as number, deed.of, turns)) return false;
        }
      }
      if (isOwn) rows[row + SET] = this.#accesses.sets.without(rows[row + SET] as number, all);
    }
    this.#addOwn(task, deeds);
    if (freed !== EMPTY) this.#forgetFreed(freed);
    return true;
  }

  /**
   * The facts in a state that the step leads to with a renaming, where only the tasks in the mask run. With
   * `before`, which is known by other paths there, what is known by all; `before` itself if that is the same.
   */
  end(renaming: number, running: number, before: Facts | undefined): Facts {
    this.#rename(renaming);
    this.#forgetEnded(running);
    if (before !== undefined) this.#meet(before);
    this.#join();
    return before !== undefined && this.#isAll(before) ? before : this.#rows.slice(0, this.#end);
  }

  #knows(row: number, bit: number): boolean {
    return ((this.#rows[row + KNOWERS + (bit >> 5)] as number) >> (bit & 31) & 1) === 1;
  }

  #learn(row: number, bit: number): void {
    const at = row + KNOWERS + (bit >> 5);
    this.#rows[at] = (this.#rows[at] as number) | 1 << (bit & 31);
  }

  /** Who learns something, learns of the row if one of those knows it from whom it learns. */
  #pass(row: number, { of, from }: Deed): void {
    for (let at = 0; at < from.length; at++) {
      if (this.#knows(row, from[at] as number)) return this.#learn(row, of);
    }
  }

  /** A new row, of which nobody knows. */
  #add(who: number, set: number): number {
    const row = this.#end, end = row + this.#row;
    if (end > this.#rows.length) this.#rows = grown(this.#rows);
    this.#rows.fill(0, row, end);
    this.#rows[row + WHO] = who;
    this.#rows[row + SET] = set;
    this.#end = end;
    return row;
  }

  #addOwn(task: number, deeds: readonly Deed[]): void {
    for (let at = 0; at < deeds.length; at++) {
      const { what, last } = deeds[at] as Deed;
      if (what !== ACCESSES || last === EMPTY) continue;
      const row = this.#add(task, last);
      this.#learn(row, task);
      for (let then = at + 1; then < deeds.length; then++) {
        const deed = deeds[then] as Deed;
        if (deed.what !== ACCESSES) this.#pass(row, deed);
      }
    }
  }

  #forgetFreed(freed: number): void {
    for (let at = SET; at < this.#end; at += this.#row) {
      this.#rows[at] = this.#accesses.beside(freed, this.#rows[at] as number);
    }
  }

  /** Who has ended comes to know of nothing more. What all know who can race with it, is no matter. */
  #forgetEnded(running: number): void {
    const rows = this.#rows;
    for (let row = 0; row < this.#end; row += this.#row) {
      const know = (rows[row + KNOWERS] as number) & running;
      rows[row + KNOWERS] = know;
      if ((running & ~know & ~(1 << (rows[row + WHO] as number))) === 0) rows[row + SET] = EMPTY;
    }
  }

  /** Are the rows others by that? */
  #rename(renaming: number): boolean {
    if (renaming === IDENTITY) return false;
    const rows = this.#rows, before = this.#before, knowers = this.#knowers;
    const moved = knowers.moved(renaming);
    let isOther = false;
    for (let row = 0; row < this.#end; row += this.#row) {
      const who = rows[row + WHO] as number, set = rows[row + SET] as number;
      const otherWho = rows[row + WHO] = this.#renamings.task(renaming, who);
      const otherSet = rows[row + SET] = this.#accesses.renamed(renaming, set);
      isOther ||= otherWho !== who || otherSet !== set;
      for (let word = 0; word < moved.length; word++) {
        const know = rows[row + KNOWERS + word] as number, moves = moved[word] as number;
        before[word] = know & moves;
        isOther ||= (know & moves) !== 0;
        rows[row + KNOWERS + word] = know & ~moves;
      }
      for (let word = 0; word < moved.length; word++) {
        for (let left = before[word] as number; left !== 0; left &= left - 1) {
          this.#learn(row, knowers.renamed(renaming, word * 32 + lowest(left)));
        }
      }
    }
    return isOther;
  }

  /** Adds what is known by other paths; of what both have, it is left what is known by both. */
  #meet(before: Facts): void {
    for (let other = 0; other < before.length; other += this.#row) {
      let left = before[other + SET] as number;
      for (let row = 0, end = this.#end; row < end && left !== EMPTY; row += this.#row) {
        if (this.#rows[row + WHO] !== before[other + WHO]) continue;
        left = this.#meetRow(row, before, other, left);
      }
      if (left === EMPTY) continue;
      const row = this.#add(before[other + WHO] as number, left);
      for (let word = KNOWERS; word < this.#row; word++) {
        this.#rows[row + word] = before[other + word] as number;
      }
    }
  }

  /** Meets a row with another about the accesses in `left`; answers those of them that it has nothing of. */
  #meetRow(row: number, before: Facts, other: number, left: number): number {
    const { sets } = this.#accesses, mine = this.#rows[row + SET] as number;
    const both = sets.both(left, mine);
    if (both === EMPTY) return left;
    let met = row;
    if (both !== mine) {
      met = this.#add(this.#rows[row + WHO] as number, both);
      this.#rows.copyWithin(met + KNOWERS, row + KNOWERS, row + this.#row);
      this.#rows[row + SET] = sets.without(mine, both);
    }
    for (let word = KNOWERS; word < this.#row; word++) {
      this.#rows[met + word] = (this.#rows[met + word] as number) &
        (before[other + word] as number);
    }
    return sets.without(left, both);
  }

  /** Makes one row of those that differ in accesses only, and none of those about none. */
  #join(): void {
    const rows = this.#rows, { sets } = this.#accesses;
    let end = 0;
    for (let row = 0; row < this.#end; row += this.#row) {
      const set = rows[row + SET] as number;
      if (set === EMPTY) continue;
      let same = 0;
      while (same < end && !this.#areLike(same, rows, row)) same += this.#row;
      if (same < end) rows[same + SET] = sets.either(rows[same + SET] as number, set);
      else {
        rows.copyWithin(end, row, row + this.#row);
        end += this.#row;
      }
    }
    this.#end = end;
  }

  #areLike(row: number, others: Facts, other: number): boolean {
    if (this.#rows[row + WHO] !== others[other + WHO]) return false;
    for (let word = KNOWERS; word < this.#row; word++) {
      if (this.#rows[row + word] !== others[other + word]) return false;
    }
    return true;
  }

  /** Are the rows those of `facts`? */
  #isAll(facts: Facts): boolean {
    if (facts.length !== this.#end) return false;
    for (let row = 0; row < this.#end; row += this.#row) {
      let other = 0;
      while (other < facts.length && !this.#areLike(row, facts, other)) other += this.#row;
      if (other === facts.length || facts[other + SET] !== this.#rows[row + SET]) return false;
    }
    return true;
  }
}
