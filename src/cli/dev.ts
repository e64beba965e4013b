/**
 * `deno task dev [FOLDER]`: writes the views, and again whenever a chapter is saved.
 */

import { tangleFolder } from "../literate/files.ts";
import { bookFolder, printFindings, reportFindings } from "./book_folder.ts";

/** One save makes several events; they are taken together if they come within this time. */
const SETTLE_MS = 50;

/** Runs until it is interrupted; returns 2 for bad usage. */
export async function main(args: readonly string[]): Promise<number> {
  const root = bookFolder("dev", args);
  if (root === null) return 2;
  const watcher = Deno.watchFs(root, { recursive: false });
  retangle(root);
  console.log(`watching ${root}; press Ctrl-C to end`);
  let timer: ReturnType<typeof setTimeout> | undefined;
  for await (const { kind, paths } of watcher) {
    // Writing a view must not start the next round.
    if (kind === "access" || !paths.some((path) => path.endsWith(".md"))) continue;
    clearTimeout(timer);
    timer = setTimeout(() => retangle(root), SETTLE_MS);
  }
  return 0;
}

function retangle(root: string): void {
  reportFindings(() => {
    const { written, removed, findings } = tangleFolder(root);
    for (const path of written) console.log(`wrote ${path}`);
    for (const path of removed) console.log(`removed ${path}`);
    return printFindings("The book breaks these rules:", findings);
  });
}

if (import.meta.main) Deno.exit(await main(Deno.args));
