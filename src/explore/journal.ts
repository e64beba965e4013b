/**
 * What the sanitizers remember of an execution, kept so that its last steps can be taken back.
 *
 * A search that turns back goes on from a step in the middle of its path. All that is written by
 * `put` is noted in one log, and taken back from its end; so a new execution begins with nothing,
 * and a beginning that two executions share is run once.
 *
 * All numbers are in one array, so that to take one back is two reads and a write: a search does
 * that some dozen times for each step.
 */

/** Numbers that all sanitizers can have together; only those in use take up memory. */
const LIMIT = 1 << 23;

/** The numbers of the execution under way, 0 at first. Read them; write them by `put`. */
export const cells = new Int32Array(LIMIT);

/** Pairs of an index and the number that was there before. */
let log = new Int32Array(1 << 14);
let end = 0, allotted = 0;

/** Sets `count` numbers aside and answers the index of the first. */
export function allot(count: number): number {
  const first = allotted;
  allotted += count;
  if (allotted > LIMIT) {
    throw new RangeError(`Cannot set ${count} numbers aside: ${LIMIT} are the most`);
  }
  return first;
}

/** Writes a number until the step is taken back. */
export function put(index: number, value: number): void {
  const before = cells[index] as number;
  if (before === value) return;
  if (end === log.length) log = grown(log);
  log[end] = index;
  log[end + 1] = before;
  end += 2;
  cells[index] = value;
}

/** A copy of `array` with room for twice as much, or for `length` if that is more. */
export function grown(array: Int32Array, length = 0): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(Math.max(array.length * 2, length));
  copy.set(array);
  return copy;
}

/** Where the log ends now, for `takeBack`. */
export function journalMark(): number {
  return end;
}

/** Takes back all that was written since the log ended at `mark`; 0 takes back everything. */
export function takeBack(mark: number): void {
  while (end > mark) {
    end -= 2;
    cells[log[end] as number] = log[end + 1] as number;
  }
}
