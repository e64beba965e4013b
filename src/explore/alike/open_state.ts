/** A state of the path of a search over states: what is still to be tried there, and what followed so far. */
import { type Future, type Futures, NO_FUTURE } from "./futures.ts";

/** What is known of it when a path comes there. */
export interface Opened {
  /** Tasks that are still to be tried; and of all tasks those of which a twin sleeps. */
  readonly tasks: number;
  readonly covered: number;
  /** The number of the state, and one for what owners are called. */
  readonly state: number;
  readonly called: number;
  readonly isNew: boolean;
  /** What followed when a path was here before, in the names of this one. */
  readonly future: Future;
}

/** A state that is not done with. Futures are in the names of the path. */
export class OpenState {
  tasks: number;
  readonly covered: number;
  readonly state: number;
  readonly called: number;
  readonly #futures: Futures;
  readonly #isNew: boolean;
  /** What each step does that was tried and ended in no fault: after a fault it is not seen what others do. */
  readonly #tried: Future[] = [];
  /** What all do that were tried; and what follows them. */
  #done: Future = NO_FUTURE;
  #after: Future;

  constructor({ tasks, covered, state, called, isNew, future }: Opened, futures: Futures) {
    this.tasks = tasks;
    this.covered = covered;
    this.state = state;
    this.called = called;
    this.#isNew = isNew;
    this.#futures = futures;
    this.#after = future;
  }

  /** A step is tried that `does` so much. */
  try(does: Future, isFault: boolean): void {
    if (!isFault) this.#tried.push(does);
    this.#done = this.#futures.either(this.#done, does);
  }

  /** Such a future follows a step that was tried. */
  follow(future: Future): void {
    this.#after = this.#futures.either(this.#after, future);
  }

  /**
   * Does a step that was tried commute with all that follows? Then no other need be tried. Who sleeps does not
   * matter: what begins with a sleeping task is seen elsewhere, and so it is after a step that commutes with it.
   */
  isDone(): boolean {
    return this.#isNew && this.#tried.some((does) => this.#futures.isApart(does, this.#after));
  }

  /** What follows the state. */
  future(): Future {
    return this.#futures.either(this.#done, this.#after);
  }
}
