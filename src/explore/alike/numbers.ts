/** Numbers that stand for lists and sets of numbers: equal for equal ones, so that they are cheap to compare and to keep. */

/** Two numbers below it make one. */
export const PAIR = 0x4000000;

/** Lists of numbers. */
export class Lists {
  readonly #lists: (readonly number[])[] = [];
  /** By hash of the list: the last number that has it; and by number, the one before it. */
  readonly #last = new Map<number, number>();
  readonly #before: (number | undefined)[] = [];

  /** The number of `list`, of which a copy is kept. */
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
    const number = this.#lists.push([...list]) - 1;
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

/** Is each of the numbers above the one before it? */
function areInOrder(numbers: readonly number[]): boolean {
  for (let at = 1; at < numbers.length; at++) {
    if ((numbers[at] as number) <= (numbers[at - 1] as number)) return false;
  }
  return true;
}

/** The number of the empty set. */
export const EMPTY = 0;

/** Numbers by two numbers. */
export class Table {
  readonly #rows: (Map<number, number> | undefined)[] = [];

  /** Of the first, the answers by the second. */
  row(one: number): Map<number, number> {
    return this.#rows[one] ??= new Map();
  }
}

/** Sets of numbers, as sorted lists. */
export class Sets {
  readonly #lists = new Lists();
  readonly #both = new Table();
  readonly #without = new Table();
  readonly #either = new Table();

  constructor() {
    this.#lists.of([]);
  }

  /** The number of the set of `members`, which may come in any order and more than once. */
  of(members: readonly number[]): number {
    if (areInOrder(members)) return this.#lists.of(members);
    const sorted = members.toSorted((one, two) => one - two);
    return this.#lists.of(sorted.filter((member, at) => at === 0 || member !== sorted[at - 1]));
  }

  /** The members of a set. */
  at(set: number): readonly number[] {
    return this.#lists.at(set);
  }

  /** What is in both sets. */
  both(one: number, other: number): number {
    if (one === other || one === EMPTY) return one;
    return this.#kept(this.#both.row(one), one, other, true);
  }

  /** What is in the one and not in the other. */
  without(one: number, other: number): number {
    if (one === other) return EMPTY;
    if (one === EMPTY || other === EMPTY) return one;
    return this.#kept(this.#without.row(one), one, other, false);
  }

  /** What is in one of them. */
  either(one: number, other: number): number {
    if (one === other || other === EMPTY) return one;
    if (one === EMPTY) return other;
    const row = this.#either.row(one);
    let set = row.get(other);
    if (set === undefined) row.set(other, set = this.of([...this.at(one), ...this.at(other)]));
    return set;
  }

  /** Of the one, what is in the other, or what is not; `row` has what was asked of it. */
  #kept(row: Map<number, number>, one: number, other: number, isIn: boolean): number {
    let set = row.get(other);
    if (set === undefined) {
      const others = this.at(other);
      set = this.#lists.of(this.at(one).filter((member) => others.includes(member) === isIn));
      row.set(other, set);
    }
    return set;
  }
}
