/** Who takes whose place between states that are the same but for names. */
import { ARENA_WORDS, TASK_LIMIT } from "../objects.ts";
import { Lists, PAIR } from "./numbers.ts";
import type { Owners } from "./owners.ts";

/** Changes nobody's place. */
export const IDENTITY = 0;

/** A word that is in no place, and a task that is in none: it never was made. */
const NOWHERE = 0, NOBODY = TASK_LIMIT;

/** Renamings between the states of one scenario, each as a number. */
export class Renamings {
  readonly #all: Owners;
  readonly #owners = new Lists();
  readonly #names = new Lists();
  readonly #between = new Map<number, number>();
  /** By owner, as its number plus one: by number, the word that has it; and the task. */
  #words: Map<number, number>[] | null = null;
  readonly #tasks: Map<number, number>[] = [];

  constructor(all: Owners) {
    this.#all = all;
    const itself = all.groups.map((_, owner) => owner + 1);
    this.#owners.of([0, ...itself]);
  }

  /** A number for what owners are called: `names` has it by owner. */
  names(names: readonly number[]): number {
    return this.#names.of(names);
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

  /** The word that is in the place of `word`. */
  word(renaming: number, word: number): number {
    const owner = this.#all.at[word] as number;
    if (owner === 0 || renaming === IDENTITY) return word;
    return this.#wordOf(this.#owners.at(renaming)[owner] as number, word);
  }

  /** The task that is in the place of `task`. */
  task(renaming: number, task: number): number {
    const owner = this.#all.ofTask[task] as number;
    if (owner === 0 || renaming === IDENTITY) return task;
    return this.#taskOf(this.#owners.at(renaming)[owner] as number, task);
  }

  /** All words that could be in the place of `word`, itself too. */
  wordsLike(word: number): number[] {
    return this.#like(this.#all.at[word] as number)
      .map((owner) => owner === 0 ? word : this.#wordOf(owner, word));
  }

  /** All tasks that could be in the place of `task`, itself too. */
  tasksLike(task: number): number[] {
    return this.#like(this.#all.ofTask[task] as number)
      .map((owner) => owner === 0 ? task : this.#taskOf(owner, task));
  }

  /** The owners that are like `owner`, which is given as its number plus one. */
  #like(owner: number): number[] {
    const { groups } = this.#all;
    if (owner === 0) return [0];
    return groups.flatMap((group, at) => group === groups[owner - 1] ? [at + 1] : []);
  }

  #wordOf(owner: number, word: number): number {
    this.#words ??= this.#findWords();
    return this.#words[owner]?.get(this.#all.numberAt[word] as number) ?? NOWHERE;
  }

  #taskOf(owner: number, task: number): number {
    this.#words ??= this.#findWords();
    return this.#tasks[owner]?.get(this.#all.numberOfTask[task] as number) ?? NOBODY;
  }

  #findWords(): Map<number, number>[] {
    const { at, numberAt, ofTask, numberOfTask, groups } = this.#all;
    const words = Array.from({ length: groups.length + 1 }, () => new Map<number, number>());
    for (let word = 0; word < ARENA_WORDS; word++) {
      const owner = at[word] as number;
      if (owner !== 0) words[owner]?.set(numberAt[word] as number, word);
    }
    for (let owner = 0; owner <= groups.length; owner++) this.#tasks.push(new Map());
    for (let task = 0; task < TASK_LIMIT; task++) {
      const owner = ofTask[task] as number;
      if (owner !== 0) this.#tasks[owner]?.set(numberOfTask[task] as number, task);
    }
    return words;
  }
}
