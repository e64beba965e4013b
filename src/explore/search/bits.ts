/** Masks of tasks. */

/** The lowest task in `mask`, which must not be empty. */
export function lowest(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

/** How many tasks are in `mask`. */
export function count(mask: number): number {
  let found = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) found++;
  return found;
}
