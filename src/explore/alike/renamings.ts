/** Who takes whose place between states that are the same but for names. */
import { TASK_LIMIT } from "../objects.ts";
import { Lists, PAIR } from "./numbers.ts";
import type { Owners } from "./owners.ts";

/** Changes nobody's place. */
export const IDENTITY = 0;

/** A task that is in no place: it never was made. */
const NOBODY = TASK_LIMIT;

/** Renamings between the states of one scenario, each as a number. */
export class Renamings {
  readonly #all: Owners;
  readonly #owners = new Lists();
  readonly #names = new Lists();
  readonly #between = new Map<number, number>();

  constructor(all: Owners) {
    this.#all = all;
    const itself = all.groups.map((_, owner) => owner + 1);
    this.#owners.of([0, ...itself]);
  }

  /** How many owners there are. */
  get owners(): number {
    return this.#all.groups.length;
  }

  /** A number for what owners are called: `names` has it by owner. */
  names(names: readonly number[]): number {
    return this.#names.of(names);
  }

  /** The names that have the number. */
  namesAt(number: number): readonly number[] {
    return this.#names.at(number);
  }

  /** The renaming of a state where owners are called as `now` says into one where they are as `then` says. */
  between(now: number, then: number): number {
    if (now === then) return IDENTITY;
    const pair = now * PAIR + then, known = this.#between.get(pair);
    if (known !== undefined) return known;
    const before = this.#names.at(now), after = this.#names.at(then);
    const renaming = this.#owners.of([0, ...before.map((name) => after.indexOf(name) + 1)]);
    this.#between.set(pair, renaming);
    return renaming;
  }

  /** The owner in whose place another is: as all owners here, as its number plus one, with 0 for nobody. */
  owner(renaming: number, owner: number): number {
    return this.#owners.at(renaming)[owner] as number;
  }

  /** The word that is in the place of `word`. */
  word(renaming: number, word: number): number {
    const owner = this.#all.at[word] as number;
    return owner === 0 ? word : this.wordOf(this.owner(renaming, owner), word);
  }

  /** The task that is in the place of `task`. */
  task(renaming: number, task: number): number {
    const owner = this.ownerOfTask(task);
    return owner === 0 ? task : this.taskOf(this.owner(renaming, owner), task);
  }

  /** Takes note of the tasks that were spawned since, and so of whose words are. */
  see(): void {
    this.#all.see();
  }

  /** Whose `word` is. */
  ownerOfWord(word: number): number {
    return this.#all.at[word] as number;
  }

  /** Whose `task` is. */
  ownerOfTask(task: number): number {
    return this.#all.ofTask[task] ?? 0;
  }

  /** The owners that are like `owner`, itself too. */
  like(owner: number): number[] {
    const { groups } = this.#all;
    if (owner === 0) return [0];
    return groups.flatMap((group, at) => group === groups[owner - 1] ? [at + 1] : []);
  }

  /** The word of `owner` that is in the place of `word`; `word` for nobody. */
  wordOf(owner: number, word: number): number {
    return owner === 0 ? word : this.#all.wordOf(owner, this.#all.numberAt[word] as number);
  }

  /** The task of `owner` that is in the place of `task`; `task` for nobody, and none that there is if it never was made. */
  taskOf(owner: number, task: number): number {
    if (owner === 0) return task;
    const other = this.#all.taskOf(owner, this.#all.numberOfTask[task] as number);
    return other < 0 ? NOBODY : other;
  }
}
