/** Goal: a trace that a chapter shows is what the explorer finds, to the letter, or fails with its line. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { checkTraces, updateTraces } from "../../src/cli/traces.ts";
import { parseChapter, type Source } from "../../src/literate/chapter.ts";
import { readChapters } from "../../src/literate/files.ts";
import { formatFinding, LiterateError } from "../../src/literate/finding.ts";

const book = readChapters(new URL("../../spec", import.meta.url).pathname)
  .map(({ path, text }) => ({ path: path.slice(path.lastIndexOf("spec/")), text }));
const shown = book.flatMap(({ path, text }) => parseChapter(path, text).fences)
  .flatMap(({ trace }) => trace ?? []);

Deno.test("traces: each that the book shows is what is found now", async () => {
  assertEquals((await checkTraces(book)).map(formatFinding), []);
  assertEquals(new Set(shown).size, shown.length);
  console.log(`${shown.length} traces found again: ${shown.join(", ")}`);
});

Deno.test("traces: every erratum has its trace", () => {
  const errata = book.find(({ path }) => path.endsWith("/16-errata.md"))?.text ?? "";
  const rows = [...errata.matchAll(/^\| \d .*\| `([a-z-]+)` +\|/gm)].map(([, name]) => name);
  assertEquals(rows.length, 7);
  assertEquals(rows.filter((name) => name === undefined || !shown.includes(name)), []);
});

/** Two threads that add to a plain field, in a chapter of their own. */
function chapterWith(...fences: readonly string[]): Source {
  const code = [
    'import { keep } from "explore/leak.ts";',
    'import { scenario } from "explore/scenario.ts";',
    'import { create, int, struct } from "explore/struct.ts";',
    'import type { Task } from "explore/task.ts";',
    'export class tally extends struct("tally", { votes: int }) {}',
    "export function* count(one: tally): Task {",
    "  one.votes++;",
    "}",
    "export const lost = scenario({",
    '  name: "lost-vote", title: "count || count", about: "?",',
    "  *setup() { return keep(create(tally)); },",
    "  threads: { a: count, b: count },",
    '  expect: { verdict: "known bug", sanitizer: "KCSAN", fault: "data-race" },',
    "});",
    'export const alone = scenario({ ...lost, name: "one-vote", threads: { a: count } });',
  ];
  const body = ["# 01 Votes", "", "## `lost`", "", ...fences, "", "```ts", ...code, "```", ""];
  return { path: "spec/01-votes.md", text: body.join("\n") };
}

const EMPTY = ["```text trace=lost-vote", "```"];

Deno.test("traces: what is written is what is then found, with the lines that it has then", async () => {
  const [written] = await updateTraces([chapterWith(...EMPTY, "", ...EMPTY)]);
  const lines = written?.text.split("\n") ?? [];
  assertEquals(lines.slice(5, 9), [
    "   a  b  before  at              changes",
    "1  x     start   01-votes.md:26  ends; tally.votes: 0 -> 1",
    "2     x  start   01-votes.md:26  ends; tally.votes: 1 -> 2",
    "KCSAN: data-race in tally.votes",
  ]);
  assertEquals(lines[25], "  one.votes++;");
  assertEquals(await checkTraces([written as Source]), []);
});

Deno.test("traces: a stale one is told by chapter and line, and what mends it", async () => {
  const [written] = await updateTraces([chapterWith(...EMPTY)]);
  const { path, text } = written as Source;
  const cases: [string, string, RegExp][] = [
    ["votes: 0 -> 1", "votes: 0 -> 7", /^spec\/01-votes\.md:7:1: .* of lost-vote: wanted "1 {2}x/],
    ["KCSAN: data-race in tally.votes\n", "KCSAN\n", /^spec\/01-votes\.md:9:1: .* wanted "KCSAN/],
    ["tally.votes: 1 -> 2", "tally.votes: 1", /^spec\/01-votes\.md:8:1: .* wanted "2 {5}x/],
  ];
  for (const [from, to, message] of cases) {
    assertStringIncludes(text, from);
    const [finding, ...more] = await checkTraces([{ path, text: text.replace(from, to) }]);
    assertEquals(more, []);
    assertMatch(finding === undefined ? "" : formatFinding(finding), message);
    assertMatch(finding?.message ?? "", /`deno task traces --update` writes it anew$/);
  }
});

Deno.test("traces: a line too many at the end of a trace is told by its line", async () => {
  const { path, text } = chapterWith();
  const [written] = await updateTraces([{ path, text: `${text}\n${EMPTY.join("\n")}\n` }]);
  const longer = (written as Source).text.replace(
    "tally.votes\n```",
    "tally.votes\nand so on\n```",
  );
  const [finding] = await checkTraces([{ path, text: longer }]);
  assertMatch(finding === undefined ? "" : formatFinding(finding), /:29:1: .* its end here/);
});

Deno.test("traces: no such scenario, nothing found, and words that mean nothing are refused", async () => {
  const cases: [string[], RegExp][] = [
    [["```text trace=lost-note", "```"], /:5:1: \[unknown-scenario\] .*did you mean lost-vote\?/],
    [["```text trace=one-vote", "```"], /:5:1: \[no-trace\] .*nothing is found in it/],
    [["```text trace=Lost", "```"], /:5:4: \[unknown-word\] .*wanted lower case letters/],
    [["```text trace", "```"], /:5:4: \[unknown-word\] .*wanted "text" or "text trace=SCENARIO"/],
    [["```text trac=lost-vote", "```"], /\[unknown-word\]/],
    [
      ["- ```text trace=lost-vote", "  ```"],
      /:5:3: \[nested-definition\] Cannot use a trace fence/,
    ],
  ];
  for (const [fence, message] of cases) {
    const error = await assertRejects(() => checkTraces([chapterWith(...fence)]), LiterateError);
    assertMatch(error.message, message);
  }
});
