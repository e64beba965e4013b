/** The states that a search came to and the steps between them, to see whether there is a data race on any path. */
import { grown } from "../journal.ts";
import type { Way } from "../tape/way.ts";
import { Accesses } from "./accesses.ts";
import { type Deeds, deedsOf, learnFrom, type VisitWay } from "./deeds.ts";
import { type Facts, Flow, NO_FACTS } from "./flow.ts";
import { Knowers } from "./knowers.ts";
import { LooseWords } from "./loose.ts";
import { EMPTY } from "./numbers.ts";
import type { Owners } from "./owners.ts";
import { IDENTITY, Renamings } from "./renamings.ts";

/** Stands for a state from which there are no steps. */
export const NOWHERE = -1;

const UNCHANGED = -1, DOUBT = -2;

const NO_TWINS: readonly number[] = [];

/**
 * Numbers for each step: from which state, to which, by which way; the renaming of what is known of the first
 * state into the names that the step was taken in, and from these into what is known of the second.
 */
const STEP = 5;

/** By state, where its steps are among all. */
type ByState = (number[] | undefined)[];

/** States and steps of one scenario. */
export class Graph {
  readonly #all: Owners;
  /** Between what owners are called here and there. */
  readonly renamings: Renamings;
  readonly #ways: Way[] = [];
  readonly #numbers = new Map<Way, number>();
  #steps = new Int32Array(STEP << 8);
  #count = 0;
  /** By state: what owners are called there, and which tasks have not ended. */
  readonly #names: number[] = [];
  readonly #running: number[] = [];
  /** By state: renamings that put twins in each other's place. */
  readonly #twins: (number[] | undefined)[] = [];

  constructor(all: Owners) {
    this.#all = all;
    this.renamings = new Renamings(all);
  }

  /** A number for what owners are called: `names` has it by owner. */
  called(names: readonly number[]): number {
    return this.renamings.names(names);
  }

  /** Adds a state where owners are `called` so, and these tasks run; answers its number. */
  addState(called: number, running: number): number {
    this.#running.push(running);
    return this.#names.push(called) - 1;
  }

  /** What owners are called in what is known of the state. */
  calledIn(state: number): number {
    return this.#names[state] as number;
  }

  /** Renamings of what is known of the state that put two of whom it makes no difference in each other's place. */
  twinsIn(state: number): readonly number[] {
    return this.#twins[state] ?? NO_TWINS;
  }

  /**
   * Adds a step by `way`. When it was taken the owners were called as `before` says, and as `after` says after
   * it: by that who they are in what is known of the two states is told.
   */
  addStep(from: number, to: number, way: Way, before: number, after: number): void {
    const renamings = this.renamings, known = this.#names;
    const back = renamings.between(known[from] as number, before);
    const on = to === NOWHERE ? IDENTITY : renamings.between(after, known[to] as number);
    this.#push(from, to, this.#numberOf(way), back, on);
  }

  /**
   * Adds that the state, where owners are now called `names`, is the same with two of them in each other's place.
   * A search needs to take the steps of one of them alone: so what is known of accesses of either is known of
   * the other's.
   */
  addTwins(state: number, names: readonly number[], one: number, other: number): void {
    const renamings = this.renamings, known = this.#names[state] as number;
    const first = names[one - 1] as number, second = names[other - 1] as number;
    const swapped = renamings.namesAt(known).map((name) =>
      name === first ? second : name === second ? first : name
    );
    const swap = renamings.between(known, renamings.names(swapped));
    const twins = this.#twins[state] ??= [];
    if (!twins.includes(swap)) twins.push(swap);
  }

  #push(from: number, to: number, way: number, back: number, on: number): void {
    const at = this.#count++ * STEP;
    if (at + STEP > this.#steps.length) this.#steps = grown(this.#steps);
    const steps = this.#steps;
    steps[at] = from;
    steps[at + 1] = to;
    steps[at + 2] = way;
    steps[at + 3] = back;
    steps[at + 4] = on;
  }

  /** May there be a data race on a path? Yields now and then. */
  *mayRace(visitWay: VisitWay): Generator<void, boolean> {
    const renamings = this.renamings, loose = new LooseWords(this.#all);
    for (const way of this.#ways) learnFrom(way, visitWay, loose);
    // What locks order makes for longer work, and is seldom asked for.
    for (const bySections of [false, true]) {
      yield;
      const accesses = new Accesses(renamings), knowers = new Knowers(renamings);
      const known = { loose, accesses, knowers };
      const deeds = this.#ways.map((way) => deedsOf(way, visitWay, known, bySections));
      if (!(yield* this.#flow(new Flow(accesses, knowers, renamings), deeds))) return false;
    }
    return true;
  }

  /** Lets facts flow; answers whether there is a doubt. */
  *#flow(flow: Flow, deeds: readonly Deeds[]): Generator<void, boolean> {
    const steps = this.#stepsByState(), facts: (Facts | undefined)[] = [NO_FACTS];
    const order = this.#inOrder(steps), isOpen = new Uint8Array(steps.length);
    isOpen[0] = 1;
    // Where steps lead around in circles, states are seen more than once.
    for (let left = 1, seen = 0; left > 0;) {
      for (const state of order) {
        if (isOpen[state] === 0) continue;
        isOpen[state] = 0;
        left--;
        this.#spread(state, flow, facts);
        for (const step of steps[state] ?? []) {
          const to = this.#flowAlong(step, flow, facts, deeds);
          if (to === DOUBT) return true;
          if (to === UNCHANGED || isOpen[to] === 1) continue;
          isOpen[to] = 1;
          left++;
        }
        if ((++seen & 0xff) === 0) yield;
      }
    }
    return false;
  }

  /** States in an order in which, but for circles, each comes after those that lead to it (reverse postorder). */
  #inOrder(steps: ByState): number[] {
    const order: number[] = [], path = [0], tried = [0], isSeen = new Uint8Array(steps.length);
    isSeen[0] = 1;
    while (path.length > 0) {
      const top = path.length - 1, state = path[top] as number;
      const step = steps[state]?.[tried[top] as number];
      tried[top] = (tried[top] as number) + 1;
      if (step === undefined) {
        order.push(state);
        path.pop();
        tried.pop();
        continue;
      }
      const to = this.#steps[step + 1] as number;
      if (to === NOWHERE || isSeen[to] === 1) continue;
      isSeen[to] = 1;
      path.push(to);
      tried.push(0);
    }
    return order.reverse();
  }

  /** Brings facts along a step. Answers where there are others now, or UNCHANGED, or DOUBT. */
  #flowAlong(
    at: number,
    flow: Flow,
    facts: (Facts | undefined)[],
    deeds: readonly Deeds[],
  ): number {
    const steps = this.#steps, to = steps[at + 1] as number, before = facts[to];
    const from = facts[steps[at] as number] as Facts,
      deed = deeds[steps[at + 2] as number] as Deeds;
    if (this.#isIdle(at, deed) && (before === undefined || before === from)) {
      facts[to] = from;
      return before === from ? UNCHANGED : to;
    }
    flow.begin(from, steps[at + 3] as number);
    if (!flow.step(deed)) return DOUBT;
    if (to === NOWHERE) return UNCHANGED;
    const now = facts[to] = flow.end(steps[at + 4] as number, this.#running[to] as number, before);
    return now === before ? UNCHANGED : to;
  }

  /** Is nothing else known after the step, whatever was before it? */
  #isIdle(at: number, { deeds, freed }: Deeds): boolean {
    const steps = this.#steps, to = steps[at + 1] as number;
    return deeds.length === 0 && freed === EMPTY && to !== NOWHERE &&
      steps[at + 3] === IDENTITY && steps[at + 4] === IDENTITY &&
      this.#running[to] === this.#running[steps[at] as number];
  }

  /** What is known of a twin in the state is known of the other. */
  #spread(state: number, flow: Flow, facts: (Facts | undefined)[]): void {
    const twins = this.#twins[state] ?? [], running = this.#running[state] as number;
    for (let isSame = false; !isSame;) {
      isSame = true;
      for (const swap of twins) {
        const before = facts[state] as Facts;
        if (!flow.begin(before, swap)) continue;
        facts[state] = flow.end(IDENTITY, running, before);
        if (facts[state] !== before) isSame = false;
      }
    }
  }

  #stepsByState(): ByState {
    const steps: ByState = new Array(this.#names.length);
    for (let at = 0; at < this.#count * STEP; at += STEP) {
      (steps[this.#steps[at] as number] ??= []).push(at);
    }
    return steps;
  }

  #numberOf(way: Way): number {
    let number = this.#numbers.get(way);
    if (number === undefined) {
      number = this.#ways.push(way) - 1;
      this.#numbers.set(way, number);
    }
    return number;
  }
}
