// Goal: views keep every line, import what they use, and give back what was edited, or refuse.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readBook } from "../../src/literate/book.ts";
import { tangleFolder, untangleFolder } from "../../src/literate/files.ts";
import { hashText } from "../../src/literate/hash.ts";
import { mergeLines } from "../../src/literate/merge.ts";
import { tangle, untangle } from "../../src/literate/view.ts";
import { assertFindings, chapter, COUNTER, text, USER, withBook } from "./support.ts";

const BOOK = { "01-counter.md": COUNTER, "02-user.md": USER };
const read = (folder: string, name: string) => Deno.readTextFileSync(`${folder}/spec/${name}`);

function edit(folder: string, name: string, from: string | RegExp, to: string): void {
  const before = read(folder, name);
  const after = before.replaceAll(typeof from === "string" ? from : new RegExp(from, "g"), to);
  assert(before !== after, `${name} has no ${from}`);
  Deno.writeTextFileSync(`${folder}/spec/${name}`, after);
}

Deno.test("hashText is FNV-1a with 64 bits", () => {
  // The published vectors of the algorithm.
  assertEquals(hashText(""), "cbf29ce484222325");
  assertEquals(hashText("a"), "af63dc4c8601ec8c");
  assertEquals(hashText("foobar"), "85944171f73967e8");
});

Deno.test("a view has the chapter's lines, code as it is and the rest marked", () => {
  const [view] = tangle(readBook([{ path: "spec/01-counter.md", text: COUNTER }]));
  const lines = view?.text.split("\n") ?? [];
  const source = COUNTER.split("\n");
  assertEquals(lines.length, source.length);
  assertEquals(
    lines.slice(1),
    source.slice(1).map((line, index) => {
      const number = index + 2;
      return line === "" || (number > 5 && number < 15) ? line : `//|${line}`;
    }),
  );
  assertEquals(untangle(view?.text ?? ""), COUNTER);
});

Deno.test("line 1 imports the names in use, types as types", () => {
  const heads = tangle(readBook([
    { path: "spec/01-counter.md", text: COUNTER },
    { path: "spec/02-user.md", text: USER },
    chapter("03-c", "# c", "```ts", "export const b = basename;", "```"),
  ])).map((view) => view.text.split("\n")[0]?.replace(/^\/\*[0-9a-f]{16}\*\/ /, ""));
  assertEquals(heads, [
    "//|# 01 Counter",
    'import { Counter } from "./01-counter.ts"; //|# 01 Counter',
    'import type { Counter } from "./01-counter.ts"; //|# 02 User',
    'import { Counter } from "./01-counter.ts"; import { twice } from "./02-user.ts"; ' +
    'import { assertEquals } from "@std/assert"; //|# 02 User',
    'import { basename } from "@std/path"; //|# c',
  ]);
});

Deno.test("a renamed import, a whole module and a mark in a specifier come through", () => {
  const [, view] = tangle(readBook([
    chapter(
      "01-a",
      "# a",
      "```ts",
      'import * as n from "x//|y";',
      'import d, { a as b } from "z";',
      "```",
    ),
    chapter("02-b", "# b", "```ts", "export const c = [n.m, b, d];", "```"),
  ]));
  const [head] = view?.text.split("\n") ?? [];
  assertStringIncludes(head ?? "", 'import { a as b, default as d } from "z";');
  assertStringIncludes(head ?? "", 'import * as n from "x/\\u002f|y";');
  assert(untangle(view?.text ?? "").startsWith("# b\n"));
});

Deno.test("tangleFolder writes once, follows the chapters and removes what has none", async () => {
  await withBook(BOOK, (folder) => {
    assertEquals(tangleFolder(`${folder}/spec`).written.length, 4);
    assertEquals(tangleFolder(`${folder}/spec`).written.length, 0);
    edit(folder, "02-user.md", "# 02 User", "# 02 Reader");
    assertEquals(tangleFolder(`${folder}/spec`).written.length, 2);
    Deno.removeSync(`${folder}/spec/02-user.md`);
    assertEquals(tangleFolder(`${folder}/spec`).removed.length, 2);
    const names = [...Deno.readDirSync(`${folder}/spec`)].map(({ name }) => name).sort();
    assertEquals(names, ["01-counter.md", "01-counter.ts", "01-counter_test.ts"]);
  });
});

Deno.test("tangleFolder does not overwrite an edited view", async () => {
  await withBook(BOOK, (folder) => {
    tangleFolder(`${folder}/spec`);
    edit(folder, "02-user.ts", "put(2)", "put(3)");
    edit(folder, "02-user.md", "# 02 User", "# 02 Reader");
    const place = `${folder}/spec/02-user.ts:1:1`;
    assertFindings(() => tangleFolder(`${folder}/spec`), `${place} edited-view`);
    assertFindings(() => untangleFolder(`${folder}/spec`), `${place} stale-view`);
    assertStringIncludes(read(folder, "02-user.ts"), "put(3)");
    assertStringIncludes(read(folder, "02-user.md"), "put(2)");
  });
});

Deno.test("edits in both views come back, and nothing else changes", async () => {
  await withBook(BOOK, (folder) => {
    tangleFolder(`${folder}/spec`);
    edit(folder, "01-counter.ts", "    this.count", "    // Adds.\n    this.count");
    edit(folder, "01-counter_test.ts", "counter.put(2)", "counter.put(1 + 1)");
    edit(folder, "01-counter_test.ts", "//|# 01 Counter", "//|# 01 A counter");
    const { changed, findings } = untangleFolder(`${folder}/spec`);
    assertEquals([changed, findings], [[`${folder}/spec/01-counter.md`], []]);
    assertEquals(
      read(folder, "01-counter.md"),
      COUNTER.replace("    this.count", "    // Adds.\n    this.count")
        .replace("counter.put(2)", "counter.put(1 + 1)")
        .replace("# 01 Counter", "# 01 A counter"),
    );
    assertEquals(tangleFolder(`${folder}/spec`).written, []);
  });
});

Deno.test("a rename over all views comes back; the heading is left to its author", async () => {
  await withBook(BOOK, (folder) => {
    tangleFolder(`${folder}/spec`);
    for (const name of ["01-counter.ts", "01-counter_test.ts", "02-user.ts", "02-user_test.ts"]) {
      // As an editor does it: identifiers in code, prose and other lines left alone.
      const lines = read(folder, name).split("\n").map((line, index) =>
        line.startsWith("//|") ? line : line.replace(
          index === 0 ? /\bCounter\b(?=.*\/\/\|)/g : /\bCounter\b/g,
          "Tally",
        )
      );
      Deno.writeTextFileSync(`${folder}/spec/${name}`, lines.join("\n"));
    }
    const { changed, findings } = untangleFolder(`${folder}/spec`);
    assertEquals(changed.length, 2);
    assertEquals(findings.map(({ line, rule }) => [line, rule]), [[3, "missing-definition"]]);
    assertStringIncludes(read(folder, "01-counter.md"), "export class Tally {");
    assertStringIncludes(read(folder, "02-user.md"), "twice(new Tally())");
    assertStringIncludes(read(folder, "02-user_test.ts"), "import { Tally }");
  });
});

Deno.test("untangleFolder refuses what the chapter cannot hold, and touches nothing", async () => {
  const cases: readonly [string, string, string, string][] = [
    ["02-user.ts", "//|## `twice`", "const stray = 1;\n//|## `twice`", "3:1 code-outside-fence"],
    ["02-user.ts", "  return counter", "//|  return counter", "8:1 code-outside-fence"],
    ["02-user.ts", "//|```ts test", "//|", "16:1 unclosed-fence"],
    ["02-user.ts", " //|# 02", ' import { z } from "z"; //|# 02', "1:1 lost-import"],
    ["02-user.ts", "counter.put(2);", "counter.put(;", "7:15 syntax"],
  ];
  for (const [name, from, to, expected] of cases) {
    await withBook(BOOK, (folder) => {
      tangleFolder(`${folder}/spec`);
      edit(folder, name, from, to);
      const edited = read(folder, name);
      const [place, rule] = expected.split(" ");
      try {
        untangleFolder(`${folder}/spec`);
        throw new Error(`took over ${to}`);
      } catch (error) {
        assertStringIncludes(String(error), `:${place}: [${rule}]`);
      }
      assertEquals([read(folder, "02-user.md"), read(folder, name)], [USER, edited]);
    });
  }
});

Deno.test("untangleFolder refuses two different edits of one line", async () => {
  await withBook(BOOK, (folder) => {
    tangleFolder(`${folder}/spec`);
    edit(folder, "02-user.ts", "//|# 02 User", "//|# 02 This");
    edit(folder, "02-user_test.ts", "//|# 02 User", "//|# 02 That");
    assertFindings(
      () => untangleFolder(`${folder}/spec`),
      `${folder}/spec/02-user_test.ts:1:1 conflict`,
    );
    assertEquals(read(folder, "02-user.md"), USER);
  });
});

Deno.test("an edition's replacements have a view, and its edits come back", async () => {
  const errata = text(
    "# 14 Errata",
    "```ts edition=mended",
    "export function twice(): number {",
    "  return new Counter().count;",
    "}",
    "```",
  );
  await withBook({ ...BOOK, "14-errata.md": errata }, (folder) => {
    tangleFolder(`${folder}/spec`);
    assertStringIncludes(read(folder, "14-errata@mended.ts"), "import { Counter }");
    edit(folder, "14-errata@mended.ts", ".count;", ".count + 1;");
    untangleFolder(`${folder}/spec`);
    assertEquals(read(folder, "14-errata.md"), errata.replace(".count;", ".count + 1;"));
  });
});

Deno.test("mergeLines joins edits of different lines and reports those of one", () => {
  const base = ["a", "b", "c", "d"];
  assertEquals(mergeLines(base, ["a", "B", "c", "d"], ["a", "b", "c", "d", "e"]), [
    "a",
    "B",
    "c",
    "d",
    "e",
  ]);
  assertEquals(mergeLines(base, ["b", "c", "d"], ["b", "c", "d"]), ["b", "c", "d"]);
  assertEquals(mergeLines(base, ["a", "x", "c", "d"], ["a", "y", "c", "d"]), { line: 2 });
  assertEquals(mergeLines(base, ["a", "x", "b", "c", "d"], ["a", "y", "b", "c", "d"]), { line: 2 });
});
