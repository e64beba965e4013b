/** All tapes of one scenario's tasks, and how a new one is recorded. */
import { asFault } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import { topOf } from "../memory.ts";
import { type Shape, shapeOf, words } from "../objects.ts";
import { copyFootprint } from "../observe.ts";
import { machine, noteHeld, resume, type TaskState } from "../task.ts";
import { copyTo } from "./copy.ts";
import { type Place, Places } from "./place.ts";
import { Sharing } from "./sharing.ts";
import { Store } from "./store.ts";
import { recordTape, Tape } from "./tape.ts";
import type { Made, Way } from "./way.ts";

/** A task whose code runs, and where it stands. */
interface Live {
  readonly task: TaskState;
  readonly place: Place;
}

/** A way that was gone for the first time, and what was in the words that it wrote. */
export interface Recorded {
  readonly way: Way;
  readonly before: readonly number[];
}

/** The tapes of tasks whose steps are cut in one way. */
export class Tapes {
  readonly sharing = new Sharing();
  readonly #places = new Places();
  readonly #store = new Store();
  /** By task: the code that was last run for it. */
  readonly #live: (Live | undefined)[] = [];

  /** The operations of all ways. */
  get ops(): Int32Array {
    return this.#store.ops;
  }

  /** The words that all ways write, each with its value. */
  get outputs(): Int32Array {
    return this.#store.outputs;
  }

  /** An execution begins: its tasks are yet to enter, and other words may be visible in it. */
  begin(): void {
    this.#live.length = 0;
    this.sharing.version++;
  }

  /** The place where `task` begins; its code will be run where no tape fits. */
  enter(task: TaskState): Place {
    const place = this.#places.root(task);
    this.#live[task.id] = { task, place };
    return place;
  }

  /** The way on from `place` that fits memory as it is; null if none is known. */
  find(place: Place): Way | null {
    return this.#store.find(place);
  }

  /** Sees to it that what is played of `way` fits how words are shared now. */
  update(way: Way): void {
    this.#store.update(way, this.sharing);
  }

  /**
   * Runs the code of the next step of the task at `place`, whose tasks stand as they are in `machine`.
   * @throws {Unrecordable} when the step cannot be done again; memory is then as it left it
   */
  record(place: Place): Recorded {
    const { id } = place.state, topBefore = topOf(id), task = this.#taskAt(place);
    const tape = new Tape(words, place.history.copy());
    machine.tasks[id] = task;
    recordTape(tape);
    let fault: KernelFault | null;
    try {
      fault = runStep(task);
    } finally {
      recordTape(null);
    }
    const spawned = tape.spawned.map((child) => this.enter(machine.tasks[child] as TaskState));
    const end = fault === null
      ? this.#places.standing(task, tape.history)
      : this.#places.fallen(task, tape.history);
    const way = this.#store.add(tape, {
      made: tape.allocated.map(madeAt),
      topBefore,
      topAfter: topOf(id),
      spawned,
      fault,
      start: place,
      end,
      footprint: copyFootprint(),
    });
    this.sharing.learn(id, tape.ops);
    end.from ??= way;
    this.#live[id] = { task, place: end };
    return { way, before: tape.before };
  }

  /** A task that stands at `place` and whose code can go on from there. */
  #taskAt(place: Place): TaskState {
    const live = this.#live[place.state.id];
    return live?.place === place ? live.task : copyTo(place, this.#store);
  }
}

function runStep(task: TaskState): KernelFault | null {
  try {
    resume(task);
    return null;
  } catch (error) {
    const fault = asFault(error);
    noteHeld(task);
    return fault;
  }
}

/** The object at `base`, which a step has just made. */
function madeAt(base: number): Made {
  const shape = shapeOf[base] as Shape;
  return { base, shape, words: words.slice(base, base + shape.words) };
}
