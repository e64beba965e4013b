/**
 * State caching for a reduced search: where it comes to a state a second time, with the same tasks
 * asleep, it does not go on. All that it would run was run from there before.
 *
 * What is different is the path. A step that was taken from the state on may race with one on this
 * path, so that the other order has to be tried; the cache says which (demands.ts). It says too many
 * rather than too few: then an execution more is begun, and given up as a repetition.
 *
 * The sanitizers lose nothing by it. Whether a step is a fault, or a law is broken, depends on the state
 * alone. A data race is between two steps that nothing orders. Both are on one path that was run, or one
 * is on a path that comes to a known state and the other was taken from there on: then it is asked
 * whether something orders them (races_ahead.ts), and where there is doubt the search goes on and the
 * race check decides. An order of locks with a circle in it cannot be in any execution as long as
 * `isQuiet` holds, and there is no cache without.
 *
 * A cache is for searches that find nothing: at the first fault the search begins again without it, so
 * that schedules and counts of what is found do not depend on it.
 */
import type { Order } from "../search/order.ts";
import type { Sleepers } from "../search/sleepers.ts";
import type { StateKey, Stepper } from "../search/stepper.ts";
import type { Variant } from "../tape/uses.ts";
import { type Demand, Demands } from "./demands.ts";
import { type Counts, type Node, Nodes } from "./node.ts";
import { Relations } from "./relations.ts";
import type { Step } from "./step.ts";

/** After so many hits they must have saved so many executions each, on average. */
const TRIAL = 300, LEAST = 1.7;

/** The states that one search has been through. */
export class StateCache {
  readonly #stepper: Stepper;
  readonly #order: Order;
  readonly #enabledAt: Int32Array;
  #relations: Relations;
  #demands: Demands;
  readonly #nodes = new Nodes();
  /** What `sharing` of the stepper was when the nodes were new: with more words shared, steps are others. */
  #sharing: number;
  /** How often a path came to a known state and ended there, and how many executions that saved. */
  #hits = 0;
  #saved = 0;

  constructor(stepper: Stepper, order: Order, enabledAt: Int32Array) {
    this.#stepper = stepper;
    this.#order = order;
    this.#enabledAt = enabledAt;
    this.#sharing = stepper.sharing();
    this.#relations = new Relations(stepper.numbers);
    this.#demands = new Demands(this.#relations);
  }

  /** Is it worth what it costs, as far as can be told yet? */
  get isOfUse(): boolean {
    return this.#hits !== TRIAL || this.#saved >= TRIAL * LEAST;
  }

  /** A path has come to a known state and ends there, from which so many `executions` go on. */
  hit(executions: number): void {
    this.#hits++;
    this.#saved += executions;
  }

  /** A state from which nobody goes on. */
  get end(): Node {
    return this.#nodes.end;
  }

  /** How many states it keeps. */
  get size(): number {
    return this.#nodes.size;
  }

  /** The path of `depth` steps has come to a state in which `sleepers` sleep; answers it if it is known. */
  enter(depth: number, sleepers: Sleepers, counts: Counts): Node | undefined {
    const sharing = this.#stepper.sharing();
    if (sharing !== this.#sharing) {
      this.#sharing = sharing;
      this.#nodes.forget();
      this.#relations = new Relations(this.#stepper.numbers);
      this.#demands = new Demands(this.#relations);
    }
    const { low, high } = this.#stepper.state() as StateKey;
    const key = { low, high, asleep: sleepers.key(depth) }, node = this.#nodes.find(key);
    if (node === undefined) this.#nodes.enter(depth, key, counts, sharing);
    return node;
  }

  /** As `enter`, for a state that is known and has to be gone on from nevertheless. */
  enterAgain(depth: number, counts: Counts): void {
    this.#nodes.enter(depth, null, counts, this.#sharing);
  }

  /**
   * What `node` demands of the path of `depth` steps that leads to it, as far as `isMet` does not say that
   * it is met; null if it has to be gone on from.
   */
  demandsOf(node: Node, depth: number, isMet: (demand: Demand) => boolean): Demand[] | null {
    return this.#demands.of(node, {
      order: this.#order,
      enabledAt: this.#enabledAt,
      isMet,
      stepAt: (at) => this.#stepAt(at),
      isOrdered: (task, at) => this.#stepper.isOrdered(task, at),
    }, depth);
  }

  /** The last step of the path, that at `depth`, led to `child`, and all from there on was explored. */
  add(depth: number, child: Node): void {
    this.#nodes.add(depth, this.#stepAt(depth), child);
  }

  /** All that goes on from the state at `depth` was explored. */
  close(depth: number, counts: Counts): Node | null {
    return this.#nodes.close(depth, counts, this.#stepper.sharing());
  }

  #stepAt(depth: number): Step {
    return this.#relations.step(this.#stepper.variantAt(depth) as Variant);
  }
}
