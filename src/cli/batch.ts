/**
 * Many scenarios on several cores: each Worker takes the next that nobody has. A verdict is a function
 * of its scenario alone, so all are the same however many Workers there are; only the time is not.
 */
import type { Progress } from "explore/explore.ts";
import type { Scenario } from "explore/scenario.ts";
import { addressOf } from "./address.ts";
import {
  type BatchAssignment,
  type Explored,
  type FromBatchWorker,
  STOP,
} from "./batch_messages.ts";
import { PATIENCE } from "./progress.ts";
import type { Source } from "./sources.ts";
import { putTogether, type Thrown } from "./thrown.ts";
import { canSplit } from "./workers.ts";

const UNSEEN: Progress = { executions: 0, steps: 0, seconds: 0 };

/** The scenarios of one source, explored ahead of whoever asks for them. */
export class Batch implements Disposable {
  readonly #workers: readonly Worker[];
  readonly #shared = new Int32Array(new SharedArrayBuffer(8));
  /** By scenario: what became of it, once it is known. */
  readonly #answers: readonly PromiseWithResolvers<Explored>[];
  readonly #seen: Explored[] = [];
  readonly #soFar: Progress[] = [];
  /** How many Workers have not ended, and what waits for that. */
  #running: number;
  readonly #ended = Promise.withResolvers<void>();

  constructor(
    source: Source,
    scenarios: readonly Scenario[],
    options: BatchAssignment["options"],
    workers: number,
  ) {
    this.#answers = scenarios.map(() => Promise.withResolvers<Explored>());
    // Who does not ask for one does not want to hear that it failed.
    for (const { promise } of this.#answers) promise.catch(() => {});
    const assignment: BatchAssignment = {
      text: addressOf(source),
      scenarios: scenarios.map((scenario) => ({
        name: scenario.name,
        canSplit: canSplit({ scenario, options }),
      })),
      options: { ...options, edition: source.edition },
      shared: this.#shared,
    };
    this.#running = workers;
    this.#workers = Array.from({ length: workers }, () => this.#open(assignment));
  }

  /** What becomes of the scenario at `index`. */
  explored(index: number): Promise<Explored> {
    return (this.#answers[index] as PromiseWithResolvers<Explored>).promise;
  }

  /** What became of it; null if that is not known yet. */
  seen(index: number): Explored | null {
    return this.#seen[index] ?? null;
  }

  /** How far it is. */
  soFar(index: number): Progress {
    return this.#soFar[index] ?? UNSEEN;
  }

  /** Lets every Worker end with what it has covered. */
  stop(): void {
    Atomics.store(this.#shared, STOP, 1);
  }

  /** As {@link stop}, and gives them a little time to say what that is. */
  async settle(): Promise<void> {
    this.stop();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, PATIENCE));
    await Promise.race([this.#ended.promise, late]);
    clearTimeout(timer);
    // Whoever asks again has waited long enough.
    this.#ended.resolve();
  }

  /** Ends the Workers, whatever they are at. */
  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.terminate();
  }

  #open(assignment: BatchAssignment): Worker {
    const worker = new Worker(new URL("./batch_worker.ts", import.meta.url), {
      type: "module",
      deno: { permissions: { read: true } },
    });
    worker.onmessage = ({ data }: MessageEvent<FromBatchWorker>) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#hear({ error: { name: "Error", message: event.message, stack: "" } });
    };
    worker.postMessage(assignment);
    return worker;
  }

  #hear(message: FromBatchWorker): void {
    if ("error" in message) return this.#fail(message.error, message.index);
    if ("hasEnded" in message) {
      if (--this.#running === 0) this.#ended.resolve();
    } else if ("soFar" in message) this.#soFar[message.index] = message.soFar;
    else {
      this.#seen[message.index] = message.explored;
      this.#answers[message.index]?.resolve(message.explored);
    }
  }

  /** The scenario at `index` cannot be explored, or without one none that is left. */
  #fail(error: Thrown, index?: number): void {
    const failed = index === undefined ? this.#answers : [this.#answers[index]];
    for (const answer of failed) answer?.reject(putTogether(error));
  }
}
