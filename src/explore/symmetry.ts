/**
 * Threads that are alike: they run one function on one state, and nothing that an execution does
 * depends on what they are called.
 *
 * Swap two of them in an execution, and it is an execution again, the same but for their names: their
 * ids, and with them where they allocate. So of all orders in which they can begin one is enough, that
 * of their ids. Each of them waits until the one before it has begun. To a search that is a condition
 * like any other, and what it knows about commuting steps holds as it is: it explores a scenario with
 * fewer executions, and not fewer of the executions of a scenario.
 *
 * Nothing is ordered by it but the beginnings: what a thread did before another began races with what
 * that one does, as it would otherwise.
 *
 * That they run one function is all that is checked. Code that asks for the running task, or compares
 * addresses, can tell them apart; so it is done on demand. `tests/explore/symmetry_test.ts` holds it
 * against the search that tries all orders.
 */
import { grouped } from "./alike/threads.ts";
import { WRITE } from "./footprint.ts";
import { keep } from "./leak.ts";
import { useRegion } from "./memory.ts";
import { peek, poke } from "./objects.ts";
import { noteSync } from "./observe.ts";
import { create, int, struct } from "./struct.ts";
import { holdBack, type Task, type TaskState } from "./task.ts";

/** The names of threads that are alike and work on one state, in groups. */
export function alike(threads: Readonly<Record<string, unknown>>): string[][] {
  return grouped(threads, (thread) => thread);
}

/** Whether a thread has begun. */
class beginning extends struct("beginning", { begun: int }) {}

/** How the threads of a scenario that are alike begin. */
export class Beginnings {
  /** By thread: the word that says whether it has begun, and the one that it waits for. */
  readonly #begun = new Map<string, number>();
  readonly #awaited = new Map<string, number>();

  /** The words are among the static objects. */
  constructor(threads: Readonly<Record<string, unknown>>) {
    useRegion(-1);
    for (const group of alike(threads)) {
      for (let at = 1; at < group.length; at++) {
        const word = keep(create(beginning)).address + 1;
        this.#begun.set(group[at - 1] as string, word);
        this.#awaited.set(group[at] as string, word);
      }
    }
  }

  /** What the thread runs. */
  bodyOf(name: string, body: () => Task<unknown>): () => Task<unknown> {
    const word = this.#begun.get(name);
    return word === undefined ? body : () => begin(word, body);
  }

  /** Holds the thread back until the one before it has begun. */
  holdBack(task: TaskState): void {
    const word = this.#awaited.get(task.name);
    if (word === undefined) return;
    holdBack(task, { label: "start", subject: null, stays: true, ready: () => peek(word) !== 0 });
  }
}

function* begin(word: number, body: () => Task<unknown>): Task<unknown> {
  poke(word, 1);
  noteSync(word, WRITE);
  return yield* body();
}
