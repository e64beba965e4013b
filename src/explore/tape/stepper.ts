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
import type { Footprint } from "../footprint.ts";
import { grown, journalMark, takeBack } from "../journal.ts";
import { setTop } from "../memory.ts";
import {
  demotionsMade,
  FREED,
  isLaidOut,
  LIVE,
  occupy,
  stateOf,
  UNUSED,
  words,
} from "../objects.ts";
import { beginStep, copyFootprint, isFootprint, watch } from "../observe.ts";
import { LiveStepper, type Stepper } from "../search/stepper.ts";
import { showObject } from "../struct.ts";
import { machine } from "../task.ts";
import type { Place } from "./place.ts";
import { play } from "./play.ts";
import { Unrecordable } from "./tape.ts";
import { Tapes } from "./tapes.ts";
import type { Way } from "./way.ts";

const NOTHING: Footprint = new Int32Array(0);

/** What `sharing` answers once there are no tapes. */
const NO_TAPES = -1;

/** Steps by tapes, as far as there are any. */
export class TapedStepper implements Stepper {
  readonly #execution: Execution;
  #tapes = new Tapes();
  /** `demotionsMade` when the tapes came to be: with other scheduling points steps are others. */
  #points = -1;
  /** By task: where it stands. */
  readonly #at: Place[] = [];
  /** By depth: the way that was gone, and where the journal and the log ended before it. */
  readonly #ways: Way[] = [];
  readonly #marks: number[] = [];
  readonly #logs: number[] = [];
  /** What was in the words that the steps wrote, in the order of their ways' outputs. */
  #before = new Int32Array(1 << 12);
  #top = 0;
  /** Which of the execution's beginnings this path has; -1 if it has come to nothing. */
  #beginning = -1;
  /** Steps without tapes, once code has run that cannot be recorded. */
  #fallback: Stepper | null = null;

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  backTo(depth: number): void {
    if (this.#fallback !== null) return this.#fallback.backTo(depth);
    if (this.#beginning !== this.#execution.beginnings) this.#begin();
    while (this.#ways.length > depth) this.#undo(this.#ways.pop() as Way);
    if (depth < this.#marks.length) {
      takeBack(this.#marks[depth] as number);
      machine.log.length = this.#logs[depth] as number;
      this.#marks.length = this.#logs.length = depth;
    }
    this.#execution.cutPath(depth);
    watch(true);
  }

  step(task: number): KernelFault | undefined {
    if (this.#fallback !== null) return this.#fallback.step(task);
    const beginning = this.#beginning;
    this.#beginning = -1;
    try {
      const fault = this.#step(task);
      this.#beginning = beginning;
      return fault;
    } catch (error) {
      if (!(error instanceof Unrecordable)) throw error;
      this.#fallback = new LiveStepper(this.#execution);
      this.#fallback.backTo(this.#marks.length - 1);
      return this.#fallback.step(task);
    }
  }

  footprint(): Footprint {
    if (this.#fallback !== null) return this.#fallback.footprint();
    const way = this.#ways[this.#ways.length - 1] as Way;
    if (!isFootprint(way.footprint)) way.footprint = copyFootprint();
    return way.footprint;
  }

  rest(): Footprint {
    if (this.#fallback !== null) return NOTHING;
    return (this.#ways[this.#ways.length - 1] as Way).rest;
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
    this.#ways.length =
      this.#marks.length =
      this.#logs.length =
      this.#at.length =
      this.#top =
        0;
    if (this.#points !== demotionsMade) this.#tapes = new Tapes();
    this.#points = demotionsMade;
    this.#tapes.begin();
    for (const task of machine.tasks) this.#stand(task.id, this.#tapes.enter(task));
  }

  #step(task: number): KernelFault | undefined {
    const place = this.#at[task] as Place, way = this.#tapes.find(place);
    this.#marks.push(journalMark());
    this.#logs.push(machine.log.length);
    this.#execution.beginStep(task);
    if (way === null) this.#record(place);
    else {
      this.#go(way);
      this.#play(way);
    }
    const { fault } = this.#ways[this.#ways.length - 1] as Way;
    return fault ?? this.#execution.checkState();
  }

  #play(way: Way): void {
    this.#tapes.update(way);
    play(this.#tapes.ops, way.played, way.playedEnd);
  }

  /**
   * Runs the code of the next step of the task at `place`, and makes what it does a way. What it tells
   * is taken back and played, as it is of every other step: words that came to be shared by it were
   * not told of before. In that case the search runs the path again.
   */
  #record(place: Place): void {
    const mark = journalMark(), sharing = this.sharing();
    const { way, before } = this.#tapes.record(place);
    if (sharing === this.sharing()) {
      takeBack(mark);
      beginStep(place.state.id);
      this.#play(way);
    }
    this.#makeRoom(before.length);
    for (const value of before) this.#before[this.#top++] = value;
    this.#ways.push(way);
    for (const child of way.spawned) this.#stand(child.state.id, child);
    this.#stand(place.state.id, way.end);
  }

  #stand(task: number, place: Place): void {
    this.#at[task] = place;
    machine.tasks[task] = place.state;
  }

  /** Does to memory and the tasks what `way` did. */
  #go(way: Way): void {
    const { made, freed, spawned, start: { state: { id } } } = way, { outputs } = this.#tapes;
    this.#ways.push(way);
    this.#makeRoom(way.outputsEnd - way.outputs);
    const before = this.#before;
    let top = this.#top;
    for (let at = way.outputs; at < way.outputsEnd; at += 2) {
      const address = outputs[at] as number;
      before[top++] = words[address] as number;
      words[address] = outputs[at + 1] as number;
    }
    this.#top = top;
    for (const { base, shape, words: content } of made) {
      if (!isLaidOut(base, shape)) showObject(base, shape);
      occupy(base, shape);
      words.set(content, base);
    }
    for (const base of freed) stateOf[base] = FREED;
    setTop(id, way.topAfter);
    for (const line of way.log) machine.log.push(line);
    for (const child of spawned) this.#stand(child.state.id, child);
    this.#stand(id, way.end);
  }

  #undo(way: Way): void {
    const { made, freed, spawned, start, topBefore } = way, { outputs } = this.#tapes;
    let top = this.#top -= (way.outputsEnd - way.outputs) >> 1;
    for (let at = way.outputs; at < way.outputsEnd; at += 2) {
      words[outputs[at] as number] = this.#before[top++] as number;
    }
    for (const base of freed) stateOf[base] = LIVE;
    for (const { base } of made) stateOf[base] = UNUSED;
    setTop(start.state.id, topBefore);
    for (const { state: { id } } of spawned) delete machine.tasks[id];
    this.#stand(start.state.id, start);
  }

  #makeRoom(count: number): void {
    if (this.#top + count > this.#before.length) this.#before = grown(this.#before, count);
  }
}
