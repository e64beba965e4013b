/** Numbers that stand for lists and sets of numbers: equal for equal ones, so that they are cheap to compare and to keep. */

/** Two numbers below it make one. */
export const PAIR = 0x4000000;

/** Lists of numbers. */
export class Lists {
  readonly #lists: (readonly number[])[] = [];
  /** By hash of the list: the last number that has it; and by number, the one before it. */
  readonly #last = new Map<number, number>();
  readonly #before: (number | undefined)[] = [];

  /** The number of `list`. */
  of(list: readonly number[]): number {
    let hash = list.length;
    for (let at = 0; at < list.length; at++) {
      hash = Math.imul(hash ^ (list[at] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const last = this.#last.get(hash);
    for (let number = last; number !== undefined; number = this.#before[number]) {
      if (areEqual(this.#lists[number] as readonly number[], list)) return number;
    }
    const number = this.#lists.push(list) - 1;
    this.#before.push(last);
    this.#last.set(hash, number);
    return number;
  }

  /** The list that has the number. */
  at(number: number): readonly number[] {
    return this.#lists[number] as readonly number[];
  }
}

function areEqual(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** The number of the empty set. */
export const EMPTY = 0;

/** Answers by two numbers. */
type Table = (number | undefined)[][];

/** Sets of numbers, as sorted lists. */
export class Sets {
  readonly #lists = new Lists();
  readonly #both: Table = [];
  readonly #without: Table = [];
  readonly #either: Table = [];

  constructor() {
    this.#lists.of([]);
  }

  /** The number of the set of `members`, which may come in any order and more than once. */
  of(members: Iterable<number>): number {
    return this.#lists.of([...new Set(members)].sort((one, two) => one - two));
  }

  /** The members of a set. */
  at(set: number): readonly number[] {
    return this.#lists.at(set);
  }

  /** What is in both sets. */
  both(one: number, other: number): number {
    if (one === other || one === EMPTY) return one;
    return (this.#both[one] ??= [])[other] ??= this.#kept(one, other, true);
  }

  /** What is in the one and not in the other. */
  without(one: number, other: number): number {
    if (one === other) return EMPTY;
    if (one === EMPTY || other === EMPTY) return one;
    return (this.#without[one] ??= [])[other] ??= this.#kept(one, other, false);
  }

  /** What is in one of them. */
  either(one: number, other: number): number {
    if (one === other || other === EMPTY) return one;
    if (one === EMPTY) return other;
    return (this.#either[one] ??= [])[other] ??= this.of([...this.at(one), ...this.at(other)]);
  }

  /** Of the one, what is in the other, or what is not. */
  #kept(one: number, other: number, isIn: boolean): number {
    const others = this.at(other);
    return this.#lists.of(this.at(one).filter((member) => others.includes(member) === isIn));
  }
}
