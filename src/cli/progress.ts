/** Long work on the command line: says how far it is, and stops at Ctrl-C or when time is up. */
import type { Progress } from "explore/explore.ts";

/** Work shorter than this, in seconds, is done in silence where no terminal watches. */
const QUIET = 1;
/** How often the line is written, in milliseconds. */
const INTERVAL = 100;
/** After how long it is first, in milliseconds: Deno then loads its timers, which takes 8 that short work need not spend. */
const FIRST = 300;

/** How long work elsewhere may take to stop, in milliseconds. */
export const PATIENCE = 2_000;

/** Drives explorations and shows their progress on standard error. */
export class Meter {
  readonly #limit: number;
  readonly #isTerminal = Deno.stderr.isTerminal();
  readonly #started = performance.now();
  #nextRest = this.#started + FIRST;
  #stopped = false;
  #shown = false;

  /** @param limit seconds for all explorations together */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Did Ctrl-C or the limit end an exploration? */
  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Runs an exploration to its end, or until it is to stop. */
  async run<T>(name: string, exploration: Generator<Progress, T, boolean>): Promise<T> {
    return (await this.runUnless(name, exploration, () => false)).value;
  }

  /** As {@link run}, but drops the exploration as soon as its progress is such. */
  async runUnless<T>(
    name: string,
    exploration: Generator<Progress, T, boolean>,
    isToBeDropped: (soFar: Progress) => boolean,
  ): Promise<{ readonly value: T; readonly isDropped: boolean }> {
    let next = exploration.next(true), isDropped = false;
    if (next.done === true) return { value: next.value, isDropped };
    const stop = (): void => {
      this.#stopped = true;
    };
    Deno.addSignalListener("SIGINT", stop);
    try {
      while (next.done !== true) {
        const now = performance.now();
        if ((now - this.#started) / 1000 >= this.#limit) this.#stopped = true;
        if (now >= this.#nextRest) {
          this.#nextRest = now + INTERVAL;
          this.#show(name, next.value);
          // Signals arrive between two turns of the event loop.
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
        isDropped = !this.#stopped && isToBeDropped(next.value);
        next = exploration.next(!this.#stopped && !isDropped);
      }
      return { value: next.value, isDropped };
    } finally {
      Deno.removeSignalListener("SIGINT", stop);
      this.clear();
    }
  }

  /**
   * Waits for work that goes on elsewhere. If it is to stop, that is told to `end`, and the work is
   * given a little time to do so.
   */
  async follow(
    name: string,
    work: Promise<unknown>,
    soFar: () => Progress,
    end: () => void,
  ): Promise<void> {
    const gone = Promise.withResolvers<void>();
    let patience: ReturnType<typeof setTimeout> | undefined;
    const stop = (): void => {
      this.#stopped = true;
      end();
      patience ??= setTimeout(gone.resolve, PATIENCE);
    };
    const timer = setInterval(() => {
      if ((performance.now() - this.#started) / 1000 >= this.#limit) stop();
      else this.#show(name, soFar());
    }, INTERVAL);
    Deno.addSignalListener("SIGINT", stop);
    try {
      await Promise.race([work, gone.promise]);
    } finally {
      clearInterval(timer);
      clearTimeout(patience);
      Deno.removeSignalListener("SIGINT", stop);
      this.clear();
    }
  }

  #show(name: string, progress: Progress): void {
    if (progress.executions === 0 || !this.#isTerminal && progress.seconds < QUIET) return;
    const text = progressLine(name, progress);
    write(this.#isTerminal ? `\r\x1b[K${text}` : this.#shown ? "" : `${text}\n`);
    this.#shown = true;
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown && this.#isTerminal) write("\r\x1b[K");
    this.#shown = false;
  }
}

/** How far a search is, how fast, and about how long it will take. */
export function progressLine(name: string, progress: Progress): string {
  const { executions, steps, seconds, expected } = progress;
  const rate = executions / Math.max(seconds, 0.001);
  const text = `${name}: ${executions} executions, ${steps} steps, ${
    Math.round(rate)
  } executions/s`;
  if (expected === undefined || rate === 0) return text;
  return `${text}, ${timeLeft(Math.max(0, expected - executions) / rate)}`;
}

/** The units in which a time is told, in seconds, and what is too long to be told. */
const UNITS = [[86_400, "days"], [3_600, "h"], [60, "min"], [1, "s"]] as const;
const TOO_LONG = 365 * 86_400;

/** "about 9 s left": a guess, so to no more than two digits, in the largest unit of which there are two. */
export function timeLeft(seconds: number): string {
  if (seconds > TOO_LONG) return "more than a year left";
  const [size, name] = UNITS.find(([size]) => seconds >= 2 * size) ?? [1, "s"];
  const count = Math.max(1, Math.ceil(seconds / size));
  const rounded = count < 100 ? count : Number(count.toPrecision(2));
  return `about ${rounded} ${name} left`;
}

function write(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
