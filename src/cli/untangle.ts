/**
 * `deno task untangle [FOLDER]`: takes edits of the views over into the chapters.
 */

import { untangleFolder } from "../literate/files.ts";
import { bookFolder, printFindings, reportFindings } from "./book_folder.ts";

/** Runs the verb and returns the exit code: 0 done, 1 refused or a rule is broken, 2 bad usage. */
export function main(args: readonly string[]): number {
  const root = bookFolder("untangle", args);
  if (root === null) return 2;
  return reportFindings(() => {
    const { changed, findings } = untangleFolder(root);
    console.log(`${changed.length} chapters changed`);
    for (const path of changed) console.log(`  ${path}`);
    return printFindings("The edits are in, but the book breaks these rules now:", findings);
  });
}

if (import.meta.main) Deno.exit(main(Deno.args));
