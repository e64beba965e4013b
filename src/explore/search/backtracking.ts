/** The path of a reduced search: how it is run, and where it turns; see reduced.ts. */
import { KnownStates } from "../cache/known.ts";
import type { Execution } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import { recordPeeks } from "../objects.ts";
import type { Bounds } from "../scenario.ts";
import { isEnabled, LOCK, machine, type TaskState, WAIT } from "../task.ts";
import { lowest } from "./bits.ts";
import { Endings } from "./endings.ts";
import { type Branch, branchOf } from "./estimate.ts";
import { givesBetween, heldUp, neededInside, sectionsBeforeTaken } from "./held_up.ts";
import { Order } from "./order.ts";
import { MAX_DEPTH, Plan } from "./plan.ts";
import { Reversal } from "./reversal.ts";
import { nothingYet } from "./search.ts";
import { stepperFor } from "../tape/choice.ts";
import { type Stepper, stoodBefore } from "./stepper.ts";
import type { Footprint } from "../footprint.ts";
import { Sleepers } from "./sleepers.ts";

/** A part of the search: all that goes on from its first steps and is not in an earlier part. */
export interface ReducedPart {
  /** By depth: the task of the step, and who was enabled. */
  readonly tasks: readonly number[];
  readonly enabled: readonly number[];
  /** Who sleeps after these steps, and what the next step of each touches. */
  readonly asleep: readonly (readonly [task: number, footprint: Footprint])[];
}

/** The long arrays of a search that has ended, for the next one: parts are many and short. */
let spare: { readonly sleepers: Sleepers; readonly order: Order } | null = null;

/** A search under way. */
export class Backtracking {
  readonly result = nothingYet();
  readonly #execution: Execution;
  readonly #stepper: Stepper;
  readonly #endings: Endings;
  readonly #depthLimit: number;
  /** By depth: the task of the step there, and who was enabled. */
  readonly #taskAt = new Int32Array(MAX_DEPTH);
  readonly #enabledAt = new Int32Array(MAX_DEPTH);
  readonly #sleepers: Sleepers;
  readonly #order: Order;
  readonly #reversal: Reversal;
  /** Who is to be tried at each depth. */
  readonly #plan: Plan;
  /** By depth: what the step there touched of words that were not shared, and `sharing` then. */
  readonly #restAt: Footprint[] = [];
  readonly #sharingAt: number[] = [];
  /** A mask of the tasks that exist in the current execution, and by depth, before the step there. */
  #existing = 0;
  readonly #existingAt = new Int32Array(MAX_DEPTH);
  /** Steps on the current path; those before the last are replayed as they are. */
  #length = 0;
  /** Steps that are not this search's to change. */
  #floor = 0;
  #isStarted = false;
  /** Where schedules are cut off, and the parts that begin there. */
  #cut = -1;
  #parts: ReducedPart[] = [];

  readonly #known: KnownStates;

  /** A cache is of no use once `isClean` says that a data race was found. */
  constructor(execution: Execution, bounds: Bounds, isClean = () => true) {
    this.#execution = execution;
    this.#stepper = stepperFor(execution);
    this.#endings = new Endings(execution);
    this.#depthLimit = Math.min(bounds.depth ?? MAX_DEPTH - 1, MAX_DEPTH - 1);
    this.#stepper.begin();
    const { numbers } = this.#stepper;
    this.#sleepers = spare?.sleepers ?? new Sleepers(MAX_DEPTH);
    this.#order = spare?.order ?? new Order(MAX_DEPTH, numbers);
    spare = null;
    this.#order.begin(numbers);
    this.#reversal = new Reversal(this.#order);
    this.#plan = new Plan(this.#order, this.#reversal, this.#sleepers, {
      taskAt: this.#taskAt,
      enabledAt: this.#enabledAt,
      restAt: this.#restAt,
    });
    this.#sleepers.begin();
    this.#known = new KnownStates({
      stepper: this.#stepper,
      order: this.#order,
      plan: this.#plan,
      sleepers: this.#sleepers,
      result: this.result,
      enabledAt: this.#enabledAt,
      isClean,
    });
  }

  /** Gives the long arrays back. */
  end(): void {
    this.#known.drop();
    spare = { sleepers: this.#sleepers, order: this.#order };
  }

  /** Caches the states that it comes to from now on, unless something was found. */
  startCaching(): void {
    if (!this.#known.canStart) return;
    this.#stepper.keepState(true);
    // What the next execution shares with the last is run again, now that states are told apart.
    if (this.#isStarted) this.#enterAgain(this.#length - 2);
    this.#known.start();
  }

  /** Cuts every schedule off at `depth` and adds what begins there to `parts`. */
  cutAt(depth: number, parts: ReducedPart[]): void {
    this.#cut = depth;
    this.#parts = parts;
  }

  /** Explores only what begins with the steps of `part`. */
  startWith({ tasks, enabled, asleep }: ReducedPart): void {
    this.#length = this.#floor = tasks.length;
    this.#taskAt.set(tasks);
    this.#enabledAt.set(enabled);
    this.#plan.tasksAt.set(enabled);
    this.#plan.asleepAt.fill(0, 0, tasks.length);
    for (const [task, footprint] of asleep) {
      const kind = this.#stepper.numbers.kind(footprint);
      this.#sleepers.put(this.#floor, task, kind, NOTHING, -1);
    }
  }

  /** Replays the current path and goes on from its last step until nothing is left to run. */
  runOnce(): void {
    const planned = this.#length;
    const firstNew = this.#isStarted ? planned - 1 : 0;
    this.#isStarted = true;
    this.#stepper.backTo(firstNew);
    this.result.steps += firstNew;
    this.#order.undoTo(firstNew);
    this.#existing = firstNew === 0 ? 0 : this.#existingAt[firstNew] as number;
    if (firstNew === 0) this.#noteSpawned(-1);
    for (let depth = firstNew; depth < planned || this.#extend(depth); depth++) {
      if (!this.#stepNew(depth)) return;
    }
  }

  /** Runs the planned step at `depth` for the first time; false if it ended in a fault. */
  #stepNew(depth: number): boolean {
    const task = this.#taskAt[depth] as number;
    this.result.steps++;
    const fault = this.#enterShared(depth);
    this.#restAt[depth] = this.#stepper.rest();
    this.#sharingAt[depth] = this.#stepper.sharing();
    this.#plan.enter(depth);
    this.#reverseRaces(depth);
    if (depth >= this.#floor) {
      const { numbers } = this.#stepper, sharing = this.#stepper.sharing();
      this.#sleepers.carry(depth, task, this.#order.kindOf(depth), sharing, numbers);
      this.#reverseAsleep(depth);
    }
    if (fault !== undefined) this.#endInFault(fault, depth);
    return fault === undefined;
  }

  /** Runs the step at `depth`, and the path up to it again if more words are shared by then. */
  #enterShared(depth: number): KernelFault | undefined {
    const sharing = this.#stepper.sharing(), fault = this.#enter(depth);
    return sharing === this.#stepper.sharing() ? fault : this.#enterAgain(depth);
  }

  /** Runs the present path again, up to the step at `last`. */
  #enterAgain(last: number): KernelFault | undefined {
    this.#stepper.backTo(0);
    this.#order.undoTo(0);
    this.#existing = 0;
    this.#noteSpawned(-1);
    let fault: KernelFault | undefined;
    for (let depth = 0; depth <= last; depth++) fault = this.#enter(depth);
    return fault;
  }

  /** Runs the step at `depth` and enters what it did. */
  #enter(depth: number): KernelFault | undefined {
    const task = this.#taskAt[depth] as number, ahead = machine.tasks[task] as TaskState;
    const stood = stoodBefore(ahead), spawnedBefore = ahead.spawned;
    if (stood.waited !== undefined) this.#stepper.share(stood.waited);
    this.#existingAt[depth] = this.#existing;
    const fault = this.#stepper.step(task, stood);
    this.#order.add(depth, task, this.#stepper.kind(), stood);
    if (machine.tasks[task]?.spawned !== spawnedBefore) this.#noteSpawned(depth);
    return fault;
  }

  /**
   * Takes note of the tasks that the step at `depth` made. Their ids were given out in the order of
   * the first execution, so a task may be made after one with a higher id.
   */
  #noteSpawned(depth: number): void {
    for (let id = 0; id < machine.tasks.length; id++) {
      if (machine.tasks[id] === undefined || (this.#existing >> id & 1) === 1) continue;
      this.#existing |= 1 << id;
      if (depth >= 0) this.#order.spawned(id, depth);
    }
  }

  /** Chooses the step at `depth`; false at the end of the execution. */
  #extend(depth: number): boolean {
    const enabled = this.#execution.enabled();
    this.#known.arrive();
    if (enabled === 0) {
      this.#end(depth);
      return false;
    }
    const asleep = this.#sleepers.asleep(depth);
    // Who sleeps before a section whose lock somebody is stuck with does something else now.
    const awake = enabled & ~asleep || enabled & this.#sleepers.heldUp(depth, asleep);
    if (awake === 0) {
      this.result.redundant++;
      // Whoever sleeps because its step is a fault was never seen together with those blocked here.
      this.#reverseBlocked(depth);
      return false;
    }
    if (depth === this.#cut) {
      this.#parts.push({
        tasks: [...this.#taskAt.subarray(0, depth)],
        enabled: [...this.#enabledAt.subarray(0, depth)],
        asleep: this.#sleepers.at(depth),
      });
      return false;
    }
    if (depth >= this.#depthLimit) {
      this.#known.end();
      this.result.exhaustive = false;
      this.result.executions++;
      return false;
    }
    if (this.#known.has(depth)) return false;
    const last = depth > 0 ? this.#taskAt[depth - 1] as number : -1;
    const task = last >= 0 && (awake >> last & 1) === 1 ? last : lowest(awake);
    this.result.tasks |= enabled;
    this.#taskAt[depth] = task;
    this.#enabledAt[depth] = enabled;
    this.#plan.asleepAt[depth] = asleep;
    this.#plan.tasksAt[depth] = depth < this.#cut ? enabled : 1 << task;
    this.#length = depth + 1;
    return true;
  }

  /** The choices on the current path. */
  branches(): Branch[] {
    const found: Branch[] = [];
    for (let depth = this.#floor; depth < this.#length; depth++) {
      const planned = this.#plan.tasksAt[depth] as number, tried = this.#sleepers.asleep(depth);
      found.push(branchOf(this.#taskAt[depth] as number, planned, tried));
    }
    return found;
  }

  /** Moves to the next step to try, deepest first; false when there is none. */
  backtrack(): boolean {
    for (let depth = this.#length - 1; depth >= this.#floor; depth--) {
      const tried = this.#taskAt[depth] as number;
      this.#known.add(depth);
      this.#sleepers.put(
        depth,
        tried,
        this.#order.kindOf(depth),
        this.#restAt[depth] as Footprint,
        this.#sharingAt[depth] as number,
      );
      const left = (this.#plan.tasksAt[depth] as number) & ~this.#sleepers.asleep(depth);
      if (left === 0) {
        this.#known.close(depth);
        continue;
      }
      this.#taskAt[depth] = lowest(left);
      this.#length = depth + 1;
      return true;
    }
    return false;
  }

  /** For every race that ends in the step at `depth`, sees to it that the other order is run. */
  #reverseRaces(depth: number): void {
    const count = this.#reversal.racesOf(depth, this.#enabledAt);
    for (let at = 0; at < count; at++) {
      const earlier = this.#reversal.raceAt(at);
      this.#plan.reverse(earlier, depth);
      this.#plan.tryEach(heldUp(this.#order, earlier, depth));
      if (this.#order.kindOf(depth).hasNear) {
        for (const give of givesBetween(this.#order, earlier, depth)) {
          this.#plan.reverse(earlier, give, depth + 1);
        }
      }
    }
    this.#plan.tryEach(neededInside(this.#order, depth));
  }

  /**
   * A give that sleeps may be NEAR after the step at `depth`. When it was explored it was not, since takes have come in
   * between: so it was not seen then that it depends on these.
   */
  #reverseAsleep(depth: number): void {
    const near = this.#sleepers.near(depth + 1, this.#order.kindOf(depth));
    for (let rest = near; rest !== 0; rest &= rest - 1) {
      const task = lowest(rest);
      for (
        let at = depth;
        at >= this.#floor && (this.#sleepers.asleep(at) >> task & 1) === 1;
        at--
      ) {
        if (!this.#sleepers.sawTake(at, task, this.#order.kindOf(at))) continue;
        this.#plan.reverseAsleep(at, task, depth + 1);
      }
    }
  }

  #end(depth: number): void {
    this.result.executions++;
    this.#reverseBlocked(depth);
    const ending = this.#endings.judge();
    if (ending.fault !== undefined) this.#known.end();
    if (ending.fault === undefined) this.result.finalStates.add(ending.state);
    else this.result.findings.add(ending.fault, this.#taskAt, depth);
  }

  #endInFault(fault: KernelFault, depth: number): void {
    this.#known.end();
    this.result.executions++;
    this.result.findings.add(fault, this.#taskAt, depth + 1);
    this.#plan.tasksAt[depth] = (this.#plan.tasksAt[depth] as number) |
      (this.#enabledAt[depth] as number);
    this.#reverseBlocked(depth + 1, this.#enabledAt[depth] as number);
  }

  /**
   * Blocked tasks race with those who block them, though the step that they stand before never ran.
   * So do those who were not among the `enabled` before the last step, a fault that made way for them.
   */
  #reverseBlocked(depth: number, enabled = -1): void {
    this.#shareWaited(depth);
    for (const task of machine.tasks) {
      if (task === undefined || task.finished) continue;
      if (isEnabled(task) && (enabled >> task.id & 1) === 1) continue;
      for (const { lock } of task.held) {
        this.#plan.tryEach(sectionsBeforeTaken(this.#order, lock.address + 1));
      }
      const words = task.pending === LOCK ? [task.word] : recordPeeks(task.ready).words;
      for (const earlier of this.#reversal.blockersOf(task.id, words, task.pending === LOCK)) {
        this.#plan.reverseBlocked(earlier, task.id, depth);
      }
    }
  }

  /** What tasks wait for counts as shared: who wrote it matters although nobody has read it. */
  #shareWaited(depth: number): void {
    const sharing = this.#stepper.sharing();
    for (const task of machine.tasks) {
      if (task === undefined || task.finished || task.pending !== WAIT) continue;
      this.#stepper.share(recordPeeks(task.ready).words);
    }
    if (sharing !== this.#stepper.sharing()) this.#enterAgain(depth - 1);
  }
}

/** A footprint of nothing. */
const NOTHING: Footprint = new Int32Array(0);
