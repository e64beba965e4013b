/**
 * Exhaustive search over states, each once for all that differ from it only in which of the threads
 * that are alike is which (alike/names.ts), with sleep sets and persistent sets.
 *
 * It goes depth first. Where it comes to a state that it knows it turns back, but for tasks that were
 * asleep whenever it was there and are awake now (Godefroid, Partial-Order Methods for the Verification
 * of Concurrent Systems, 1996, section 5.3). What tasks will do is not known ahead, but it is when the search
 * comes back: then it is seen whether another task has to be tried at all (alike/futures.ts).
 *
 * What orders steps is no part of a state, so a path that ends in a state which is known says nothing of
 * data races with what comes after it. When all states are seen, the graph of them is asked whether there
 * may be one (alike/graph.ts). Then this is no search for it.
 *
 * Faults do not end the search: what comes after them is never seen.
 */
import { type Future, Futures, NO_FUTURE } from "../alike/futures.ts";
import { Graph, NOWHERE } from "../alike/graph.ts";
import { Names } from "../alike/names.ts";
import type { Owners } from "../alike/owners.ts";
import { OpenState } from "../alike/open_state.ts";
import { runningTasks, waitingTasks } from "../alike/tasks.ts";
import { Twins } from "../alike/twins.ts";
import { type Visit, Visits } from "../alike/visits.ts";
import type { Execution } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import { isChecking } from "../races.ts";
import type { Bounds } from "../scenario.ts";
import type { Place } from "../tape/place.ts";
import { Path } from "./path.ts";
import { MAX_DEPTH } from "./plan.ts";
import { nothingYet, type Search, type SearchResult } from "./search.ts";
import type { StateKey } from "./stepper.ts";

/** The states of the scenario cannot be told apart well enough. */
export class CannotTell extends Error {
  override readonly name = "CannotTell";
}

/** A search of no more steps is over soon. */
const SOON = 1 << 15;

/**
 * Explores the states of the scenario within `bounds`; yields now and then.
 *
 * One that is over soon looks for data races when it has seen all states, and only then. One that is not may
 * never see them all: so it looks for races on each path too, as far as it gets.
 * @throws {CannotTell} when code runs that cannot be recorded, there may be a data race,
 * locks could be taken in a circle, or names matter, to the code or to the laws
 */
export function* searchAlike(execution: Execution, owners: Owners, bounds: Bounds): Search {
  const isBounded = bounds.depth !== undefined || bounds.executions !== undefined;
  if (!isBounded) {
    const search = new AlikeSearch(execution, owners, bounds, true);
    if (yield* search.run(SOON)) return search.result;
  }
  const search = new AlikeSearch(execution, owners, bounds, false);
  yield* search.run(Infinity);
  return search.result;
}

/** Where a step leads nowhere it does not matter what owners are called. */
const NOBODY = 0;

class AlikeSearch {
  readonly result = nothingYet();
  readonly #execution: Execution;
  readonly #owners: Owners;
  readonly #names: Names;
  readonly #depthLimit: number;
  readonly #limit: number;
  readonly #visits: Visits;
  readonly #graph: Graph;
  readonly #twins: Twins;
  readonly #futures: Futures;
  readonly #path: Path;
  /** Where tasks stood when others stood in the way of their next step. */
  readonly #contended = new Set<Place>();
  /** What is to be done at each depth. */
  readonly #open: OpenState[] = [];

  constructor(
    execution: Execution,
    owners: Owners,
    { depth, executions = Infinity }: Bounds,
    leavesRaces: boolean,
  ) {
    this.#execution = execution;
    this.#path = new Path(execution, MAX_DEPTH, leavesRaces);
    if (leavesRaces) this.result.leavesRaces = true;
    this.#owners = owners;
    this.#names = new Names(owners);
    this.#path.stepper.tell(this.#names.changes);
    this.#visits = new Visits(this.#names);
    this.#graph = new Graph(owners);
    this.#twins = new Twins(this.#names, owners, this.#graph);
    this.#futures = new Futures(this.#graph.renamings);
    this.#depthLimit = Math.min(depth ?? MAX_DEPTH - 1, MAX_DEPTH - 1);
    this.#limit = executions;
    this.#arrive(0);
  }

  /** Runs the search, if it has at most so many steps; yields now and then. Has it seen all there is to see? */
  *run(limit: number): Generator<SearchResult, boolean> {
    const { result } = this;
    for (let turns = 0; this.#advance(); turns++) {
      if (result.steps > limit) return false;
      if ((turns & 0xff) === 0) yield result;
    }
    if (result.exhaustive && this.#execution.judgesByName()) {
      throw new CannotTell("Cannot tell whether laws hold by other names");
    }
    for (const judging = this.#judge(); !judging.next().done;) yield result;
    if (result.exhaustive) delete result.leavesRaces;
    return result.exhaustive;
  }

  /** Tries the next task, deepest first; false when there is none. */
  #advance(): boolean {
    const { result } = this, top = this.#open[this.#open.length - 1];
    this.#places();
    if (top === undefined) return false;
    const left = top.tasks & ~this.#path.sleepers.asleep(this.#open.length - 1);
    if (left !== 0 && result.executions >= this.#limit) {
      result.exhaustive = false;
      return false;
    }
    if (left === 0 || top.isDone) {
      this.#close();
      return true;
    }
    const task = top.next(left), fault = this.#take(task);
    if (fault !== undefined) {
      result.executions++;
      this.#note(NOWHERE, NOBODY);
    }
    const variant = this.#path.stepper.variantAt(this.#path.length - 1);
    top.try(variant === null ? null : this.#futures.of(variant), fault !== undefined);
    const future = fault === undefined ? this.#arrive(top.covered & 1 << task) : this.#leaveFault();
    if (future === undefined) return true;
    top.follow(future);
    if (fault === undefined) this.#path.leave();
    return true;
  }

  /** Takes the last step back, which was a fault; answers what it may have kept others from. */
  #leaveFault(): Future {
    this.#path.leave();
    this.#path.stepper.backTo(this.#path.length);
    return this.#futures.ofWaiting(waitingTasks());
  }

  /** All is tried in the state where the path ends. */
  #close(): void {
    const open = this.#open.pop() as OpenState, { state, called } = open, futures = this.#futures;
    const { renamings } = this.#graph, known = this.#graph.calledIn(state);
    const here = futures.renamed(open.future(), renamings.between(called, known));
    const future = futures.withTwins(here, this.#graph.twinsIn(state));
    this.#visits.setFuture(state, future);
    const back = futures.renamed(future, renamings.between(known, called));
    this.#open[this.#open.length - 1]?.follow(back);
    this.#path.leave();
  }

  /**
   * Sees whether there may be a data race, when all is tried; yields now and then.
   * @throws {CannotTell} when there may be one
   */
  *#judge(): Generator<void, void> {
    if (!isChecking || !this.result.exhaustive) return;
    const { stepper } = this.#path;
    if (yield* this.#graph.mayRace((way, visit) => stepper.visit(way, visit))) {
      throw new CannotTell("Cannot rule out data races");
    }
  }

  /**
   * Sees what is to be done in the state where the path ends; if that is nothing, answers what follows it. With
   * `covered` all that follows was seen from another state, but for names: if nothing is to be done it was no
   * execution.
   */
  #arrive(covered: number): Future | undefined {
    const { result } = this, depth = this.#path.length, enabled = this.#execution.enabled();
    result.tasks |= enabled;
    const places = this.#places(), key = this.#names.key(places);
    if (enabled === 0) {
      this.#note(NOWHERE, NOBODY);
      this.#end(key);
      return this.#futures.ofWaiting(waitingTasks());
    }
    if (depth >= this.#depthLimit) {
      result.exhaustive = false;
      result.executions++;
      return null;
    }
    const called = this.#graph.called(this.#names.all()), awake = this.#awakeAt(depth, enabled);
    const visit = this.#visit(key, awake, enabled & ~awake, called), { state, isNew } = visit;
    const left = this.#twins.without(visit.tasks, visit.asleep, state), { renamings } = this.#graph;
    const back = renamings.between(this.#graph.calledIn(state), called);
    const future = isNew ? NO_FUTURE : this.#futures.renamed(visit.future, back);
    if (left === 0) {
      if (awake === 0 || covered !== 0) result.redundant++;
      else {
        result.executions++;
        result.known++;
      }
      if (!isNew) return future;
      // Who sleeps because its step is a fault was never seen together with those who wait here.
      const waiting = this.#futures.ofWaiting(waitingTasks());
      this.#visits.setFuture(state, waiting);
      return waiting;
    }
    this.#visits.setFuture(state, null);
    const twins = this.#twins.of(enabled & ~awake, left);
    const opened = {
      tasks: left,
      covered: twins,
      places: [...places],
      state,
      called,
      isNew,
      future,
      sleeping: isNew ? this.#futures.ofSleeping(this.#path.sleepers.at(depth)) : NO_FUTURE,
    };
    this.#open.push(new OpenState(opened, this.#futures, this.#contended));
    return undefined;
  }

  #visit(key: StateKey, awake: number, asleep: number, called: number): Visit {
    const add = () => this.#graph.addState(called, runningTasks());
    const visit = this.#visits.visit(key, awake, asleep, add);
    this.#note(visit.state, called);
    if (!visit.isNew) this.#path.sleepers.wakeOthers(this.#path.length, visit.asleep);
    this.result.states = this.#visits.states;
    return visit;
  }

  /** By task: where it stands; all that came to pass so far lets states be told apart. */
  #places(): readonly Place[] {
    const { stepper } = this.#path, places = stepper.places();
    // Which locks were taken in which order is no part of a state, nor of what is left of a path.
    if (places === null || stepper.hasCircles() || this.#owners.namesMatter) {
      throw new CannotTell("Cannot tell states apart");
    }
    return places;
  }

  /** Who can run and does not sleep. Who sleeps before a section whose lock is held does something else now. */
  #awakeAt(depth: number, enabled: number): number {
    const { sleepers } = this.#path, asleep = sleepers.asleep(depth);
    const still = asleep & ~sleepers.heldUp(depth, asleep);
    sleepers.wakeOthers(depth, still);
    return enabled & ~still;
  }

  /** Notes that the last step of the path leads to `state`, with owners `called` so. */
  #note(state: number, called: number): void {
    const { stepper, length } = this.#path, top = this.#open[this.#open.length - 1];
    const variant = top === undefined ? null : stepper.variantAt(length - 1);
    if (top === undefined || variant === null) return;
    this.#graph.addStep(top.state, state, variant.way, top.called, called);
  }

  /** An execution ends in the state of `key`. */
  #end(key: StateKey): void {
    const { result } = this;
    result.executions++;
    if (!this.#visits.end(key)) {
      result.known++;
      return;
    }
    result.states = this.#visits.states;
    const fault = this.#execution.end();
    if (fault !== undefined) result.findings.add(fault, this.#path.schedule());
    else {
      const { low, high } = this.#names.key(null);
      result.finalStates.add(`${low},${high}`);
    }
  }

  #take(task: number): KernelFault | undefined {
    this.result.steps++;
    const fault = this.#path.take(task);
    if (fault !== undefined) this.result.findings.add(fault, this.#path.schedule());
    return fault;
  }
}
