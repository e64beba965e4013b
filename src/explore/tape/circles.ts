/**
 * Could there be a circle in the order of locks, as far as is known of the steps of all tasks? See
 * lockorder.ts for what comes before what. This graph knows no time: a waker may have taken whatever
 * lock it takes in any of its steps. So a circle that it does not have is in no execution.
 */
import { classFor } from "../lockorder.ts";
import { ENTER, hasList, PERIOD, TAKEN, WAITS, WAKES } from "./tape.ts";

/** A task waits in a queue with locks of these classes in hand. */
interface Wait {
  readonly task: number;
  readonly channel: number;
  readonly holding: readonly number[];
}

/** What is known of the steps of one scenario. */
export class Circles {
  /** Could there be one? */
  possible = false;
  /** By class: the classes that come after it. */
  readonly #after = new Map<number, Set<number>>();
  /** By task: the classes of locks that it takes, and the queues in which it wakes others. */
  readonly #takes = new Map<number, Set<number>>();
  readonly #wakes = new Map<number, Set<number>>();
  readonly #waits: Wait[] = [];
  readonly #known = new Set<string>();

  /** Takes in what a new way of `task` does: the operations in `ops`. */
  learn(task: number, ops: readonly number[]): void {
    if (this.possible) return;
    let isNew = false;
    for (let at = 0; at < ops.length; at += 3) {
      const code = ops[at] as number, subject = ops[at + 1] as number, more = ops[at + 2] as number;
      if (code === ENTER) isNew = add(this.#takes, task, classFor(subject - 1)) || isNew;
      else if (code === PERIOD) isNew = add(this.#takes, task, classFor(subject)) || isNew;
      else if (code === WAKES) isNew = add(this.#wakes, task, subject) || isNew;
      else if (hasList(code)) {
        const list = ops.slice(at + 3, at + 3 + more);
        if (code === TAKEN) isNew = this.#take(subject, list) || isNew;
        else if (code === WAITS) isNew = this.#wait(task, subject, list) || isNew;
        at += more;
      }
    }
    if (isNew) this.possible = this.#hasCircle();
  }

  #take(lock: number, held: readonly number[]): boolean {
    let isNew = false;
    const to = classFor(lock);
    for (const other of held) {
      const from = classFor(other);
      if (from !== to) isNew = add(this.#after, from, to) || isNew;
    }
    return isNew;
  }

  #wait(task: number, channel: number, locks: readonly number[]): boolean {
    const holding = locks.map(classFor), key = `${task} ${channel} ${holding}`;
    if (this.#known.has(key)) return false;
    this.#known.add(key);
    this.#waits.push({ task, channel, holding });
    return true;
  }

  #hasCircle(): boolean {
    const after = new Map([...this.#after].map(([from, to]) => [from, new Set(to)]));
    for (const { task, channel, holding } of this.#waits) {
      for (const [waker, channels] of this.#wakes) {
        if (waker === task || !channels.has(channel)) continue;
        for (const from of holding) {
          for (const to of this.#takes.get(waker) ?? []) add(after, from, to);
        }
      }
    }
    return [...after.keys()].some((start) => leadsBack(after, start));
  }
}

function add(sets: Map<number, Set<number>>, key: number, value: number): boolean {
  let set = sets.get(key);
  if (set === undefined) sets.set(key, set = new Set());
  const before = set.size;
  return set.add(value).size > before;
}

function leadsBack(after: ReadonlyMap<number, ReadonlySet<number>>, start: number): boolean {
  const reached = new Set(after.get(start));
  for (const at of reached) {
    if (at === start) return true;
    for (const next of after.get(at) ?? []) reached.add(next);
  }
  return false;
}
