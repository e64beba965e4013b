/**
 * The command line: `deno task VERB`. Verbs are loaded when they are asked for. Exit code 0: all is
 * as expected; 1: something is not; 2: the call cannot be understood, and nothing was done.
 */
import { later } from "./later.ts";
import { UsageError, wanted } from "./usage.ts";

const verbs: Readonly<Record<string, () => Promise<(args: readonly string[]) => Promise<number>>>> =
  {
    check: async () => (await later.check()).check,
    merge: async () => (await later.merge()).merge,
    replay: async () => (await later.replay()).replay,
  };

/** Runs a verb and answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [verb = "", ...rest] = args;
  try {
    const load = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    if (load === undefined) {
      throw new UsageError(`Cannot run "${verb}": ${wanted(verb, Object.keys(verbs))}`);
    }
    return await (await load())(rest);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(error.message);
      return 2;
    }
    // These name chapter and line in their messages; a stack of the tools says nothing more.
    if (error instanceof Error && /^(?:LiterateError|BrokenCodeError)$/.test(error.name)) {
      console.error(error.message);
      return 1;
    }
    throw error;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
