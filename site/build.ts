/**
 * Builds the site: `deno task site [auto|lume|lite] [DEST] [--no-run]`.
 *
 * `lume` needs https://deno.land, `lite` needs npm packages only, `auto` takes Lume where it can
 * be imported. Both write the same bytes. Unless the results of these very sources are known, the
 * build first runs the tests and the scenarios; with `--no-run` it never does, and pages say
 * "not run" instead. The build fails, with exit code 1, when a chapter has a mistake or a page
 * cannot be rendered; bad usage ends with 2.
 */
import { resolve } from "@std/path";
import { LiterateError } from "../src/literate/finding.ts";
import { BookError, configure, SITE_OPTIONS } from "./configure.ts";
import { finish } from "./finish.ts";
import { Lite } from "./lite.ts";
import type { Results } from "./results.ts";
import { loadResults, runAll, RunError } from "./run.ts";
import type { Site } from "./site.ts";

/** How long an import of Lume may take before `auto` gives it up. */
const LUME_TIMEOUT_MS = 20_000;

/** The program that builds. */
export type Driver = "auto" | "lume" | "lite";

/** What the command line asks for. */
export interface Arguments {
  readonly driver: Driver;
  readonly dest: string;
  readonly run: boolean;
}

/** Reads the command line; answers a message if it makes no sense. */
export function readArguments(args: readonly string[]): Arguments | string {
  const flags = args.filter((arg) => arg.startsWith("-"));
  const [driver = "auto", dest = "_site", ...rest] = args.filter((arg) => !arg.startsWith("-"));
  const unknown = flags.find((flag) => flag !== "--no-run") ?? rest[0];
  if (unknown !== undefined) return `Cannot build: unknown argument ${unknown}`;
  if (driver !== "auto" && driver !== "lume" && driver !== "lite") {
    return `Cannot build with ${driver}: wanted auto, lume or lite`;
  }
  return { driver, dest, run: !flags.includes("--no-run") };
}

/** Builds with the npm-only driver. */
export async function buildLite(root: string, dest: string, results: Results): Promise<void> {
  const site = configure(new Lite({ root, dest }), {
    results,
    finish: () => finish(dest),
  });
  await site.build();
}

/** What is used of Lume; it is imported by a computed name, since it is not always there. */
interface LumeSite extends Site {
  build(): Promise<void>;
}
export interface Lume {
  default(options: Record<string, unknown>, plugins: object, cli: boolean): LumeSite;
}

interface LumeLog {
  /** Whether anything went wrong so far. */
  readonly hasErrors: boolean;
  /** Prints what was logged, and forgets it. */
  output(): void;
}

/** Lume 3.3.1, or the reason why it cannot be had. */
export async function importLume(): Promise<Lume | Error> {
  const lume = "lume/";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Error>((answer) => {
    timer = setTimeout(() => answer(new Error("it took too long")), LUME_TIMEOUT_MS);
  });
  try {
    return await Promise.race([import(`${lume}mod.ts`) as Promise<Lume>, late]);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
  }
}

/** Builds with Lume. A page that it could not render is an error, though Lume only logs it. */
export async function buildLume(lume: Lume, root: string, dest: string, results: Results) {
  const options = { ...SITE_OPTIONS, cwd: root, dest: relativeTo(root, dest) };
  const site = configure(lume.default(options, {}, false), { results, finish: () => finish(dest) });
  await site.build();
  const lumeLog = "lume/core/utils/log.ts";
  const { log }: { log: LumeLog } = await import(lumeLog);
  const failed = log.hasErrors;
  log.output();
  if (failed) throw new BookError("Cannot build: Lume could not render every page");
}

function relativeTo(root: string, dest: string): string {
  if (dest.startsWith(`${root}/`)) return dest.slice(root.length + 1);
  const up = root.split("/").filter((part) => part !== "").map(() => "..").join("/");
  return `${up}${dest}`;
}

async function main(args: readonly string[]): Promise<number> {
  const wanted = readArguments(args);
  if (typeof wanted === "string") {
    console.error(`${wanted}\nUsage: deno task site [auto|lume|lite] [DEST] [--no-run]`);
    return 2;
  }
  const root = Deno.cwd(), dest = resolve(root, wanted.dest);
  let results = await loadResults(root);
  if (results.tests === undefined && wanted.run) results = await runAll(root, console.log);
  const start = performance.now();
  const lume = wanted.driver === "lite" ? undefined : await importLume();
  if (lume instanceof Error && wanted.driver === "lume") {
    console.error(`Cannot build with Lume: ${lume.message}`);
    return 1;
  }
  const isLume = lume !== undefined && !(lume instanceof Error);
  if (isLume) await buildLume(lume, root, dest, results);
  else await buildLite(root, dest, results);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `Built ${wanted.dest} with ${isLume ? "Lume" : "the npm-only driver"} in ${seconds} s`,
  );
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    const isPlain = [BookError, LiterateError, RunError].some((kind) => error instanceof kind);
    console.error(isPlain ? (error as Error).message : error);
    Deno.exit(1);
  }
}
