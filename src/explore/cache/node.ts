/** The states that a reduced search has been through, and what it did from each of them. */
import type { StateKey } from "../search/stepper.ts";
import type { Step } from "./step.ts";
import { NO_STEPS, roomFor, type StepSet } from "./step_set.ts";

/** A state, with the tasks that sleep in it. */
export interface Node {
  /** Of no other node of the same search. */
  readonly id: number;
  /** The steps that were tried, and where each leads. */
  readonly steps: Step[];
  readonly nodes: Node[];
  /**
   * All steps that were taken from here on, by whichever way: `count` numbers of `rows` from `start` on are bits by
   * their ids, which are below `end`.
   */
  rows: StepSet;
  start: number;
  count: number;
  end: number;
  /** A mask of the tasks of these steps. */
  tasks: number;
  /** How many executions go on from here, and how many steps they have from here on, all together. */
  executions: number;
  redundant: number;
  length: number;
}

/** What a search has counted so far. */
export interface Counts {
  readonly executions: number;
  readonly redundant: number;
  readonly steps: number;
}

/** What tells nodes apart: three numbers of 32 bits. */
export interface NodeKey extends StateKey {
  readonly asleep: number;
}

interface Open {
  readonly node: Node;
  /** Null for one that is known by another path and not to be kept again. */
  readonly key: NodeKey | null;
  readonly version: number;
  readonly counts: Counts;
}

/** A key is looked up by a number of 30 bits; all of it must agree. */
interface Kept {
  readonly key: NodeKey;
  readonly node: Node;
}

/** So many numbers of sets lie in one array, at least. */
const ROWS = 1 << 14;

/** Most nodes that are kept. */
const LIMIT = 1 << 20;

/** All nodes, and those on the present path. */
export class Nodes {
  readonly #known = new Map<number, Kept>();
  /** By depth; the path may have come to the first of them before there were nodes. */
  readonly #open: (Open | undefined)[] = [];
  /** By depth: the steps that were taken from the open node there on. */
  readonly #futureAt: StepSet[] = [];
  /** Where those of the next node that is closed are kept. */
  #rows = NO_STEPS;
  #rowsEnd = 0;
  #count = 0;
  /** A state from which nothing was done. */
  readonly end: Node;

  constructor() {
    this.end = this.#make();
  }

  /** How many nodes there are. */
  get size(): number {
    return this.#known.size;
  }

  /** The node with the key, if all that goes on from it was explored. */
  find(key: NodeKey): Node | undefined {
    const kept = this.#known.get(lookedUpBy(key));
    return kept !== undefined && isSame(kept.key, key) ? kept.node : undefined;
  }

  /** The path comes to a new node at `depth`. */
  enter(
    depth: number,
    key: NodeKey | null,
    { executions, redundant, steps }: Counts,
    version: number,
  ): void {
    const counts = { executions, redundant, steps };
    this.#open[depth] = { node: this.#make(), key, counts, version };
  }

  /** A step from the node at `depth` leads to `child`. */
  add(depth: number, step: Step, child: Node): void {
    const open = this.#open[depth];
    if (open === undefined) return;
    const { node } = open, { rows, start, count } = child;
    const future = this.#futureAt[depth] = roomFor(
      this.#futureAt[depth] ?? NO_STEPS,
      Math.max(count, (step.id >> 5) + 1),
    );
    if (node.steps.length === 0) future.fill(0);
    for (let at = 0; at < count; at++) {
      future[at] = (future[at] as number) | (rows[start + at] as number);
    }
    future[step.id >> 5] = (future[step.id >> 5] as number) | 1 << (step.id & 31);
    node.steps.push(step);
    node.nodes.push(child);
    node.end = Math.max(node.end, child.end, step.id + 1);
    node.tasks |= child.tasks | 1 << step.task;
  }

  /** All that goes on from the node at `depth` was explored; it is kept if nothing changed since then. */
  close(depth: number, { executions, redundant, steps }: Counts, version: number): Node | null {
    const open = this.#open[depth];
    if (open === undefined) return null;
    this.#open[depth] = undefined;
    const { node, key, counts, version: before } = open;
    node.executions = executions - counts.executions;
    node.redundant = redundant - counts.redundant;
    // The steps up to here were counted for the first of them before.
    node.length = steps - counts.steps - (node.executions + node.redundant - 1) * depth;
    this.#keepFuture(node, this.#futureAt[depth] ?? NO_STEPS);
    if (key !== null && version === before && this.#known.size < LIMIT) {
      this.#known.set(lookedUpBy(key), { key, node });
    }
    return node;
  }

  /** Many sets lie in one array: an array for each would be most of what the nodes cost. */
  #keepFuture(node: Node, future: StepSet): void {
    const count = (node.end + 31) >> 5;
    if (this.#rowsEnd + count > this.#rows.length) {
      this.#rows = new Int32Array(Math.max(ROWS, count));
      this.#rowsEnd = 0;
    }
    node.rows = this.#rows;
    node.start = this.#rowsEnd;
    node.count = count;
    for (let at = 0; at < count; at++) this.#rows[this.#rowsEnd++] = future[at] as number;
  }

  /** Forgets what is known, and goes on with the present path. */
  forget(): void {
    this.#known.clear();
  }

  #make(): Node {
    return {
      id: this.#count++,
      steps: [],
      nodes: [],
      rows: NO_STEPS,
      start: 0,
      count: 0,
      end: 0,
      tasks: 0,
      executions: 0,
      redundant: 0,
      length: 0,
    };
  }
}

/** So small that no object is needed for it; the same for others too, but for few. */
function lookedUpBy({ low, asleep }: NodeKey): number {
  return (low ^ asleep) & 0x3fff_ffff;
}

function isSame(one: NodeKey, other: NodeKey): boolean {
  return one.low === other.low && one.high === other.high && one.asleep === other.asleep;
}
