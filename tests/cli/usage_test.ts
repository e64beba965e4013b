/** Arguments and suggestions. */
import { assertEquals, assertThrows } from "@std/assert";
import { showsSame } from "../../src/cli/sources.ts";
import { editDistance, nearest, readArguments, UsageError } from "../../src/cli/usage.ts";

Deno.test("usage: words and options are told apart", () => {
  const { words, options } = readArguments(["a", "--json", "--mode=pct", "b"], {
    json: "flag",
    mode: "MODE",
  });
  assertEquals(words, ["a", "b"]);
  assertEquals([...options], [["json", ""], ["mode", "pct"]]);
  assertThrows(() => readArguments(["--toString"], { json: "flag" }), UsageError);
});

Deno.test("usage: the nearest known word is the one with the fewest edits, if it is near", () => {
  assertEquals(editDistance("unbind-exit", "unbind-exit"), 0);
  assertEquals(editDistance("kitten", "sitting"), 3);
  assertEquals(editDistance("", "abc"), 3);
  assertEquals(nearest("unbnd-exit", ["unbind-exit", "unbind-all"]), "unbind-exit");
  assertEquals(nearest("munmap", ["unbind-exit", "exit-alone"]), null);
});

Deno.test("sources: a view is fresh when it says what its chapter says", () => {
  const chapter = "# 01 Title\n\ntext\n```ts\nexport const a = 1;\n```\n";
  const view = "/*0*/ //|# 01 Title\n\n//|text\n//|```ts\nexport const a = 1;\n//|```\n";
  assertEquals(showsSame(view, chapter), true);
  assertEquals(showsSame(view, chapter.replace("= 1", "= 2")), false);
  assertEquals(showsSame(view, `${chapter}\n`), false);
  assertEquals(showsSame(view, chapter.replace("text", "other")), false);
  assertEquals(showsSame(view, chapter.replace("Title", "Name")), false);
});
