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
  ownerOf,
  POINTER,
  type Shape,
  shapeOf,
  stateOf,
  STATIC_WORDS,
  TASK,
  TASK_LIMIT,
  words,
} from "../objects.ts";
import type { StateKey } from "../search/stepper.ts";
import { machine } from "../task.ts";
import type { Place } from "../tape/place.ts";
import { Changes, LOG, OBJECTS, SLOTS, TASKS } from "./changes.ts";
import { Colours, high, low, spread } from "./colours.ts";
import type { Owners } from "./owners.ts";
import { codeOf, type PlaceCode, textNumber } from "./place_code.ts";
import { Slots } from "./slots.ts";

const OBJECT = 0x51ed270b, WORD = 0x2545f491, LINE = 0x6c8e9cf5;

/** Makes keys of the states of one scenario. */
export class Names {
  /** Is to hear of all steps. */
  readonly changes = new Changes();
  readonly #all: Owners;
  readonly #slots: Slots;
  readonly #colours: Colours;
  /** What was known of who owns what when the slots were set. */
  #version = -1;
  /** By place. */
  readonly #codes: (PlaceCode | undefined)[] = [];
  /** By task: the place that its slot tells of, null for none. */
  readonly #places: (Place | null)[] = Array.from({ length: TASK_LIMIT }, () => null);
  /** What `all` answers, if it was asked since the last key. */
  #called: readonly number[] | null = null;

  constructor(all: Owners) {
    this.#all = all;
    this.#slots = new Slots(SLOTS, all.groups.length);
    this.#colours = new Colours(all.groups, this.#slots);
  }

  /** The key of the state in memory, whose tasks stand at `places`; with null of what memory holds alone. */
  key(places: readonly Place[] | null): StateKey {
    this.#all.see();
    if (this.changes.isWhole || this.#version !== this.#all.version) this.#setAll();
    else this.#setChanged();
    for (let task = 0; task < TASK_LIMIT; task++) {
      const isThere = places !== null && machine.tasks[task] !== undefined;
      const place = isThere ? places[task] as Place : null;
      if (place !== this.#places[task]) this.#setPlace(task, place);
    }
    this.#setLog(places === null ? [] : machine.log);
    this.#called = null;
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
  all(): readonly number[] {
    return this.#called ??= this.#all.groups.map((_, owner) => this.#colours.nameOf(owner + 1));
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

  #setChanged(): void {
    const { slots } = this.changes;
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at] as number;
      if (slot < OBJECTS) this.#setWord(slot);
      else this.#setObject(slot - OBJECTS);
    }
    this.changes.clear();
  }

  /** All slots are set anew: it is another path, or more is known of who owns what. */
  #setAll(): void {
    this.#version = this.#all.version;
    this.changes.clear();
    this.#slots.clearAll();
    this.#places.fill(null);
    for (let task = -1; task < TASK_LIMIT; task++) {
      const end = topOf(task);
      for (let base = regionStart(task); base < end;) {
        const { words: size } = shapeOf[base] as Shape;
        this.#setObject(base);
        for (let at = 0; at < size; at++) this.#setWord(base + at);
        base += size;
      }
    }
  }

  #setObject(base: number): void {
    const slot = OBJECTS + base, owner = this.#all.at[base] as number;
    this.#slots.clear(slot);
    // Of what the setup made it counts what is gone, of the rest what is there.
    if ((stateOf[base] === LIVE) !== base >= STATIC_WORDS) return;
    spread(OBJECT, owner === 0 ? base : this.#all.numberAt[base] as number, owner === 0 ? 0 : 1);
    this.#slots.give(slot, owner, low, high);
  }

  #setWord(address: number): void {
    const all = this.#all, slots = this.#slots, value = words[address] as number;
    slots.clear(address);
    if (all.isCommon[address] === 1 && value === all.given[address]) return;
    const base = ownerOf[address] as number, at = address - base;
    const { roles, words: size } = shapeOf[base] as Shape, role = roles[at] as number;
    // The object may have been taken back, and a smaller one have come to be there.
    if (stateOf[base] !== LIVE || at >= size) return;
    // Tasks that there are not have words in such a row too.
    if (role === BY_TASK && value === 0) return;
    const owner = all.at[address] as number;
    let other = 0, what = value, pinned = 0;
    if (value > 0 && (role === POINTER || role === LINK)) {
      const target = value & ADDRESS_MASK;
      other = all.at[target] ?? 0;
      if (other !== 0) what = (all.numberAt[target] as number) ^ value & ~ADDRESS_MASK;
    } else if (role === TASK && value !== 0) {
      const task = (value & 0xff) - 1;
      other = all.ofTask[task] as number;
      if (other !== 0) what = (all.numberOfTask[task] as number) ^ value & ~0xff;
    } else if (all.isGiven[address] === 1 && all.given[address] === value) what = 0;
    else pinned = all.suspects(value);
    const where = owner === 0 ? address : all.numberAt[address] as number;
    spread(where, what, WORD + (owner === 0 ? 0 : 1) + (other === 0 ? 0 : 2));
    if (owner !== 0 && owner === other) spread(low, high);
    if (owner === 0 || other === 0 || owner === other) {
      slots.give(address, owner || other, low, high);
    } else slots.tie(address, low, high, [owner, other]);
    if (pinned !== 0) slots.pin(address, pinned);
  }

  #setPlace(task: number, place: Place | null): void {
    const slot = TASKS + task, slots = this.#slots;
    this.#places[task] = place;
    slots.clear(slot);
    if (place === null) return;
    const { low, high, owners, pinned } = this.#codes[place.id] ??= this.#codeOf(place);
    if (owners.length < 2) slots.give(slot, owners[0] ?? 0, low, high);
    else slots.tie(slot, low, high, owners);
    if (pinned !== 0) slots.pin(slot, pinned);
  }

  /** The code of a place, of which it counts too whose it is. */
  #codeOf(place: Place): PlaceCode {
    const { low: one, high: two, owners, pinned } = codeOf(place), { id } = place.state;
    const own = this.#all.ofTask[id] as number;
    spread(one, two, own === 0 ? id : ~(this.#all.numberOfTask[id] as number));
    spread(low, high, own === 0 ? -1 : owners.indexOf(own) + 1);
    const all = own === 0 || owners.includes(own) ? owners : [own, ...owners];
    return { low, high, owners: all, pinned };
  }

  #setLog(lines: readonly string[]): void {
    this.#slots.clear(LOG);
    if (lines.length === 0) return;
    let one = 0, two = 0;
    for (const line of lines) {
      spread(LINE, textNumber(line));
      one = one + low | 0;
      two = two + high | 0;
    }
    this.#slots.give(LOG, 0, one, two);
    this.#slots.pin(LOG, -1);
  }
}
