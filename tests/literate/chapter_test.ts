// Goal: every malformed chapter is refused with its place; every well-formed one is read exactly.
// Method: one small text for each rule, and the whole list of findings compared.

import { assert, assertEquals } from "@std/assert";
import { parseChapter } from "../../src/literate/chapter.ts";
import { assertFindings, text } from "./support.ts";

const parse = (...lines: string[]) => parseChapter("spec/01-a.md", text(...lines));

Deno.test("parseChapter reads places, words, headings and bodies", () => {
  const { name, title, headings, fences } = parse(
    "# 01 A title",
    "## `one` and `two.three` and `null`",
    "```ts",
    "one",
    "```",
    "~~~~sh title=x more",
    "~~~",
    "~~~~",
    "### Plain ##",
    "```ts edition=mended",
    "```",
    "   ```",
    "   ```",
  );
  assertEquals([name, title], ["01-a", "01 A title"]);
  assertEquals(headings.map(({ line, level, names }) => [line, level, names]), [
    [1, 1, []],
    [2, 2, ["one"]],
    [9, 3, []],
  ]);
  assertEquals(fences.map(({ kind, language, words }) => [kind, language, words]), [
    ["definition", "ts", []],
    ["shown", "sh", ["more"]],
    ["edition", "ts", []],
    ["shown", "", []],
  ]);
  const [first, second, third, fourth] = fences;
  assertEquals(first?.open, { line: 3, column: 1 });
  assertEquals(first?.close, { line: 5, column: 1 });
  assertEquals(first?.body, ["one"]);
  assertEquals(first?.heading?.line, 2);
  assertEquals(second?.body, ["~~~"]);
  assertEquals(second?.attributes.get("title"), "x");
  assertEquals([third?.edition, third?.heading?.text], ["mended", "Plain"]);
  assertEquals(fourth?.open, { line: 12, column: 4 });
});

Deno.test("parseChapter refuses a fence that is not closed", () => {
  assertFindings(() => parse("# t", "```ts", "x"), "spec/01-a.md:2:1 unclosed-fence");
  assertFindings(() => parse("# t", "````c", "```"), "spec/01-a.md:2:1 unclosed-fence");
  assertFindings(() => parse("# t", "~~~", "```"), "spec/01-a.md:2:1 unclosed-fence");
});

Deno.test("parseChapter refuses fence words that it does not know", () => {
  const infos = ["ts tset", "ts test ignore", "ts edition=", "ts edition=as-posted", "ts foo=1"];
  for (const info of [...infos, "typescript", "TS", "tsx", "ts,ignore", "ts edition=A"]) {
    assertFindings(() => parse("```" + info, "```"), "spec/01-a.md:1:4 unknown-word");
  }
  for (const info of ["ts ignore", "text", "c", "js", "sh run", "", "tsv"]) {
    assertFindings(() => parse("```" + info, "```"));
  }
});

Deno.test("parseChapter refuses code that is indented or nested", () => {
  for (const before of [" ", "  ", "\t", "- ", "1. ", "> ", "> - "]) {
    for (const info of ["ts", "ts test", "ts edition=x"]) {
      const place = `spec/01-a.md:1:${before.length + 1} nested-definition`;
      assertFindings(() => parse(before + "```" + info, "```"), place);
    }
    assertFindings(() => parse(before + "```text", "```"));
  }
});

Deno.test("parseChapter refuses a fence that no reader would see", () => {
  assertFindings(
    () => parse("<!-- hidden", "```ts", "x", "```", "-->"),
    "spec/01-a.md:2:1 hidden-fence",
  );
  assertFindings(() => parse("<!-- one line -->", "```ts", "x", "```"));
});

Deno.test("parseChapter refuses line ends that would shift the lines of a view", () => {
  assertFindings(() => parseChapter("a.md", "# t\r\nx\r\n"), "a.md:1:4 line-end");
  assertFindings(() => parseChapter("a.md", "# t\nab\u2028c"), "a.md:2:3 line-end");
});

Deno.test("parseChapter refuses a code line that looks like prose of a view", () => {
  assertFindings(() => parse("```ts", "//| x", "```"), "spec/01-a.md:2:1 view-mark");
  assertFindings(() => parse("//| x", "```text", "//| x", "```"));
});

Deno.test("parseChapter reports all findings of a text", () => {
  assertFindings(
    () => parse("```ts tset", "```", " ```ts", "```", "```ts"),
    "spec/01-a.md:1:4 unknown-word",
    "spec/01-a.md:3:2 nested-definition",
    "spec/01-a.md:5:1 unclosed-fence",
  );
});

Deno.test("backticks in an info string do not open a fence", () => {
  const { fences } = parse("```ts` is code", "text");
  assert(fences.length === 0);
});
