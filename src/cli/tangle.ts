/**
 * `deno task tangle [FOLDER]`: writes the views of the chapters.
 */

import { tangleFolder } from "../literate/files.ts";
import { bookFolder, printFindings, reportFindings } from "./book_folder.ts";

/** Runs the verb and returns the exit code: 0 done, 1 the book breaks a rule, 2 bad usage. */
export function main(args: readonly string[]): number {
  const root = bookFolder("tangle", args);
  if (root === null) return 2;
  return reportFindings(() => {
    const { written, removed, views, findings } = tangleFolder(root);
    console.log(`${views.length} views, ${written.length} written, ${removed.length} removed`);
    return printFindings("The views are written, but the book breaks these rules:", findings);
  });
}

if (import.meta.main) Deno.exit(main(Deno.args));
