/**
 * The book's own tests: writes the views of the chapters and registers the tests in them. The views
 * lie outside of what `deno test` looks through, so that nothing runs twice.
 */
import { formatFinding } from "../src/literate/finding.ts";
import { tangleFolder } from "../src/literate/files.ts";

const { views, findings } = tangleFolder("spec");
if (findings.length > 0) throw new Error(findings.map(formatFinding).join("\n"));

for (const view of views.filter((path) => path.endsWith("_test.ts"))) {
  await import(new URL(`../${view}`, import.meta.url).href);
}
