/**
 * What follows a state: how each task uses words, on any path from there on. A step that commutes with all that
 * others do without it need not be tried after any of that: alone it is a persistent set (Godefroid, Partial-Order
 * Methods for the Verification of Concurrent Systems, 1996, section 4.1). What others do without it is among what they
 * do after it, since they commute. It is not
 *
 * - what they do with a lock in hand, or come to do by taking it, that the task of the step has in hand: as long as
 *   that task does nothing they wait for it;
 * - what tasks do that the task of the step has yet to make. Where a task is made what it does counts as done by who
 *   makes it, and under the locks that this one has in hand.
 *
 * Who sleeps in the state counts with its next step. What begins with that is seen elsewhere; but a step that takes a
 * reference keeps gives by others from being the last but one, and so a give that sleeps from being woken.
 *
 * A step that ends because it finds a lock taken has done nothing to that lock. Taken later it might find it free and
 * go on; but it can do so after others as well when it waits already.
 *
 * Uses are kept by the owner of the words, as if all were the words of the first that is like the owner. So to give
 * others their place moves a few numbers. Locks that somebody owns keep nobody out here.
 */
import { type Footprint, GIVE, NEAR, READ, WORD_BITS, WORD_MASK } from "../footprint.ts";
import { isExclusive, LOCK, type TaskState } from "../task.ts";
import type { Variant } from "../tape/uses.ts";
import { GuardedUses, NO_USES } from "./guarded.ts";
import { IDENTITY, type Renamings } from "./renamings.ts";

/**
 * For each task in turn, by owner, as its number plus one, with those of nobody's words first: a number for its uses.
 * Null if nobody knows.
 */
export type Future = readonly number[] | null;

/** Nothing follows. */
export const NO_FUTURE: Future = [];

/** What a step does to others, and others to it. */
export interface Move {
  readonly task: number;
  /** The locks that the task has in hand before, as a mask. */
  readonly held: number;
  /** By owner: what others may stand in the way of. */
  readonly uses: readonly number[];
  /** All that it does, as part of what follows the state before it. */
  readonly future: Future;
  /** The tasks that it makes; and the locks that have to be free or its own for it, as a mask. */
  readonly makes: readonly number[];
  readonly locks: number;
}

/** A task that cannot go on, and the words for whose sake it waits. */
export interface Waiting {
  readonly task: number;
  readonly words: readonly number[];
}

/** So many locks can keep others out. */
const LOCKS = 31;

/** The futures in one scenario. */
export class Futures {
  readonly #renamings: Renamings;
  readonly #uses = new GuardedUses();
  /** Numbers for each task. */
  readonly #stride: number;
  /** By owner: the first that is like it. */
  readonly #first: (number | undefined)[] = [];
  /** By the word of a lock: its bit in masks. */
  readonly #bits = new Map<number, number>();
  /** By variant. */
  readonly #moves: (Move | undefined)[] = [];

  constructor(renamings: Renamings) {
    this.#renamings = renamings;
    this.#stride = renamings.owners + 1;
  }

  /** What a step of the variant does, to words that are not shared too; null if that is not known. */
  of(variant: Variant): Move | null {
    const known = this.#moves[variant.id];
    if (known !== undefined) return known;
    const { kind: { footprint }, way: { start: { state }, end, spawned, uses: { rest } } } =
      variant;
    // A step that made a task may have used words that are this task's.
    this.#renamings.see();
    const held = this.#inHand(state), { id: task } = state;
    const locks = held | (state.pending === LOCK ? this.#bit(state.word) : 0);
    const all = this.#split(locks, footprint, rest);
    if (all === null) return null;
    const found = end.state.pending === LOCK ? end.state.word | READ << WORD_BITS : NOTHING;
    const uses = footprint.includes(found)
      ? this.#split(locks, footprint.filter((entry) => entry !== found), rest) as number[]
      : all;
    const makes = spawned.map((place) => place.state.id);
    const move = { task, held, uses, future: this.#at(task, all), makes, locks };
    return this.#moves[variant.id] = move;
  }

  /** What tasks would do that wait for ever. */
  ofWaiting(waiting: readonly Waiting[]): Future {
    let all: Future = NO_FUTURE;
    for (const { task, words } of waiting) {
      const uses = this.#split(0, words.map((word) => word | READ << WORD_BITS));
      all = this.either(all, uses === null ? null : this.#at(task, uses));
    }
    return all;
  }

  /** What the next steps of tasks do that sleep, and touched this when they were tried. */
  ofSleeping(sleeping: readonly (readonly [task: number, footprint: Footprint])[]): Future {
    let all: Future = NO_FUTURE;
    for (const [task, footprint] of sleeping) {
      const uses = this.#split(0, footprint.map(asNear));
      all = this.either(all, uses === null ? null : this.#at(task, uses));
    }
    return all;
  }

  /** What is in one of them. */
  either(one: Future, other: Future): Future {
    if (one === null || other === null) return null;
    if (one === other || other.length === 0) return one;
    if (one.length === 0) return other;
    const [shorter, longer] = one.length < other.length ? [one, other] : [other, one];
    let all: number[] | null = null;
    for (let at = 0; at < shorter.length; at++) {
      const more = shorter[at] as number, before = longer[at] as number;
      if (more === before || more === NO_USES) continue;
      const uses = this.#uses.either(before, more);
      if (uses !== before) (all ??= longer.slice())[at] = uses;
    }
    return all ?? longer;
  }

  /** What follows the state before the step, of what follows the one after it. */
  before({ task, makes, locks }: Move, future: Future): Future {
    if (future === null || makes.length === 0) return future;
    const stride = this.#stride, all = future.slice();
    while (all.length < (task + 1) * stride) all.push(NO_USES);
    for (const made of makes) {
      for (let owner = 0; owner < stride; owner++) {
        const from = made * stride + owner, to = task * stride + owner;
        if (from >= future.length) break;
        all[to] = this.#uses.either(
          all[to] as number,
          this.#uses.under(all[from] as number, locks),
        );
        all[from] = NO_USES;
      }
    }
    return all;
  }

  /** The future with others in the places of those in it. */
  renamed(future: Future, renaming: number): Future {
    if (future === null || renaming === IDENTITY) return future;
    const all: number[] = [], stride = this.#stride, renamings = this.#renamings;
    for (let at = 0; at < future.length; at++) {
      const uses = future[at] as number;
      if (uses === NO_USES) continue;
      const owner = at % stride, task = (at - owner) / stride;
      const to = renamings.task(renaming, task) * stride + renamings.owner(renaming, owner);
      while (all.length <= to) all.push(NO_USES);
      all[to] = this.#uses.either(all[to] as number, uses);
    }
    return all;
  }

  /** What follows a state that `swaps` make no difference to follows it with others in each other's place too. */
  withTwins(future: Future, swaps: readonly number[]): Future {
    for (let all = future;;) {
      const before = all;
      for (const swap of swaps) all = this.either(all, this.renamed(all, swap));
      if (all === before) return all;
    }
  }

  /** Does the step commute with all of the future that others can do before it? */
  isApart({ task, uses, held }: Move, future: Future): boolean {
    if (future === null) return false;
    const stride = this.#stride, own = task * stride;
    for (let owner = 0; owner < uses.length; owner++) {
      const mine = uses[owner] as number;
      if (mine === NO_USES) continue;
      for (let start = 0; start + owner < future.length; start += stride) {
        if (start === own) continue;
        if (!this.#uses.areApart(mine, future[start + owner] as number, held)) return false;
      }
    }
    return true;
  }

  /** The locks that the task keeps others out of. */
  #inHand({ held }: TaskState): number {
    let mask = 0;
    for (const one of held) if (isExclusive(one)) mask |= this.#bit(one.lock.address + 1);
    return mask;
  }

  #bit(word: number): number {
    if (this.#renamings.ownerOfWord(word) !== 0) return 0;
    let bit = this.#bits.get(word);
    if (bit === undefined) {
      bit = this.#bits.size < LOCKS ? 1 << this.#bits.size : 0;
      this.#bits.set(word, bit);
    }
    return bit;
  }

  /** A future in which only `task` does something: `uses` by owner. */
  #at(task: number, uses: readonly number[]): Future {
    const all: number[] = new Array(task * this.#stride).fill(NO_USES);
    for (let owner = 0; owner < uses.length; owner++) all.push(uses[owner] as number);
    return all;
  }

  /** By owner the uses in footprints, under locks; null where there is not yet who is first of those like an owner. */
  #split(locks: number, ...footprints: readonly ArrayLike<number>[]): number[] | null {
    const byOwner: number[][] = [], renamings = this.#renamings;
    for (const footprint of footprints) {
      for (let at = 0; at < footprint.length; at++) {
        const entry = footprint[at] as number, word = entry & WORD_MASK;
        const owner = renamings.ownerOfWord(word), first = this.#firstLike(owner, word);
        if (first === 0 && word !== 0) return null;
        while (byOwner.length <= owner) byOwner.push([]);
        (byOwner[owner] as number[]).push(first | entry >>> WORD_BITS << WORD_BITS);
      }
    }
    return byOwner.map((entries) => this.#uses.of(entries, locks));
  }

  /** The word of the first that is like `owner`, in the place of `word`; 0 if there is none. */
  #firstLike(owner: number, word: number): number {
    if (owner === 0) return word;
    const first = this.#first[owner] ??= this.#renamings.like(owner)[0] as number;
    return first === owner ? word : this.#renamings.wordOf(first, word);
  }
}

/** A give, as if it might have been the last. */
function asNear(entry: number): number {
  return (entry >>> WORD_BITS & GIVE) === 0 ? entry : entry | NEAR << WORD_BITS;
}

/** Is no entry of a footprint. */
const NOTHING = -1;
