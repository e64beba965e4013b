/** Long work on the command line: says how far it is, and stops at Ctrl-C or when time is up. */
import type { Progress } from "explore/explore.ts";

/** Work shorter than this, in seconds, is done in silence where no terminal watches. */
const QUIET = 1;
/** How often the line is written, in milliseconds. */
const INTERVAL = 100;

/** Drives explorations and shows their progress on standard error. */
export class Meter {
  readonly #limit: number;
  readonly #isTerminal = Deno.stderr.isTerminal();
  readonly #started = performance.now();
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
    let next = exploration.next(true);
    if (next.done === true) return next.value;
    const stop = (): void => {
      this.#stopped = true;
    };
    Deno.addSignalListener("SIGINT", stop);
    try {
      for (let last = performance.now(); next.done !== true;) {
        const now = performance.now();
        if ((now - this.#started) / 1000 >= this.#limit) this.#stopped = true;
        if (now - last >= INTERVAL) {
          last = now;
          this.#show(name, next.value);
          // Signals arrive between two turns of the event loop.
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
        next = exploration.next(!this.#stopped);
      }
      return next.value;
    } finally {
      Deno.removeSignalListener("SIGINT", stop);
      this.#clear();
    }
  }

  #show(name: string, { executions, steps, seconds }: Progress): void {
    if (!this.#isTerminal && seconds < QUIET) return;
    const rate = Math.round(executions / Math.max(seconds, 0.001));
    const text = `${name}: ${executions} executions, ${steps} steps, ${rate} executions/s`;
    write(this.#isTerminal ? `\r\x1b[K${text}` : this.#shown ? "" : `${text}\n`);
    this.#shown = true;
  }

  #clear(): void {
    if (this.#shown && this.#isTerminal) write("\r\x1b[K");
    this.#shown = false;
  }
}

function write(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
