/**
 * A history that takes what alike threads own for the same: instead of an address it counts which of
 * the owners that it mentions has that, and where among what it has.
 */
import { ADDRESS_MASK } from "../memory.ts";
import { LINK, ownerOf, PLAIN, POINTER, shapeOf, TASK } from "../objects.ts";
import { type Nameless, scrambled } from "../tape/history.ts";
import { lowest } from "../search/bits.ts";
import type { Owners } from "./owners.ts";

/** Stand for a number, for whom it may name, and for an owner. */
const NUMBER = 0x3c6ef372, UNCLEAR = 0x1f83d9ab, MENTION = 0x243f6a88;

/** What a task can know, but for names. */
export class Mentions implements Nameless {
  low: number;
  high: number;
  /** The owners that are mentioned, as their number plus one, each once. */
  readonly owners: number[];
  /** A mask of owners whose names are known after all. */
  pinned: number;
  /** Histories to go back to, four numbers each. */
  readonly #outer: number[];
  readonly #all: Owners;

  constructor(
    all: Owners,
    low: number,
    high: number,
    owners: readonly number[] = [],
    pinned = 0,
    outer: readonly number[] = [],
  ) {
    this.#all = all;
    this.low = low;
    this.high = high;
    this.owners = [...owners];
    this.pinned = pinned;
    this.#outer = [...outer];
  }

  /** Whoever comes to what another owns without having read where it is was told by name. */
  uses(base: number): void {
    const owner = this.#all.at[base] as number;
    if (owner !== 0 && !this.owners.includes(owner)) this.#all.namesMatter = true;
  }

  mixPlain(value: number): void {
    const owner = value > 0 ? this.#all.at[value & ADDRESS_MASK] ?? 0 : 0;
    this.#mixPlain(value, this.#all.suspects(value) | (owner === 0 ? 0 : 1 << owner - 1));
  }

  /** Adds a number of which it is known that it names nothing. */
  mixNumber(value: number): void {
    this.#add(NUMBER, value);
  }

  mixAddress(value: number): void {
    const address = value & ADDRESS_MASK, owner = value > 0 ? this.#all.at[address] ?? 0 : 0;
    if (owner === 0) this.#add(NUMBER, value);
    else {
      this.#mention(owner);
      this.#add(this.#all.numberAt[address] as number, value & ~ADDRESS_MASK);
    }
  }

  mixWord(address: number, value: number): void {
    const base = ownerOf[address] as number, role = shapeOf[base]?.roles[address - base] ?? PLAIN;
    if (role === POINTER || role === LINK) this.mixAddress(value);
    else if (role === TASK && value !== 0) this.mixTask((value & 0xff) - 1, value & ~0xff);
    else this.#mixPlain(value, this.#all.suspects(value));
  }

  mixTasks(mask: number): void {
    this.#all.see();
    let others = 0;
    for (let rest = mask; rest !== 0; rest &= rest - 1) {
      const task = lowest(rest);
      // The scenario's own threads are always there.
      if (this.#all.numberOfTask[task] === 0) others |= 1 << task;
      else this.mixTask(task, 0);
    }
    this.#add(NUMBER, others);
  }

  mixTask(task: number, flags: number): void {
    this.#all.see();
    const owner = this.#all.ofTask[task] as number;
    if (owner === 0) this.#add(NUMBER, task + flags);
    else {
      this.#mention(owner);
      this.#add(this.#all.numberOfTask[task] as number, flags);
    }
  }

  enter(): void {
    this.#outer.push(this.low, this.high, this.owners.length, this.pinned);
  }

  again(): void {
    const at = this.#outer.length - 4;
    this.low = this.#outer[at] as number;
    this.high = this.#outer[at + 1] as number;
    this.owners.length = this.#outer[at + 2] as number;
    this.pinned = this.#outer[at + 3] as number;
  }

  stay(): void {
    this.#outer.length -= 4;
  }

  leave(): void {
    this.again();
    this.stay();
  }

  copy(): Mentions {
    return new Mentions(this.#all, this.low, this.high, this.owners, this.pinned, this.#outer);
  }

  ofChild(id: number): Mentions {
    const child = new Mentions(this.#all, this.low, this.high, this.owners, this.pinned);
    child.mixTask(id, 0);
    return child;
  }

  bornAs(id: number): Mentions {
    return beginning(this.#all, id);
  }

  /** Of the owners in the mask the names are known from now on. */
  #mixPlain(value: number, owners: number): void {
    this.#add(NUMBER, value);
    if (owners === 0) return;
    this.pinned |= owners;
    this.#add(UNCLEAR, owners);
  }

  /** Equal for histories that are equal but for names and mention the same owners. */
  #add(one: number, two: number): void {
    this.low = scrambled(this.low ^ one) + two | 0;
    this.low = scrambled(this.low);
    this.high = scrambled(this.high + one | 0) ^ two;
    this.high = scrambled(this.high) + 0x9e3779b9 | 0;
  }

  #mention(owner: number): void {
    let at = this.owners.indexOf(owner);
    if (at < 0) at = this.owners.push(owner) - 1;
    this.#add(MENTION, at);
  }
}

/** The history of task `id` when it begins. */
export function beginning(all: Owners, id: number): Mentions {
  const birth = new Mentions(all, 1, 2);
  birth.mixTask(id, 0);
  const owner = all.ofTask[id] as number;
  // Threads of different groups run different code.
  if (owner !== 0) birth.mixNumber(all.groups[owner - 1] as number);
  return birth;
}
