/**
 * What the tests of the literate tools share.
 */

import { assertEquals } from "@std/assert";
import { LiterateError } from "../../src/literate/finding.ts";
import { tempFolder } from "../fixtures/temp.ts";
import type { Segment } from "../../src/literate/align.ts";
import type { Source } from "../../src/literate/chapter.ts";

/** A text of lines. */
export function text(...lines: readonly string[]): string {
  return lines.join("\n") + "\n";
}

/** A chapter of the folder `spec`. */
export function chapter(name: string, ...lines: readonly string[]): Source {
  return { path: `spec/${name}.md`, text: text(...lines) };
}

/** What an action finds wrong, each as `path:line:column rule`. */
export function findingsOf(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    if (!(error instanceof LiterateError)) throw error;
    return error.findings.map(({ path, line, column, rule }) =>
      `${path}:${line}:${column} ${rule}`
    );
  }
  return [];
}

/** Asserts that an action finds just these things wrong. */
export function assertFindings(action: () => unknown, ...expected: readonly string[]): void {
  assertEquals(findingsOf(action), expected);
}

/** Runs an action with a temporary folder whose `spec` holds some files. */
export async function withBook(
  files: Readonly<Record<string, string>>,
  action: (folder: string) => void | Promise<void>,
): Promise<void> {
  const folder = tempFolder("literate-");
  try {
    Deno.mkdirSync(`${folder}/spec`);
    for (const [name, content] of Object.entries(files)) {
      Deno.writeTextFileSync(`${folder}/spec/${name}`, content);
    }
    await action(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Chapters that two tests or more work on: a definition, a test, and a chapter that uses both. */
export const COUNTER = text(
  "# 01 Counter",
  "",
  "## `Counter`",
  "",
  "```ts",
  'import { basename } from "@std/path";',
  "",
  "export class Counter {",
  "  count = 0;",
  "  put(amount: number): string {",
  "    this.count += amount;",
  '    return basename("a/b");',
  "  }",
  "}",
  "```",
  "",
  "```ts test",
  'import { assertEquals } from "@std/assert";',
  "",
  'Deno.test("a counter counts", () => {',
  "  const counter = new Counter();",
  "  counter.put(2);",
  "  assertEquals(counter.count, 2);",
  "});",
  "```",
);

/** See {@link COUNTER}. */
export const USER = text(
  "# 02 User",
  "",
  "## `twice`",
  "",
  "```ts",
  "export function twice(counter: Counter): number {",
  "  counter.put(2);",
  "  return counter.count;",
  "}",
  "```",
  "",
  "```ts test",
  'Deno.test("twice puts two", () => {',
  "  assertEquals(twice(new Counter()), 2);",
  "});",
  "```",
);

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Reads the mappings of a map with one source, by generated line. */
export function decodeMappings(mappings: string): Segment[][] {
  let sourceLine = 0;
  let sourceColumn = 0;
  return mappings.split(";").map((line) => {
    let column = 0;
    return line.split(",").filter((text) => text !== "").map((text) => {
      const [columnStep = 0, , lineStep = 0, sourceColumnStep = 0] = decodeNumbers(text);
      column += columnStep;
      sourceLine += lineStep;
      sourceColumn += sourceColumnStep;
      return { column, sourceLine, sourceColumn };
    });
  });
}

function decodeNumbers(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of text) {
    const digit = DIGITS.indexOf(character);
    value |= (digit & 31) << shift;
    shift += 5;
    if ((digit & 32) !== 0) continue;
    numbers.push((value & 1) === 0 ? value >>> 1 : -(value >>> 1));
    value = 0;
    shift = 0;
  }
  return numbers;
}
