/**
 * What the verbs on the book's folder share: their one argument and how they report findings.
 */

import { type Finding, formatFinding, LiterateError } from "../literate/finding.ts";

/** The folder that the arguments name, `spec` by default; null and a usage line if they are bad. */
export function bookFolder(verb: string, args: readonly string[]): string | null {
  const [root = "spec", ...rest] = args;
  if (rest.length > 0 || root.startsWith("-")) {
    console.error(`usage: deno task ${verb} [FOLDER]`);
    return null;
  }
  try {
    if (Deno.statSync(root).isDirectory) return root.replace(/(?<=.)\/+$/, "");
    console.error(`Cannot ${verb} "${root}": it is a file, wanted the folder of the chapters`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.error(`Cannot ${verb} "${root}": there is no such folder`);
  }
  return null;
}

/** Runs an action; prints the findings of a refusal, one a line, and returns 1 for it. */
export function reportFindings(action: () => number): number {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LiterateError)) throw error;
    console.error(error.message);
    return 1;
  }
}

/** Prints findings, if there are any, under a line that says what they mean; 1 then, else 0. */
export function printFindings(title: string, findings: readonly Finding[]): number {
  if (findings.length === 0) return 0;
  console.error(title);
  for (const finding of findings) console.error(formatFinding(finding));
  return 1;
}
