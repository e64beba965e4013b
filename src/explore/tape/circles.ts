/**
 * Could there be a circle in the order of locks, as far as is known of the steps of all tasks? See
 * lockorder.ts for what comes before what. This graph knows no time: a waker may have taken whatever
 * lock it takes in any of its steps. So a circle that it does not have is in no execution.
 *
 * In a search over states tasks that are alike, and queues of theirs, count as one: what one of them did
 * on one path, another may have done on the next, to the same state.
 */
import type { Owners } from "../alike/owners.ts";
import { classFor } from "../lockorder.ts";
import { ENTER, hasList, PERIOD, TAKEN, WAITS, WAKES } from "./tape.ts";

/** A task waits in a queue with locks of these classes in hand. */
interface Wait {
  readonly task: number;
  readonly queue: number;
  readonly holding: readonly number[];
}

/** Numbers of tasks that are alike lie above it for each group, those of others below. */
const ALIKE = 1 << 20;

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
  readonly #owners: Owners | null;

  /** With `owners` for a search without their names. */
  constructor(owners: Owners | null) {
    this.#owners = owners;
  }

  /** Takes in what a new way of `task` does: the operations in `ops`. */
  learn(id: number, ops: readonly number[]): void {
    if (this.possible) return;
    this.#owners?.see();
    const task = this.#nameOf(id);
    let isNew = false;
    for (let at = 0; at < ops.length; at += 3) {
      const code = ops[at] as number, subject = ops[at + 1] as number, more = ops[at + 2] as number;
      if (code === ENTER) isNew = add(this.#takes, task, classFor(subject - 1)) || isNew;
      else if (code === PERIOD) isNew = add(this.#takes, task, classFor(subject)) || isNew;
      else if (code === WAKES) isNew = add(this.#wakes, task, this.#queue(id, subject)) || isNew;
      else if (hasList(code)) {
        const list = ops.slice(at + 3, at + 3 + more);
        if (code === TAKEN) isNew = this.#take(subject, list) || isNew;
        else if (code === WAITS) isNew = this.#wait(task, this.#queue(id, subject), list) || isNew;
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

  #wait(task: number, queue: number, locks: readonly number[]): boolean {
    const holding = locks.map(classFor), key = `${task} ${queue} ${holding}`;
    if (this.#known.has(key)) return false;
    this.#known.add(key);
    this.#waits.push({ task, queue, holding });
    return true;
  }

  /** The number of a task, the same for those that are alike. */
  #nameOf(id: number): number {
    const owners = this.#owners, owner = owners?.ofTask[id] ?? 0;
    if (owners === null || owner === 0) return id;
    const group = owners.groups[owner - 1] as number;
    return (1 + group) * ALIKE + (owners.numberOfTask[id] as number);
  }

  /** Twice the number of a queue, as seen from task `id`, and one more if the task has it of its own. */
  #queue(id: number, channel: number): number {
    const owners = this.#owners, owner = owners?.at[channel] ?? 0;
    if (owners === null || owner === 0) return -channel * 2;
    return owners.kindOf(channel) * 2 + (owners.ofTask[id] === owner ? 1 : 0);
  }

  /** May a task that waits in a queue be woken so by `waker`, which wakes in queue `woken`? */
  #mayWake(waker: number, woken: number, { task, queue }: Wait): boolean {
    const areOwn = woken % 2 === 1 && queue % 2 === 1;
    if (waker === task && (task < ALIKE || areOwn)) return false;
    return Math.floor(woken / 2) === Math.floor(queue / 2);
  }

  #hasCircle(): boolean {
    const after = new Map([...this.#after].map(([from, to]) => [from, new Set(to)]));
    for (const wait of this.#waits) {
      for (const [waker, queues] of this.#wakes) {
        if (![...queues].some((queue) => this.#mayWake(waker, queue, wait))) continue;
        for (const from of wait.holding) {
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
