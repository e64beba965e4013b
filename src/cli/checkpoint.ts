/**
 * Checkpoints of a long search: a file with the results of all parts that are done, so that a run
 * that was killed goes on from there and ends with the same numbers. At most the parts that were
 * finished since the last write, and the one under way, are explored again.
 *
 * The file is replaced as a whole, by a rename, so that a kill at any moment leaves a readable one.
 */
import type { PartFound, PartStore, Premise } from "explore/search/share.ts";
import { UsageError } from "./usage.ts";

/** At least so long, in milliseconds, between two writes. */
const INTERVAL = 500;

interface Saved {
  /** What is explored, and how: a checkpoint of anything else is refused. */
  readonly key: string;
  readonly premise: Premise;
  readonly parts: readonly (readonly [part: number, found: PartFound])[];
}

/** The results of parts, in memory and in a file. */
export class Checkpoint implements PartStore {
  readonly #path: URL;
  readonly #key: string;
  readonly #parts = new Map<number, PartFound>();
  #premise: Premise | undefined;
  #written = performance.now();

  /**
   * Takes over what the file has, if there is one.
   * @throws {UsageError} when it is of another search, or no checkpoint
   */
  constructor(path: URL, key: string) {
    this.#path = path;
    this.#key = key;
    const saved = read(path);
    if (saved === null) {
      this.#tryFolder();
      return;
    }
    if (saved.key !== key) {
      throw new UsageError(
        `Cannot go on from ${path.pathname}: it is of ${saved.key}, wanted ${key}`,
      );
    }
    this.#premise = saved.premise;
    for (const [part, found] of saved.parts) this.#parts.set(part, found);
  }

  /** Better now than after the first part. */
  #tryFolder(): void {
    try {
      Deno.mkdirSync(new URL(".", this.#path), { recursive: true });
      this.remove();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotCapable)) throw error;
      throw new UsageError(`Cannot keep ${this.#path.pathname}: wanted a file below _out/`);
    }
  }

  /** What the results depend on, to begin the search with; nothing if there are none. */
  get premise(): Partial<Premise> {
    return this.#premise ?? {};
  }

  get(part: number): PartFound | undefined {
    return this.#parts.get(part);
  }

  add(part: number, found: PartFound, premise: Premise): void {
    this.#parts.set(part, found);
    this.#premise = premise;
    if (performance.now() - this.#written >= INTERVAL) this.write();
  }

  clear(): void {
    this.#parts.clear();
    this.#premise = undefined;
    this.remove();
  }

  /** Writes what is done. */
  write(): void {
    if (this.#premise === undefined) return;
    const saved: Saved = { key: this.#key, premise: this.#premise, parts: [...this.#parts] };
    const fresh = new URL(`${this.#path.href}.new`);
    Deno.writeTextFileSync(fresh, JSON.stringify(saved));
    Deno.renameSync(fresh, this.#path);
    this.#written = performance.now();
  }

  /** Removes the file: the search is done. */
  remove(): void {
    try {
      Deno.removeSync(this.#path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

function read(path: URL): Saved | null {
  try {
    const saved = JSON.parse(Deno.readTextFileSync(path));
    if (typeof saved?.key === "string" && Array.isArray(saved.parts)) return saved;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new UsageError(`Cannot go on from ${path.pathname}: it is no checkpoint`);
}
