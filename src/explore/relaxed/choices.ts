/** What the accesses of a step choose: their places in the histories of words. */

/** Thrown out of a step whose choices the memory model forbids. */
export class Forbidden extends Error {
  override readonly name = "Forbidden";
}

/** The choices of the step under way. */
export class Choices {
  /** What was chosen, and how many places there were to choose from. */
  readonly taken: number[] = [];
  readonly counts: number[] = [];
  /** Choices of a step before this one are known to be allowed. */
  trusted = 0;
  /** Makes the choices that are not decided, from 0 up to `count`; 0 if there is none. */
  draw: ((count: number) => number) | null = null;
  /** Was one made that nobody has held against the model? */
  isDoubtful = false;
  #decided: readonly number[] = [];

  /** A step begins, whose first choices are `decided`. */
  begin(decided: readonly number[]): void {
    this.#decided = decided;
    this.taken.length = this.counts.length = 0;
  }

  /**
   * Which of `count` places, counted back from the latest.
   * @throws {Forbidden} when there are not as many places as was decided
   */
  choose(count: number): number {
    if (count <= 1) return 0;
    const choice = this.#decided[this.taken.length] ?? this.draw?.(count) ?? 0;
    if (choice >= count) throw new Forbidden(`there is no place ${choice} of ${count}`);
    if (choice > 0 && this.taken.length >= this.trusted) this.isDoubtful = true;
    this.taken.push(choice);
    this.counts.push(count);
    return choice;
  }
}
