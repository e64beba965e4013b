/** All tapes of one scenario's tasks, and how a new one is recorded. */
import { endedIn } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import { topOf } from "../memory.ts";
import { type Shape, shapeOf, words } from "../objects.ts";
import { visibleChanges } from "../observe.ts";
import { WordNumbers } from "../search/kind.ts";
import { machine, resume, type TaskState } from "../task.ts";
import type { Owners } from "../alike/owners.ts";
import { Circles } from "./circles.ts";
import { copyTo } from "./copy.ts";
import { Guards, type Visit, walk } from "./guards.ts";
import { leadBy, type Place, Places } from "./place.ts";
import { checksOf } from "./play.ts";
import { type Groups, profileOf } from "./profile.ts";
import { readWay } from "./reading.ts";
import { Sharing } from "./sharing.ts";
import { Store } from "./store.ts";
import { recordTape, Tape } from "./tape.ts";
import { usesOf } from "./uses.ts";
import type { Made, Way } from "./way.ts";

/** A way that was gone for the first time, and what was in the words that it wrote. */
export interface Recorded {
  readonly way: Way;
  readonly before: readonly number[];
}

/** The tapes of tasks whose steps are cut in one way. */
export class Tapes {
  readonly sharing = new Sharing();
  readonly circles: Circles;
  readonly numbers = new WordNumbers();
  readonly #guards: Guards | null;
  #profiles = 0;
  readonly #groups: Groups = new Map();
  /** How many variants of ways there are. */
  variants = 0;
  /** `visibleChanges` when a search last began. */
  #visible = -1;
  readonly #places = new Places();
  readonly #store = new Store();
  /** Tasks whose code has run up to a place and can go on from there: a copy would take longer. */
  readonly #parked = new Map<Place, TaskState>();

  /** With `leavesRaces` nobody will ask what could be a data race; `owners` are for a search without names. */
  constructor(leavesRaces: boolean, owners: Owners | null) {
    this.circles = new Circles(owners);
    this.#guards = leavesRaces ? null : new Guards(this.sharing);
  }

  /** Does nobody ask what could be a data race? */
  get leavesRaces(): boolean {
    return this.#guards === null;
  }

  /** How many ways there are. */
  get size(): number {
    return this.#store.size;
  }

  /** The words that all ways write, each with its value. */
  get outputs(): Int32Array {
    return this.#store.outputs;
  }

  /** An execution begins: its tasks are yet to enter. */
  begin(): void {
    this.#parked.clear();
  }

  /** A search begins: other words may be visible in it. */
  seeVisible(): void {
    if (this.#visible !== visibleChanges) this.sharing.change();
    this.#visible = visibleChanges;
  }

  /** The place where `task` begins; its code will be run where no tape fits. */
  enter(task: TaskState): Place {
    const place = this.#places.root(task);
    this.#parked.set(place, task);
    return place;
  }

  /** The way on from `place` that fits memory as it is; null if none is known. */
  find(place: Place): Way | null {
    return this.#store.find(place);
  }

  /** Sees to it that what is said of `way` fits how words are shared now. */
  update(way: Way): void {
    const { sharing, numbers } = this, { ops } = this.#store;
    if (way.version === sharing.version) return;
    const isUnchanged = way.version !== 0 && sharing.isUnchanged(ops, way, way.version);
    way.version = sharing.version;
    if (isUnchanged) return;
    way.uses = usesOf(ops, way, sharing);
    way.variants = [];
    way.checks = null;
    if (this.#guards === null) return;
    const reading = readWay(ops, way, sharing, this.#guards);
    way.profile = profileOf(++this.#profiles, reading, numbers, this.#groups);
  }

  /** What the sanitizers hear of `way`, as words are shared now. */
  checksOf(way: Way): Int32Array {
    return way.checks ??= checksOf(this.#store.ops, way, this.sharing);
  }

  /** Visits the operations of `way`. */
  visit(way: Way, visit: Visit): void {
    walk(this.#store.ops, way, visit);
  }

  /**
   * Runs the code of the next step of the task at `place`, whose tasks stand as they are in `machine`.
   * @throws {Unrecordable} when the step cannot be done again; memory is then as it left it
   */
  record(place: Place): Recorded {
    const { id } = place.state, topBefore = topOf(id), task = this.#taskAt(place);
    const tape = new Tape(words, place.history.copy());
    machine.tasks[id] = task;
    recordTape(tape);
    let fault: KernelFault | null;
    try {
      fault = runStep(task);
    } finally {
      recordTape(null);
    }
    const spawned = tape.spawned.map((child) => this.enter(machine.tasks[child] as TaskState));
    const end = fault === null
      ? this.#places.standing(task, tape.history)
      : this.#places.fallen(task, tape.history);
    const way = this.#store.add(tape, {
      made: tape.allocated.map(madeAt),
      topBefore,
      topAfter: topOf(id),
      spawned,
      fault,
      start: place,
      end,
    });
    this.sharing.learn(id, tape.ops);
    this.circles.learn(id, tape.ops);
    this.#guards?.learn(this.#store.ops, way);
    leadBy(way);
    if (fault === null && !task.finished) this.#parked.set(end, task);
    return { way, before: tape.before };
  }

  /** A task that stands at `place` and whose code can go on from there. */
  #taskAt(place: Place): TaskState {
    const parked = this.#parked.get(place);
    if (parked === undefined) return copyTo(place, this.#store);
    this.#parked.delete(place);
    return parked;
  }
}

function runStep(task: TaskState): KernelFault | null {
  try {
    resume(task);
    return null;
  } catch (error) {
    return endedIn(error, task);
  }
}

/** The object at `base`, which a step has just made. */
function madeAt(base: number): Made {
  const shape = shapeOf[base] as Shape;
  return { base, shape, words: words.slice(base, base + shape.words) };
}
