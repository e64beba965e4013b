/**
 * `deno task tangle [FOLDER]`: writes the views of the chapters.
 */

import { LiterateError } from "../literate/finding.ts";
import { tangleFolder } from "../literate/files.ts";

/** Runs the verb and returns the exit code: 0 done, 1 the book breaks a rule, 2 bad usage. */
export function main(args: readonly string[]): number {
  const [root = "spec", ...rest] = args;
  if (rest.length > 0 || root.startsWith("-")) {
    console.error("usage: deno task tangle [FOLDER]");
    return 2;
  }
  try {
    const { written, removed, views } = tangleFolder(root.replace(/\/$/, ""));
    console.log(`${views.length} views, ${written.length} written, ${removed.length} removed`);
    return 0;
  } catch (error) {
    if (!(error instanceof LiterateError)) throw error;
    console.error(error.message);
    return 1;
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
