/** A state of the path of a search over states: what is still to be tried there, and what followed so far. */
import type { Place } from "../tape/place.ts";
import { type Future, type Futures, type Move, NO_FUTURE } from "./futures.ts";

/** What is known of it when a path comes there. */
export interface Opened {
  /** Tasks that are still to be tried; and of all tasks those of which a twin sleeps. */
  readonly tasks: number;
  readonly covered: number;
  /** By task: where it stands. */
  readonly places: readonly Place[];
  /** The number of the state, and one for what owners are called. */
  readonly state: number;
  readonly called: number;
  readonly isNew: boolean;
  /** What followed when a path was here before, in the names of this one. */
  readonly future: Future;
  /** The next steps of who sleeps. */
  readonly sleeping: Future;
}

/** A state that is not done with. Futures are in the names of the path. */
export class OpenState {
  tasks: number;
  readonly covered: number;
  readonly state: number;
  readonly called: number;
  readonly #places: readonly Place[];
  readonly #contended: Set<Place>;
  readonly #futures: Futures;
  readonly #isNew: boolean;
  /** What was tried and ended in no fault: after a fault it is not seen what others do. */
  readonly #tried: Move[] = [];
  /** The task whose step was tried last, and the step; null if it is not known what it does. */
  #last = -1;
  #move: Move | null = null;
  #isDone = false;
  /** What all do that were tried; and what follows them. */
  #done: Future = NO_FUTURE;
  #after: Future;
  readonly #sleeping: Future;

  /** `contended` has the places before steps in whose way others were seen to stand. */
  constructor(
    { tasks, covered, places, state, called, isNew, future, sleeping }: Opened,
    futures: Futures,
    contended: Set<Place>,
  ) {
    this.tasks = tasks;
    this.covered = covered;
    this.#places = places;
    this.#contended = contended;
    this.state = state;
    this.called = called;
    this.#isNew = isNew;
    this.#futures = futures;
    this.#after = future;
    this.#sleeping = sleeping;
  }

  /**
   * The task to try next, of the `tasks` that are left. Where one stands of whom it was never seen that others stood
   * in its way, it may be that no other need be tried. Of these, work that was spawned, and of threads the last: fewer
   * states are come to more than once.
   */
  next(tasks: number): number {
    this.tasks = tasks;
    for (let rest = tasks; rest !== 0;) {
      this.#last = 31 - Math.clz32(rest);
      if (!this.#contended.has(this.#places[this.#last] as Place)) return this.#last;
      rest &= ~(1 << this.#last);
    }
    return this.#last = 31 - Math.clz32(tasks);
  }

  /** That step is tried. */
  try(move: Move | null, isFault: boolean): void {
    if (move !== null && !isFault) this.#tried.push(move);
    this.#move = move;
    this.#done = this.#futures.either(this.#done, move === null ? null : move.future);
  }

  /** Such a future follows the step that was tried last. */
  follow(future: Future): void {
    const before = this.#move === null ? null : this.#futures.before(this.#move, future);
    const after = this.#after = this.#futures.either(this.#after, before);
    this.#isDone = this.#isNew &&
      this.#tried.some((move) =>
        this.#futures.isApart(move, after) && this.#futures.isApart(move, this.#sleeping)
      );
    if (!this.#isDone) this.#contended.add(this.#places[this.#last] as Place);
  }

  /**
   * Does a step that was tried commute with all that others can do before it? Then no other need be tried. What begins
   * with a sleeping task is seen elsewhere, and so it is after a step that commutes with it.
   */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** What follows the state. */
  future(): Future {
    return this.#futures.either(this.#done, this.#after);
  }
}
