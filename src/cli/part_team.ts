/** Workers that run the parts of one search together. */
import type { Progress } from "explore/explore.ts";
import type { PartOutcome, PartsSetup, Prepared } from "explore/parts.ts";
import type { PartFound, PartStore, Premise } from "explore/search/share.ts";
import { type Member, searchTogether } from "explore/team.ts";
import { addressOf } from "./address.ts";
import { PARTS } from "./large.ts";
import type { Assignment, FromWorker, ToWorker } from "./part_worker.ts";
import { putTogether, type Thrown } from "./thrown.ts";
import type { Work } from "./workers.ts";

/** The Workers of one search. */
export class Team {
  /** The cut, and what the parts in the store were run under; null before it is known. */
  prepared: Prepared | null = null;
  /** What was seen of parts that were stopped. */
  readonly unfinished = new Map<number, PartFound>();
  readonly #work: Work;
  readonly #hands: Hand[];
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));

  constructor(work: Work) {
    this.#work = work;
    this.#hands = Array.from({ length: work.workers }, () => new Hand());
  }

  /** Fills `store`, until all is there or the search is stopped. */
  async fill(premise: Premise, store: PartStore): Promise<void> {
    const { meter, scenario } = this.#work;
    const started = performance.now();
    let done = 0, of = 0;
    let executions = 0, steps = 0;
    const noting: PartStore = {
      get: (part) => store.get(part),
      add: (part, found, known) => {
        if (this.prepared !== null) this.prepared = { ...this.prepared, premise: known };
        executions += found.executions;
        steps += found.steps;
        store.add(part, found, known);
      },
      clear: () => {
        executions = steps = 0;
        store.clear();
      },
    };
    const soFar = (): Progress => {
      const under = this.#hands.map((hand) => hand.soFar);
      const now = under.reduce((sum, each) => sum + each.executions, executions);
      const soon = under.reduce(
        (sum, each) => sum + (each.expected ?? each.executions),
        executions,
      );
      return {
        executions: now,
        steps: under.reduce((sum, each) => sum + each.steps, steps),
        seconds: (performance.now() - started) / 1000,
        ...soon === 0 ? {} : { expected: Math.round(soon * of / (done + under.length)) },
      };
    };
    const opened = Promise.all(
      this.#hands.map((hand) => hand.open(assignmentOf(this.#work, premise.visible, this.#stop))),
    );
    const search = opened.then(() =>
      searchTogether(this.#hands, premise, noting, {
        cut: (prepared) => this.prepared = prepared,
        stopped: ({ part, found, before, after }) => {
          // Else it would count under ids that others do not know.
          const isKnown = JSON.stringify(before) === JSON.stringify(after);
          if (found !== null && isKnown) this.unfinished.set(part, found);
        },
        tally: (parts, all) => [done, of] = [parts, all],
      })
    );
    await meter.follow(scenario.name, search, soFar, () => Atomics.store(this.#stop, 0, 1));
  }

  /** Ends the Workers, whatever they are at. */
  dismiss(): void {
    for (const hand of this.#hands) hand.end();
  }
}

function assignmentOf(
  { source, scenario, options, store }: Work,
  visible: readonly number[],
  stop: Int32Array,
): Assignment {
  const { mode, granularity = "sections", bounds = {} } = options;
  const setup: PartsSetup = {
    mode: mode === "naive" ? mode : "reduced",
    granularity,
    bounds,
    ...store === undefined ? { leastParts: PARTS } : {},
    visible,
  };
  return { text: addressOf(source), scenario: scenario.name, setup, stop };
}

const IDLE: Progress = { executions: 0, steps: 0, seconds: 0 };

/** A Worker, asked one thing at a time. */
class Hand implements Member {
  soFar: Progress = IDLE;
  readonly #worker = new Worker(new URL("./part_worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: { read: true } },
  });
  #id = 0;
  #pending: PromiseWithResolvers<unknown> | null = null;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if ("soFar" in data) this.soFar = data.soFar;
      else if ("error" in data) this.#fail(data.error);
      else this.#pending?.resolve(data.answer);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail({ name: "Error", message: event.message, stack: "" });
    };
  }

  async open(assignment: Assignment): Promise<void> {
    await this.#ask({ id: ++this.#id, open: assignment });
  }

  async prepare(premise: Premise): Promise<Prepared> {
    return await this.#ask({ id: ++this.#id, prepare: premise }) as Prepared;
  }

  async run(part: number, premise: Premise): Promise<PartOutcome> {
    const outcome = await this.#ask({ id: ++this.#id, run: part, premise });
    this.soFar = IDLE;
    return outcome as PartOutcome;
  }

  end(): void {
    this.#worker.terminate();
  }

  #ask(message: ToWorker): Promise<unknown> {
    this.#pending = Promise.withResolvers();
    this.#worker.postMessage(message);
    return this.#pending.promise;
  }

  /** As if it had been thrown here. */
  #fail(error: Thrown): void {
    this.#pending?.reject(putTogether(error));
  }
}
