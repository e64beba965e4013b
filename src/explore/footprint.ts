/**
 * What a step did to a word, as bits, and which two of those depend on each other.
 *
 * Beside reads and writes there are uses that commute although both change the word, so that a
 * search need not try both of their orders:
 *
 * - **Counts.** To take a reference and to give back one that is not the last change a count in
 *   steps whose order nobody can tell. What can be told is who gives back the last one, which is a
 *   write. Had the references that were taken since the start come later, an earlier give might
 *   have been the last: such a give is NEAR, and depends on the takes before it. So do the gives
 *   between these and it, and gives that sleep: each of them might be the last in place of it
 *   (search/backtracking.ts).
 * - **Links.** To take two entries out of one list gives the same list in either order. A removal
 *   changes the links of its neighbours and owns those of its entry, which nobody finds any more.
 * - **Sections.** A lock that is taken and given back within a step leaves no trace: whole sections
 *   depend on each other by their data alone. Against a lock that is held across steps they do so
 *   too, but cannot run in between (search/order.ts).
 */

/** The step read the word before it wrote it. */
export const READ = 1;
/** The step wrote the word, or gave its storage back. */
export const WRITE = 2;
/** The step took a reference: the count was above 0 before. */
export const TAKE = 4;
/** The step gave a reference back that was not the last. */
export const GIVE = 8;
/** The step took an entry out of the list that the link belongs to. */
export const CHANGE = 16;
/** The step took the lock and gave it back. */
export const SECTION = 32;
/** The step ended with the lock in hand, or gave back what an earlier step took. */
export const HOLD = 64;
/** With GIVE: had all references been taken later, it might have been the last. */
export const NEAR = 128;
/** With GIVE: one reference is left, so another give would be the last. */
export const LOW = 256;
/** With CHANGE: the link is that of the entry itself; whatever the step does to it later is its own affair. */
export const OWN = 512;
/** The step looked at the word and has not used what it saw. */
export const LOOK = 1024;
/** The step asked whether a count is above 0, and it was. */
export const TEST = 2048;

const CHANGES = TAKE | GIVE | CHANGE;

/** Bits that change what a later reader of the word sees. */
export const ALTERS = WRITE | CHANGES | HOLD;

/** Does a step that did `later` to a word depend on an earlier one that did `earlier` to it? */
export function dependsOn(later: number, earlier: number): boolean {
  const either = later | earlier;
  if ((either & WRITE) !== 0) return true;
  if ((later & READ) !== 0 && (earlier & (CHANGES | HOLD)) !== 0) return true;
  if ((earlier & READ) !== 0 && (later & (CHANGES | HOLD)) !== 0) return true;
  if ((later & earlier & HOLD) !== 0) return true;
  if ((later & NEAR) !== 0 && (earlier & TAKE) !== 0) return true;
  return (either & CHANGE) !== 0 && (either & (TAKE | GIVE)) !== 0;
}

/**
 * Must a step that was explored before, and did `sleeping` to a word, be explored again after one
 * that did `taken` to it?
 */
export function awakens(taken: number, sleeping: number): boolean {
  return dependsOn(taken, sleeping) || dependsOn(sleeping, taken) ||
    // The give that sleeps would be the last one now.
    (taken & LOW) !== 0 && (sleeping & GIVE) !== 0 ||
    // The whole section went before; after the lock has been taken it could not.
    (taken & SECTION) !== 0 && (sleeping & HOLD) !== 0;
}

/** The words that a step touched and what it did to each: `word | bits << WORD_BITS`. */
export type Footprint = Int32Array;

/** Bits of a word's address in a footprint. */
export const WORD_BITS = 16;
export const WORD_MASK = (1 << WORD_BITS) - 1;
