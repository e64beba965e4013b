/** Where the path of a reduced search need not go on, since all that follows is known; see cache.ts. */
import type { Order } from "../search/order.ts";
import type { Plan } from "../search/plan.ts";
import type { SearchResult } from "../search/search.ts";
import type { Sleepers } from "../search/sleepers.ts";
import type { Stepper } from "../search/stepper.ts";
import { StateCache } from "./cache.ts";
import type { Node } from "./node.ts";

/** A search with a cache has found something: it has to begin again without. */
export class CacheVoid extends Error {
  override readonly name = "CacheVoid";
}

/** What it has to know of a search. */
export interface Searching {
  readonly stepper: Stepper;
  readonly order: Order;
  readonly plan: Plan;
  readonly sleepers: Sleepers;
  readonly result: SearchResult;
  /** By depth, who was enabled. */
  readonly enabledAt: Int32Array;
  /** Was no data race found yet? */
  readonly isClean: () => boolean;
}

/** The cache of a search, if it has one. */
export class KnownStates {
  readonly #search: Searching;
  /** States that it need not go on from again; null without a cache. */
  #cache: StateCache | null = null;
  /** The node of the state where the latest execution was left. */
  #left: Node | null = null;

  constructor(search: Searching) {
    this.#search = search;
  }

  /** Can states be cached as things stand? */
  get canStart(): boolean {
    const { result, isClean, stepper } = this.#search;
    return result.findings.isEmpty && isClean() && stepper.isQuiet();
  }

  /** Caches the states that the search comes to from now on. */
  start(): void {
    const { stepper, order, enabledAt } = this.#search;
    this.#cache = new StateCache(stepper, order, enabledAt);
  }

  /** Caches nothing from now on. */
  drop(): void {
    if (this.#cache === null) return;
    this.#cache = null;
    this.#search.stepper.keepState(false);
  }

  /**
   * From now on no state counts as known.
   * @throws {CacheVoid} if some did
   */
  end(): void {
    this.drop();
    if (this.#search.result.known > 0) throw new CacheVoid("Cannot count on known states");
  }

  /**
   * The path comes to a state. Goes on without a cache where that is of no use any more.
   * @throws {CacheVoid} if states counted as known that do not
   */
  arrive(): void {
    const { result, isClean, stepper } = this.#search;
    if (this.#cache !== null || result.known > 0) {
      if (!isClean()) this.end();
      if (!stepper.isQuiet() || this.#cache?.isOfUse === false) this.drop();
    }
    this.#left = this.#cache?.end ?? null;
  }

  /** Is all known that goes on from the state at `depth`? Then sees to it that what it demands is run. */
  has(depth: number): boolean {
    if (this.#cache === null) return false;
    const { sleepers, plan, result } = this.#search;
    const node = this.#cache.enter(depth, sleepers, result);
    if (node === undefined) return false;
    const demands = this.#cache.demandsOf(node, depth, (demand) => plan.isMet(demand, depth));
    if (demands === null) {
      this.#cache.enterAgain(depth, result);
      return false;
    }
    for (const demand of demands) plan.meet(demand, depth);
    plan.leave();
    const { executions, redundant, length } = node;
    this.#cache.hit(executions + redundant);
    result.executions += executions;
    result.redundant += redundant;
    result.known += executions + redundant;
    result.steps += length + (executions + redundant - 1) * depth;
    this.#left = node;
    return true;
  }

  /** The step at `depth` was explored with all that goes on from it. */
  add(depth: number): void {
    if (this.#left !== null) this.#cache?.add(depth, this.#left);
  }

  /** All that goes on from the state at `depth` was explored. */
  close(depth: number): void {
    this.#left = this.#cache?.close(depth, this.#search.result) ?? null;
  }
}
