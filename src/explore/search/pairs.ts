/** What is known of pairs, as a small number for each: a search asks the same of them again and again. */

/** Numbers that one table keeps; beyond that nothing is remembered. */
const LIMIT = 1 << 24;

/** Answers by pair of small numbers. */
export class Pairs {
  readonly #rows: Uint8Array[] = [];
  #size = 0;

  /** What was kept for the pair; 0 if nothing was. */
  get(one: number, other: number): number {
    const row = this.#rows[one];
    return row !== undefined && other < row.length ? row[other] as number : 0;
  }

  /** Keeps an answer between 1 and 255. */
  set(one: number, other: number, answer: number): void {
    while (this.#rows.length <= one) this.#rows.push(NOTHING);
    let row = this.#rows[one] as Uint8Array;
    if (other >= row.length) {
      const longer = new Uint8Array(1 << (32 - Math.clz32(Math.max(other, 31))));
      if (this.#size + longer.length - row.length > LIMIT) return;
      this.#size += longer.length - row.length;
      longer.set(row);
      this.#rows[one] = row = longer;
    }
    row[other] = answer;
  }
}

const NOTHING = new Uint8Array(0);
