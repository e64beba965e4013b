/** Reading the command line, and saying what would have been right. */

/** The arguments cannot be understood. The exit code is 2, and nothing has been done. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Arguments, taken apart. */
export interface Arguments {
  readonly words: readonly string[];
  /** By name without dashes; `""` for an option without a value. */
  readonly options: ReadonlyMap<string, string>;
}

/** What an option may look like: no value, or what its value is called. */
export type OptionKinds = Readonly<Record<string, "flag" | string>>;

/**
 * Takes arguments apart. Values are written `--name=value`.
 * @throws {UsageError} for an option that is unknown, lacks its value or has one too many
 */
export function readArguments(args: readonly string[], kinds: OptionKinds): Arguments {
  const words: string[] = [];
  const options = new Map<string, string>();
  for (const argument of args) {
    if (!argument.startsWith("-")) {
      words.push(argument);
      continue;
    }
    const [, name = "", value] = /^--?([^=]*)(?:=(.*))?$/s.exec(argument) ?? [];
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      throw new UsageError(`Cannot read ${argument}: ${wanted(name, Object.keys(kinds), "--")}`);
    }
    if (kind === "flag" && value !== undefined) {
      throw new UsageError(`Cannot read ${argument}: wanted --${name} without a value`);
    }
    if (kind !== "flag" && (value === undefined || value === "")) {
      throw new UsageError(`Cannot read ${argument}: wanted --${name}=${kind}`);
    }
    options.set(name, value ?? "");
  }
  return { words, options };
}

/**
 * One of `allowed`, or undefined if the option is not there.
 * @throws {UsageError} for any other value
 */
export function oneOf<T extends string>(
  { options }: Arguments,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = options.get(name);
  if (value === undefined) return undefined;
  const found = allowed.find((one) => one === value);
  if (found === undefined) {
    throw new UsageError(`Cannot read --${name}=${value}: ${wanted(value, allowed)}`);
  }
  return found;
}

/**
 * A number of at least `least`, or undefined if the option is not there.
 * @throws {UsageError} for any other value
 */
export function numberOf({ options }: Arguments, name: string, least: number): number | undefined {
  const value = options.get(name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^\d+(?:\.\d+)?$/.test(value) || number < least) {
    throw new UsageError(`Cannot read --${name}=${value}: wanted a number, at least ${least}`);
  }
  return number;
}

/** "did you mean X?" if one of `known` is near, else all of them. */
export function wanted(word: string, known: readonly string[], prefix = ""): string {
  const near = nearest(word, known);
  if (near !== null) return `did you mean ${prefix}${near}?`;
  if (known.length === 0) return "there is none";
  return `wanted ${known.map((one) => prefix + one).join(", ")}`;
}

/** The one of `known` that `word` was probably meant to be, or null. */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null, least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Letters to insert, remove or replace to get from one word to the other. */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
