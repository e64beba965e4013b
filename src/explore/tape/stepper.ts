/**
 * Moves along a path by tapes: a step that a task took before from where it stands, on what memory
 * holds, is done again from its tape. Only where none fits does kernel code run, under a new tape.
 *
 * Memory, the tasks and what the sanitizers remember are put back step by step when a search turns
 * back, so that the beginning which two executions share is run once.
 *
 * The live stepper is the truth that this one is held against: see tests/explore/tape_test.ts.
 */
import type { Execution } from "../execution.ts";
import type { KernelFault } from "../fault.ts";
import { forgetTakes, takesHash } from "../counts.ts";
import type { Footprint } from "../footprint.ts";
import { journalMark, takeBack, trail } from "../journal.ts";
import { forgetLinks, linksHash } from "../links.ts";
import { demotionsMade, type Shape, shapeOf } from "../objects.ts";
import { beginStep, copyFootprint, watch } from "../observe.ts";
import { isChecking } from "../races.ts";
import type { Kind, WordNumbers } from "../search/kind.ts";
import type { StoodBefore } from "../search/order.ts";
import { type Listener, LiveStepper, type StateKey, type Stepper } from "../search/stepper.ts";
import { machine } from "../task.ts";
import { Doubts } from "./doubts.ts";
import { Ground } from "./ground.ts";
import { scrambled } from "./history.ts";
import type { Visit } from "./guards.ts";
import type { Place } from "./place.ts";
import { play } from "./play.ts";
import { RunningHash } from "./running_hash.ts";
import { Unrecordable } from "./tape.ts";
import { Tapes } from "./tapes.ts";
import { newVariant, useAll, useOpen, type Variant, variantIn } from "./uses.ts";
import type { Way } from "./way.ts";

const NOTHING: Footprint = new Int32Array(0);
const NO_WORDS: readonly number[] = [];
/** What `state` answers: one for all, since it is asked for at each step. */
const key = { low: 0, high: 0 };

/** What `sharing` answers once there are no tapes. */
const NO_TAPES = -1;

/** Most steps of a path of which it asks whether the sanitizers have to hear of them. */
const MAX_DEPTH = 1 << 10;

/** What was noted of the object at `base` and matters to footprints matters no more: it was freed. */
function forget(base: number): void {
  const { words: size } = shapeOf[base] as Shape;
  forgetTakes(base, size);
  forgetLinks(base, size);
}

const lines = new Map<string, number>();

/** A number for a line of the kernel log. */
function numberOf(line: string): number {
  let number = lines.get(line);
  if (number === undefined) lines.set(line, number = scrambled(lines.size + 1));
  return number;
}

/** Steps by tapes, as far as there are any. */
export class TapedStepper implements Stepper {
  readonly #execution: Execution;
  #tapes: Tapes;
  /** `demotionsMade` when the tapes came to be: with other scheduling points steps are others. */
  #points = -1;
  readonly #ground = new Ground();
  /** By depth: the way that was gone and how, and where the trail and the log ended before it. */
  readonly #ways: Way[] = [];
  readonly #variants: Variant[] = [];
  readonly #marks: number[] = [];
  readonly #logs: number[] = [];
  /** Of how many steps the sanitizers know; by depth, where their journal ended before one of these. */
  #told = 0;
  readonly #toldMarks: number[] = [];
  #doubts = new Doubts(MAX_DEPTH);
  /** Of the state where the path ends; null unless somebody asks for it. */
  #hash: RunningHash | null = null;
  /** Which of the execution's beginnings this path has; -1 if it has come to nothing. */
  #beginning = -1;
  /** Steps without tapes, once code has run that cannot be recorded. */
  #fallback: Stepper | null = null;

  constructor(execution: Execution) {
    this.#execution = execution;
    this.#tapes = new Tapes(false, execution.owners);
  }

  get numbers(): WordNumbers {
    return this.#fallback === null ? this.#tapes.numbers : this.#fallback.numbers;
  }

  begin(leavesRaces = false): void {
    if (this.#fallback !== null) return;
    const isOther = this.#points !== demotionsMade || this.#tapes.leavesRaces !== leavesRaces;
    // With other scheduling points steps are others, and an execution that begins anew knows no host
    // values of an earlier one.
    if (isOther || this.#beginning !== this.#execution.beginnings) {
      this.#points = demotionsMade;
      this.#tapes = new Tapes(leavesRaces, this.#execution.owners);
      this.#doubts = new Doubts(MAX_DEPTH);
      this.#beginning = -1;
    }
    this.#tapes.seeVisible();
  }

  backTo(depth: number): void {
    if (this.#fallback !== null) return this.#fallback.backTo(depth);
    if (this.#beginning !== this.#execution.beginnings) this.#begin();
    const { outputs } = this.#tapes;
    while (this.#ways.length > depth) this.#ground.undo(this.#ways.pop() as Way, outputs);
    if (depth < this.#marks.length) {
      trail.takeBack(this.#marks[depth] as number);
      machine.log.length = this.#logs[depth] as number;
      this.#marks.length = this.#logs.length = depth;
    }
    if (depth < this.#told) {
      takeBack(this.#toldMarks[depth] as number);
      this.#told = depth;
    }
    this.#doubts.undoTo(depth);
    this.#ground.listener?.backTo(depth);
    this.#execution.cutPath(depth);
    watch(true);
  }

  step(task: number, stood: StoodBefore): KernelFault | undefined {
    if (this.#fallback !== null) return this.#fallback.step(task, stood);
    const beginning = this.#beginning;
    this.#beginning = -1;
    try {
      const fault = this.#step(task, stood);
      this.#beginning = beginning;
      return fault;
    } catch (error) {
      if (!(error instanceof Unrecordable)) throw error;
      this.#fallback = new LiveStepper(this.#execution, this.#tapes.numbers);
      this.#fallback.backTo(this.#marks.length - 1);
      return this.#fallback.step(task, stood);
    }
  }

  kind(): Kind {
    if (this.#fallback !== null) return this.#fallback.kind();
    return (this.#variants[this.#ways.length - 1] as Variant).kind;
  }

  rest(): Footprint {
    if (this.#fallback !== null) return NOTHING;
    return (this.#ways[this.#ways.length - 1] as Way).uses.rest;
  }

  size(): number {
    return this.#fallback === null ? this.#tapes.size : 0;
  }

  standing(): string | null {
    if (this.#fallback !== null) return null;
    let places = "";
    for (const task of machine.tasks) {
      if (task === undefined) continue;
      places += task.finished
        ? `${task.id}.`
        : `${task.id}:${(this.#ground.at[task.id] as Place).id}.`;
    }
    return places;
  }

  places(): readonly Place[] | null {
    return this.#fallback === null ? this.#ground.at : null;
  }

  variantAt(depth: number): Variant | null {
    return this.#fallback === null ? this.#variants[depth] as Variant : null;
  }

  visit(way: Way, visit: Visit): void {
    this.#tapes.visit(way, visit);
  }

  tell(listener: Listener): void {
    this.#ground.listener = listener;
  }

  keepState(on: boolean): void {
    if (this.#fallback === null && on) this.backTo(0);
    this.#ground.listener = this.#hash = on ? new RunningHash() : null;
  }

  state(): StateKey | null {
    if (this.#fallback !== null || this.#hash === null) return null;
    let low = this.#hash.low ^ takesHash(), high = this.#hash.high ^ linksHash();
    const { tasks } = machine, { at: places } = this.#ground;
    for (let task = 0; task < tasks.length; task++) {
      if (tasks[task] === undefined) continue;
      low = scrambled(low + (places[task] as Place).id | 0);
      high = scrambled(high ^ (places[task] as Place).id);
    }
    for (let at = 0; at < machine.log.length; at++) {
      low = low + numberOf(machine.log[at] as string) | 0;
    }
    key.low = low;
    key.high = high;
    return key;
  }

  hasCircles(): boolean {
    return this.#fallback !== null || this.#tapes.circles.possible;
  }

  isQuiet(): boolean {
    return !this.hasCircles() && !this.#doubts.tellsAll;
  }

  isOrdered(task: number, depth: number): boolean {
    return !isChecking || this.#doubts.isAfter(task, depth);
  }

  share(words: readonly number[]): void {
    for (const address of words) this.#tapes.sharing.share(address);
  }

  sharing(): number {
    // Without tapes all words are told of, those of the steps so far too.
    if (this.#fallback !== null) return NO_TAPES;
    return this.#tapes.sharing.version;
  }

  #begin(): void {
    this.#execution.begin();
    this.#beginning = this.#execution.beginnings;
    this.#ways.length = this.#marks.length = this.#logs.length = 0;
    this.#told = 0;
    this.#doubts.undoTo(0);
    this.#ground.begin();
    this.#tapes.begin();
    for (const task of machine.tasks) this.#ground.stand(task.id, this.#tapes.enter(task));
  }

  #step(task: number, stood: StoodBefore): KernelFault | undefined {
    const place = this.#ground.at[task] as Place, sharing = this.sharing();
    this.#marks.push(trail.mark());
    this.#logs.push(machine.log.length);
    this.#execution.beginStep(task);
    this.#ground.listener?.beginStep();
    const gone = this.#go(place);
    this.#tapes.update(gone);
    const variant = this.#variants[this.#ways.length - 1] = this.#variantOf(gone, stood);
    if (this.#hash !== null) {
      for (let at = 0; at < gone.freed.length; at++) forget(gone.freed[at] as number);
    }
    // Of words that came to be shared by this step the steps before did not tell; the search runs them again.
    if (this.#isHeard(task, gone, variant) && sharing === this.sharing()) this.#tellChecks();
    return gone.fault ?? this.#execution.checkState();
  }

  /** Goes the way on from `place` that fits, or a new one; answers which. */
  #go(place: Place): Way {
    const known = this.#tapes.find(place);
    if (known !== null) {
      this.#ways.push(known);
      this.#ground.go(known, this.#tapes.outputs);
      return known;
    }
    const { way, before } = this.#tapes.record(place);
    this.#ways.push(way);
    this.#ground.follow(way, before, this.#tapes.outputs);
    return way;
  }

  /** Must the sanitizers hear of the step that has just run? */
  #isHeard(task: number, way: Way, { kind }: Variant): boolean {
    if (!isChecking || this.#tapes.leavesRaces) return this.#tapes.circles.possible;
    if (this.#doubts.tellsAll) return true;
    const isInDoubt = this.#doubts.enter(task, way.profile, kind);
    for (let at = 0; at < way.spawned.length; at++) {
      this.#doubts.spawned((way.spawned[at] as Place).state.id);
    }
    return isInDoubt || this.#tapes.circles.possible;
  }

  /** Adds to the trail what the step did that went `way`. */
  #variantOf(way: Way, { waited, stays }: StoodBefore): Variant {
    const mark = this.#marks[this.#marks.length - 1] as number;
    useOpen(way.uses, waited);
    const known = variantIn(way.variants);
    if (known !== undefined) return known;
    trail.takeBack(mark);
    useAll(way.uses, waited);
    const kind = this.numbers.kind(copyFootprint(), stays ? undefined : waited);
    const variant = newVariant({
      id: this.#tapes.variants++,
      way,
      waited: waited ?? NO_WORDS,
      kind,
    });
    way.variants.push(variant);
    return variant;
  }

  /** Tells the sanitizers of the steps of which they do not know. */
  #tellChecks(): void {
    for (; this.#told < this.#ways.length; this.#told++) {
      const way = this.#ways[this.#told] as Way;
      this.#toldMarks[this.#told] = journalMark();
      beginStep(way.start.state.id);
      this.#tapes.update(way);
      play(this.#tapes.checksOf(way), isChecking, (this.#variants[this.#told] as Variant).nears);
    }
  }
}
