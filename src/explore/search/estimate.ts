/**
 * How large a search will be, guessed while it runs.
 *
 * A depth-first search knows, at each choice on its current path, how many branches it has done and
 * how many it has planned. What a done branch took is taken for what a planned one will take, from
 * the deepest choice up to the first (the recursive estimator of Kilby, Slaney, Thiebaux and Walsh,
 * AAAI 2006, with D. E. Knuth's guess of 1975 where no branch is done yet). A reduced search plans
 * more branches as it meets races, and later branches are smaller because tasks sleep in them; so
 * this is a guess and no bound. On the scenarios of the book it is mostly within a factor of four.
 */
import { count } from "./bits.ts";

/** A choice on the current path of a search. */
export interface Branch {
  /** What was chosen. */
  readonly task: number;
  /** Branches that are done, and branches that are planned, the current one not counted. */
  readonly done: number;
  readonly left: number;
}

/** A choice: what was chosen of the tasks in `tried`, `planned` being all that are to be tried. */
export function branchOf(task: number, planned: number, tried: number): Branch {
  const others = planned & ~(1 << task);
  return { task, done: count(others & tried), left: count(others & ~tried) };
}

/** A search looks where it stands whenever it has no more of these bits in its count of executions. */
export const LOOK = 0x7f;

/** Where the choice and its current branch began, counted in executions. */
interface Begun {
  readonly task: number;
  readonly choice: number;
  readonly branch: number;
}

/** How much of a planned branch, of which nothing is known, the current one is taken to be worth. */
const UNKNOWN = 0.5;
/** Of so many guesses in a row the middle one is told. */
const SMOOTHED = 5;

/** Guesses the size of one search. */
export class Estimator {
  #begun: Begun[] = [];
  #before = 0;
  readonly #guesses: number[] = [];

  /** After `visited` executions the search stands at `path`; answers how many there will be in all. */
  observe(visited: number, path: readonly Branch[]): number {
    this.#follow(visited, path);
    let size = 1;
    for (let depth = path.length - 1; depth >= 0; depth--) {
      const { done, left } = path[depth] as Branch;
      const { choice, branch } = this.#begun[depth] as Begun;
      const current = Math.max(visited - branch, size);
      const finished = branch - choice;
      size = done > 0 && finished > 0
        ? finished + current + left * (finished + current) / (done + 1)
        : current * (1 + left * UNKNOWN);
    }
    this.#guesses.push(Math.max(size, visited));
    if (this.#guesses.length > SMOOTHED) this.#guesses.shift();
    const sorted = this.#guesses.toSorted((one, two) => one - two);
    return Math.max(visited, Math.round(sorted[sorted.length >> 1] as number));
  }

  /** Takes note of which choices and branches began since the last look. */
  #follow(visited: number, path: readonly Branch[]): void {
    let isSame = true;
    this.#begun = path.map(({ task }, depth) => {
      const known = isSame ? this.#begun[depth] : undefined;
      if (known?.task === task) return known;
      isSame = false;
      if (known !== undefined) return { task, choice: known.choice, branch: visited };
      return { task, choice: this.#before, branch: this.#before };
    });
    this.#before = visited;
  }
}
