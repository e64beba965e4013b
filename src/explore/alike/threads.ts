/**
 * Threads that are alike: they run one function, each on a part of the state that is its own, or all
 * on the whole.
 */
import { Struct } from "../struct.ts";
import type { Task } from "../task.ts";

type Thread<S> = (state: S) => Task<unknown>;

/** Of a thread made by `onPart`: what it runs, and on what. */
const parts = new WeakMap<object, { readonly run: object; part(state: unknown): unknown }>();

/**
 * A thread that runs `run` on a part of the state. Threads with one `run` are alike: a search over
 * states takes what differs only in which of them did it for the same.
 */
export function onPart<S, P>(run: (part: P) => Task<unknown>, part: (state: S) => P): Thread<S> {
  const thread = (state: S): Task<unknown> => run(part(state));
  parts.set(thread, { run, part: part as (state: unknown) => unknown });
  return thread;
}

/** The names of threads that are alike, in groups. */
export function alike(threads: Readonly<Record<string, unknown>>): string[][] {
  return grouped(threads, (thread) => parts.get(thread as object)?.run ?? thread);
}

/** The names of threads of which `of` says the same, in groups of two and more. */
export function grouped(
  threads: Readonly<Record<string, unknown>>,
  of: (thread: unknown) => unknown,
): string[][] {
  const groups = Map.groupBy(Object.entries(threads), ([, thread]) => of(thread));
  return [...groups.values()].filter((group) => group.length > 1)
    .map((group) => group.map(([name]) => name));
}

/** The objects that `thread` is given beside the whole state. */
export function givenTo(thread: unknown, state: unknown): Struct[] {
  const given: unknown = parts.get(thread as object)?.part(state);
  if (given instanceof Struct) return [given];
  const values = typeof given === "object" && given !== null ? Object.values(given) : [];
  return values.filter((value) => value instanceof Struct);
}
