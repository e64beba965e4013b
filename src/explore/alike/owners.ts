/**
 * What threads that are alike have of their own: the tasks that come of them, what these allocate, and
 * what the setup made for each of them (things.ts). What one has, has a number among that, which is the
 * same for each of them.
 */
import { ADDRESS_MASK, eachLive, regionStart } from "../memory.ts";
import {
  ARENA_WORDS,
  BY_TASK,
  LIST_POISON1,
  LIST_POISON2,
  PLAIN,
  REGION_WORDS,
  type Shape,
  shapeOf,
  TASK,
  TASK_LIMIT,
  words,
} from "../objects.ts";
import { spawnCount, spawnedSoFar, spawnsForgotten } from "../spawned.ts";
import { thingsOf } from "./things.ts";
import { alike, givenTo } from "./threads.ts";

/** Numbers of words in regions of tasks lie above it, those of words that the setup made below. */
const REGIONS = 1 << 16;
/** Numbers of words in rows by task lie above it. */
const ROWS = 1 << 24;
/** Kinds of words of one group lie above it for each group. */
const GROUPS = 1 << 26;

/** Who owns what in one scenario. */
export class Owners {
  /** The threads that are alike, in groups; and by owner the group of its thread. */
  readonly names: (readonly string[])[] = [];
  readonly groups: number[] = [];
  /** By word: the owner plus one, 0 for none; and its number among what the owner has. */
  readonly at = new Uint8Array(ARENA_WORDS);
  readonly numberAt = new Int32Array(ARENA_WORDS);
  /** By task: the same. */
  readonly ofTask = new Uint8Array(TASK_LIMIT);
  readonly numberOfTask = new Int32Array(TASK_LIMIT);
  /** By word: what the setup left there; and does that serve as a name, since it is another for each owner? */
  readonly given = new Int32Array(ARENA_WORDS);
  readonly isGiven = new Uint8Array(ARENA_WORDS);
  /** By word: is what the setup left there the same for all owners, and for nobody in particular? */
  readonly isCommon = new Uint8Array(ARENA_WORDS);
  /** By what serves as a name: a mask of the owners that it was given to. */
  readonly #givenTo = new Map<number, number>();
  /** It grows with what is known of who owns what. */
  version = 0;
  /** Was code seen that knows one of the owners by name? */
  namesMatter = false;
  /** Where rows of words by task begin. */
  readonly #rows: number[] = [];
  /** By owner plus one: the words of what the setup made for it, by number; and its tasks, by number. */
  readonly #things: number[][] = [[]];
  readonly #tasks: (number | undefined)[][] = [[]];
  readonly #threads: number;
  /** How many tasks were spawned, of those that got their ids since the last were forgotten. */
  #seen = 0;
  #forgotten = spawnsForgotten;
  /** Of what comes of a thread: a number for each way down to it. */
  readonly #ways = new Map<string, number>();

  /** Memory is as the setup left it. */
  constructor(threads: Readonly<Record<string, unknown>>, state: unknown) {
    const names = Object.keys(threads);
    this.#threads = names.length;
    this.given.set(words);
    eachLive((base, { roles }) => {
      const row = roles.indexOf(BY_TASK);
      if (row >= 0) this.#rows.push(base + row);
    });
    for (const members of alike(threads)) {
      const things = thingsOf(members.map((name) => givenTo(threads[name], state)));
      if (things === null) continue;
      const group = this.names.push(members) - 1;
      for (const [at, name] of members.entries()) {
        const owner = this.groups.push(group), task = names.indexOf(name);
        this.#tasks.push([]);
        this.#addThings(owner, things[at] as readonly number[]);
        this.#addTask(task, owner, 0);
      }
      this.#findGiven(things);
    }
    eachLive((base, { roles }) => {
      for (let at = 0; at < roles.length; at++) this.#findCommon(base + at, roles[at] as number);
    });
  }

  /** Takes note of the tasks that were spawned since. */
  see(): void {
    if (this.#forgotten !== spawnsForgotten) this.#forgetTasks();
    if (this.#seen === spawnCount()) return;
    for (const key of spawnedSoFar().slice(this.#seen)) {
      const id = this.#threads + this.#seen++, parent = Number.parseInt(key, 10);
      const owner = this.ofTask[parent] as number;
      if (owner === 0) continue;
      const way = `${this.numberOfTask[parent]}${key.slice(key.indexOf("."))}`;
      if (!this.#ways.has(way)) this.#ways.set(way, this.#ways.size + 1);
      this.#addTask(id, owner, this.#ways.get(way) as number);
    }
  }

  /**
   * Whose a number in memory may be, though it is not known to name anybody, as a mask of owners: an
   * address of what one has, or what the setup gave to it and not to all. What tables of hardware lead to
   * is kept negative, out of sight of the leak check. Where a task has its word in a row is kept nowhere.
   */
  suspects(value: number): number {
    if (value === 0 || value === LIST_POISON1 || value === LIST_POISON2) return 0;
    const address = Math.abs(value) & ADDRESS_MASK, owner = this.at[address] ?? 0;
    const has = owner !== 0 && (this.numberAt[address] as number) < ROWS ? 1 << owner - 1 : 0;
    return has | (this.#givenTo.get(value) ?? 0);
  }

  /** Equal for words that are the same but for names; above 0 for those that somebody owns. */
  kindOf(word: number): number {
    const owner = this.at[word] as number;
    if (owner === 0) return -word;
    return (this.groups[owner - 1] as number) * GROUPS + (this.numberAt[word] as number);
  }

  /** The word with the number among what `owner`, given as its number plus one, has; 0 if there is none. */
  wordOf(owner: number, number: number): number {
    if (number < REGIONS) return this.#things[owner]?.[number] ?? 0;
    if (number < ROWS) {
      const task = this.taskOf(owner, Math.floor((number - REGIONS) / REGION_WORDS));
      return task < 0 ? 0 : regionStart(task) + (number - REGIONS) % REGION_WORDS;
    }
    const row = Math.floor((number - ROWS) / TASK_LIMIT);
    const task = this.taskOf(owner, (number - ROWS) % TASK_LIMIT);
    return task < 0 ? 0 : (this.#rows[row] as number) + task;
  }

  /** The task with the number among what `owner` has; below 0 if there is none. */
  taskOf(owner: number, number: number): number {
    return this.#tasks[owner]?.[number] ?? -1;
  }

  /**
   * Is there a word with a 1 in `marks`, of what the setup made for one, that has a 0 in the place of another
   * of its group?
   */
  isOfOne(marks: Uint8Array): boolean {
    return this.groups.some((group, owner) => {
      const first = this.#things[this.groups.indexOf(group) + 1] as readonly number[];
      const mine = this.#things[owner + 1] as readonly number[];
      return mine.some((word, number) => marks[word] !== marks[first[number] as number]);
    });
  }

  /** Other tasks will have the ids of those that were spawned. */
  #forgetTasks(): void {
    this.#forgotten = spawnsForgotten;
    for (; this.#seen > 0; this.#seen--) {
      const id = this.#threads + this.#seen - 1;
      delete this.#tasks[this.ofTask[id] as number]?.[this.numberOfTask[id] as number];
      this.#addTask(id, 0, 0);
    }
  }

  #addTask(id: number, owner: number, number: number): void {
    this.version++;
    this.ofTask[id] = owner;
    this.numberOfTask[id] = number;
    if (owner !== 0) (this.#tasks[owner] as (number | undefined)[])[number] = id;
    const start = regionStart(id);
    for (let at = 0; at < REGION_WORDS; at++) {
      this.at[start + at] = owner;
      this.numberAt[start + at] = REGIONS + number * REGION_WORDS + at;
    }
    for (const [at, row] of this.#rows.entries()) {
      this.at[row + id] = owner;
      this.numberAt[row + id] = ROWS + at * TASK_LIMIT + number;
    }
  }

  #addThings(owner: number, bases: readonly number[]): void {
    const things = [0];
    for (const base of bases) {
      for (let at = base; at < base + (shapeOf[base] as Shape).words; at++) {
        this.at[at] = owner;
        this.numberAt[at] = things.push(at) - 1;
      }
    }
    this.#things.push(things);
  }

  #give(address: number): void {
    const value = words[address] as number, owner = this.at[address] as number;
    this.isGiven[address] = 1;
    this.#givenTo.set(value, (this.#givenTo.get(value) ?? 0) | 1 << owner - 1);
  }

  #findCommon(address: number, role: number): void {
    const value = words[address] as number, owner = this.at[address] as number;
    const isNobodys = role === TASK ? value === 0 : this.suspects(value) === 0;
    // Names that the setup gave are left out where owners are compared, and so is what is like them.
    if (isNobodys && role !== BY_TASK || this.isGiven[address] === 1) this.isCommon[address] = 1;
    if (owner === 0 || role === PLAIN) return;
    // Of what leads somewhere else it was not asked whether it is the same for all.
    this.isCommon[address] = 0;
  }

  #findGiven(things: readonly (readonly number[])[]): void {
    const [first = []] = things;
    for (const [which, base] of first.entries()) {
      const { roles } = shapeOf[base] as Shape;
      for (let at = 0; at < roles.length; at++) {
        const addresses = things.map((bases) => (bases[which] as number) + at);
        const values = new Set(addresses.map((address) => words[address]));
        // What some have in common, or lack, is no name.
        if (roles[at] !== PLAIN || values.size < things.length || values.has(0)) continue;
        for (const address of addresses) this.#give(address);
      }
    }
  }
}
