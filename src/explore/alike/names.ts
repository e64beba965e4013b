/**
 * Keys of states that are equal where two states differ in nothing but which of the threads that are
 * alike is which, and in what is called by them: see colours.ts for how that is told.
 *
 * A number in memory that may be the address of what somebody owns, though its type does not say so,
 * keeps that owner's name; so does a line in the kernel log, which may speak of anybody, with all names.
 */
import { ADDRESS_MASK, regionStart, topOf } from "../memory.ts";
import {
  BY_TASK,
  LINK,
  LIVE,
  POINTER,
  type Shape,
  shapeOf,
  stateOf,
  TASK,
  TASK_LIMIT,
  words,
} from "../objects.ts";
import { machine } from "../task.ts";
import type { Place } from "../tape/place.ts";
import { Colours, high, low, spread } from "./colours.ts";
import type { Owners } from "./owners.ts";
import { codeOf, type PlaceCode, textNumber } from "./place_code.ts";

const OBJECT = 0x51ed270b, WORD = 0x2545f491, PIN = 0x27d4eb2f, LINE = 0x6c8e9cf5;

/** Makes keys of the states of one scenario. */
export class Names {
  readonly #all: Owners;
  readonly #colours: Colours;
  /** A mask of the owners that keep their names. */
  #pinned = 0;
  /** By place. */
  readonly #codes: (PlaceCode | undefined)[] = [];

  constructor(all: Owners) {
    this.#all = all;
    this.#colours = new Colours(all.groups.length);
  }

  /** The key of the state in memory, whose tasks stand at `places`; with null of what memory holds alone. */
  key(places: readonly Place[] | null): string {
    this.#all.see();
    this.#colours.begin();
    this.#pinned = 0;
    for (let task = -1; task < TASK_LIMIT; task++) this.#addRegion(task);
    if (places !== null) this.#addTasks(places);
    for (const [owner, group] of this.#all.groups.entries()) {
      spread(PIN, group, (this.#pinned >> owner & 1) === 1 ? owner + 1 : 0);
      this.#colours.give(owner + 1);
    }
    return this.#colours.hash();
  }

  /** What `task` is called in the key that was made last: the same in all states with that key. */
  of(task: number): number {
    const owner = this.#all.ofTask[task] as number;
    if (owner === 0) return task;
    const number = (this.#all.numberOfTask[task] as number) + 1;
    return (number * TASK_LIMIT + this.#colours.nameOf(owner)) * TASK_LIMIT;
  }

  /** By owner: what it is called in the state of which the key was made last. */
  all(): number[] {
    return this.#all.groups.map((_, owner) => this.#colours.nameOf(owner + 1));
  }

  /**
   * Is the state of which the key was made last the same with tasks `one` and `other`, and all that they
   * have, in each other's place?
   */
  areTwins(one: number, other: number): boolean {
    const { ofTask, numberOfTask } = this.#all;
    const first = ofTask[one] as number, second = ofTask[other] as number;
    return first > 0 && second > 0 && first !== second &&
      numberOfTask[one] === numberOfTask[other] && this.#colours.areTwins(first, second);
  }

  #addRegion(task: number): void {
    const end = topOf(task), { isCommon, given } = this.#all;
    for (let base = regionStart(task); base < end;) {
      const { words: size, roles } = shapeOf[base] as Shape;
      // Of what the setup made it counts what is gone, of the rest what is there.
      const isLive = stateOf[base] === LIVE;
      if (isLive !== task < 0) this.#addObject(base);
      for (let at = 0; isLive && at < size; at++) {
        const address = base + at;
        if (isCommon[address] === 1 && words[address] === given[address]) continue;
        this.#addWord(address, roles[at] as number);
      }
      base += size;
    }
  }

  #addObject(base: number): void {
    const owner = this.#all.at[base] as number;
    spread(OBJECT, owner === 0 ? base : this.#all.numberAt[base] as number, owner === 0 ? 0 : 1);
    this.#colours.give(owner);
  }

  #addWord(address: number, role: number): void {
    const all = this.#all, value = words[address] as number, owner = all.at[address] as number;
    // Tasks that there are not have words in such a row too.
    if (role === BY_TASK && value === 0) return;
    let other = 0, what = value;
    if (value > 0 && (role === POINTER || role === LINK)) {
      const target = value & ADDRESS_MASK;
      other = all.at[target] ?? 0;
      if (other !== 0) what = (all.numberAt[target] as number) ^ value & ~ADDRESS_MASK;
    } else if (role === TASK && value !== 0) {
      const task = (value & 0xff) - 1;
      other = all.ofTask[task] as number;
      if (other !== 0) what = (all.numberOfTask[task] as number) ^ value & ~0xff;
    } else if (all.isGiven[address] === 1 && all.given[address] === value) what = 0;
    else this.#pinned |= all.suspects(value);
    const where = owner === 0 ? address : all.numberAt[address] as number;
    spread(where, what, WORD + (owner === 0 ? 0 : 1) + (other === 0 ? 0 : 2));
    if (owner === 0 || other === 0) this.#colours.give(owner + other);
    else if (owner === other) {
      spread(low, high);
      this.#colours.give(owner);
    } else this.#colours.tie(owner, other);
  }

  #addTasks(places: readonly Place[]): void {
    for (const task of machine.tasks) {
      if (task !== undefined) this.#addPlace(places[task.id] as Place);
    }
    for (const line of machine.log) {
      this.#pinned = -1;
      spread(LINE, textNumber(line));
      this.#colours.give(0);
    }
  }

  #addPlace(place: Place): void {
    const code = this.#codes[place.id] ??= codeOf(place), { owners } = code;
    const { id } = place.state, own = this.#all.ofTask[id] as number;
    this.#pinned |= code.pinned;
    const who = own === 0 ? id : ~(this.#all.numberOfTask[id] as number);
    spread(code.low, code.high, who);
    spread(low, high, own === 0 ? -1 : owners.indexOf(own) + 1);
    const all = own === 0 || owners.includes(own) ? owners : [own, ...owners];
    if (all.length < 2) this.#colours.give(all[0] ?? 0);
    else this.#colours.tie(...all);
  }
}
