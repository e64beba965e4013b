/** Tasks that could be in each other's place in a state: what one of them leads to, the other does but for names. */
import { lowest } from "../search/bits.ts";
import type { Graph } from "./graph.ts";
import type { Names } from "./names.ts";
import type { Owners } from "./owners.ts";

/** The twins in the state of which a key was made last. */
export class Twins {
  readonly #names: Names;
  readonly #owners: Owners;
  readonly #graph: Graph;

  /** `graph` is told of each that is left out. */
  constructor(names: Names, owners: Owners, graph: Graph) {
    this.#names = names;
    this.#owners = owners;
    this.#graph = graph;
  }

  /** Of `tasks`, those that could be in the place of one of `others`. */
  of(others: number, tasks: number): number {
    let found = 0;
    for (let rest = others === 0 ? 0 : tasks; rest !== 0; rest &= rest - 1) {
      for (let left = others; left !== 0; left &= left - 1) {
        if (this.#names.areTwins(lowest(left), lowest(rest))) found |= rest & -rest;
      }
    }
    return found;
  }

  /**
   * Of `tasks` in `state`, one of each that could be in each other's place. Of those left out, and in whose
   * place they are, nothing may sleep: in the other's place somebody else would.
   */
  without(tasks: number, asleep: number, state: number): number {
    const { ofTask } = this.#owners;
    let left = tasks, sleeping = 0;
    for (let rest = asleep; rest !== 0; rest &= rest - 1) {
      sleeping |= 1 << (ofTask[lowest(rest)] as number);
    }
    for (let rest = tasks; rest !== 0; rest &= rest - 1) {
      const task = lowest(rest), twins = this.of(1 << task, left & (1 << task) - 1);
      if (twins === 0) continue;
      const owner = ofTask[task] as number, other = ofTask[lowest(twins)] as number;
      if ((sleeping & (1 << owner | 1 << other)) !== 0) continue;
      left &= ~(1 << task);
      this.#graph.addTwins(state, this.#names.all(), owner, other);
    }
    return left;
  }
}
