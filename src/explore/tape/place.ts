/** Where tasks can stand. */
import { topOf } from "../memory.ts";
import type { TaskState } from "../task.ts";
import type { History } from "./history.ts";
import type { Way } from "./way.ts";

/** A place where a task can stand between two steps. */
export interface Place {
  /** Of no other place in this process. */
  readonly id: number;
  /** What is to be said of the task there; its generator is of no use. */
  readonly state: TaskState;
  readonly history: History;
  /** The last step of the shortest known way there, to lead a copy there; null at the beginning. */
  from: Way | null;
  /** How many steps that way had when it came to be known; it may have become shorter since. */
  distance: number;
  /** Where the store begins to tell what its next step reads; 0 if that is not known. */
  root: number;
}

/** Copies are led to the end of `way` by it from now on, unless a way is known that is as short. */
export function leadBy(way: Way): void {
  const { start, end } = way, distance = start.distance + 1;
  if (distance >= end.distance) return;
  end.from = way;
  end.distance = distance;
}

/** All places of the tasks of one scenario, each once. */
export class Places {
  readonly #places = new Map<string, Place>();

  /** The place where a task begins. */
  root(task: TaskState): Place {
    const place = this.#at(`${task.id} begins ${task.birth.key()}`, task, task.birth);
    place.distance = 0;
    return place;
  }

  /** Where `task` stands, which came there by a step; all that have ended stand alike. */
  standing(task: TaskState, history: History): Place {
    const key = task.finished
      ? `${task.id} ended ${task.spawned}`
      : `${task.id} ${history.key()} ${describeState(task)}`;
    return this.#at(key, task, history);
  }

  /** A place where only `task` stands, for a step that ended in a fault. */
  fallen(task: TaskState, history: History): Place {
    return placeOf(task, history);
  }

  #at(key: string, task: TaskState, history: History): Place {
    let place = this.#places.get(key);
    if (place === undefined) this.#places.set(key, place = placeOf(task, history));
    return place;
  }
}

let places = 0;

function placeOf(task: TaskState, history: History): Place {
  const state = { ...task, held: [...task.held] };
  return { id: ++places, state, history: history.copy(), from: null, distance: Infinity, root: 0 };
}

/** All of a task's state that a history could leave open. */
function describeState(task: TaskState): string {
  const { pending, word, label, subject, atomic, irqsOff, spawned, kept, held } = task;
  const locks = held.map(({ lock, kind, isLocal, isInner }) =>
    `${lock.address}${kind}${isLocal}${isInner}`
  );
  const at = `${pending},${word},${label},${subject?.address}`;
  return `${at},${atomic},${irqsOff},${spawned},${kept},${topOf(task.id)},${locks}`;
}
