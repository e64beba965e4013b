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
 * That they are called alike is all that is checked. Code that asks for the running task, or compares
 * addresses, can tell them apart; so it is done on demand. `tests/explore/symmetry_test.ts` holds it
 * against the search that tries all orders.
 */
import { WRITE } from "./footprint.ts";
import { keep } from "./leak.ts";
import { useRegion } from "./memory.ts";
import { peek, poke } from "./objects.ts";
import { noteSync } from "./observe.ts";
import { create, int, struct } from "./struct.ts";
import { type Task, type TaskState, WAIT } from "./task.ts";

/** Whether a thread has begun. */
class beginning extends struct("beginning", { begun: int }) {}

/** How the threads of a scenario that are alike begin. */
export class Beginnings {
  /** By thread: the one like it before it, and the word that says whether the thread has begun; -1 for none. */
  readonly #before: readonly number[];
  readonly #words: readonly number[];

  /** Of threads with these functions, in the order of their ids. Its words are among the static objects. */
  constructor(functions: readonly unknown[]) {
    useRegion(-1);
    this.#before = functions.map((one, id) => functions.slice(0, id).lastIndexOf(one));
    this.#words = functions.map((_, id) =>
      this.#before.includes(id) ? keep(create(beginning)).address + 1 : -1
    );
  }

  /** What the thread runs. */
  bodyOf(id: number, body: () => Task<unknown>): () => Task<unknown> {
    const word = this.#words[id] as number;
    return word < 0 ? body : () => begin(word, body);
  }

  /** Holds the thread back until the one before it has begun. */
  holdBack(task: TaskState): void {
    const before = this.#before[task.id] as number;
    if (before < 0) return;
    const word = this.#words[before] as number;
    task.pending = WAIT;
    task.ready = () => peek(word) !== 0;
    task.stays = true;
  }
}

function* begin(word: number, body: () => Task<unknown>): Task<unknown> {
  poke(word, 1);
  noteSync(word, WRITE);
  return yield* body();
}

/** The names of threads that are alike, in groups. */
export function alike(threads: Readonly<Record<string, unknown>>): string[][] {
  const groups = new Map<unknown, string[]>();
  for (const [name, run] of Object.entries(threads)) {
    const group = groups.get(run);
    if (group === undefined) groups.set(run, [name]);
    else group.push(name);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
