import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { highlight } from "../../site/highlight.ts";
import { textOf } from "./support.ts";

const NAMES = new Set(["io_mm", "bond", "attach"]);
const resolve = (name: string) => NAMES.has(name) ? `../x/#${name}` : undefined;
const linked = (code: string) =>
  [...highlight(code, "ts", 1, resolve).text.matchAll(/<a href="\.\.\/x\/#([^"]*)"/g)]
    .map(([, name]) => name);

Deno.test("highlight: each line has the chapter's number as its anchor", () => {
  const { text } = highlight("const a = 1;\n\nconst b = 2;", "ts", 41);
  assertEquals([...text.matchAll(/ id="(L\d+)"/g)].map(([, id]) => id), ["L41", "L42", "L43"]);
});

Deno.test("highlight: a fence that is only shown has no anchors", () => {
  assert(!highlight("int a;\nint b;", "c", undefined).text.includes(" id="));
});

Deno.test("highlight: names link, whatever they stand beside", () => {
  assertEquals(linked("attach(io_mm);"), ["attach", "io_mm"]);
  assertEquals(linked("class bond extends struct({ io_mm: ptr(io_mm) }) {}"), ["bond", "io_mm"]);
  assertEquals(linked("f(...io_mm)"), ["io_mm"]);
});

Deno.test("highlight: members, keys, strings and comments do not link", () => {
  assertEquals(linked("x.io_mm; x?.io_mm; x\n  .bond; this.#attach"), []);
  assertEquals(linked('const t: { io_mm: number; bond?: string } = "io_mm";'), []);
  assertEquals(linked("// io_mm\n/* bond\n attach */"), []);
  assertEquals(linked("`io_mm ${bond} attach`"), ["bond"]);
});

Deno.test("highlight: a comment over several lines is closed and opened on each", () => {
  const { text } = highlight("/* a\n b */ c", "ts", 1);
  for (const line of text.split("\n").slice(0, -1)) {
    const opened = (line.match(/<span/g) ?? []).length, closed = line.match(/<\/span>/g) ?? [];
    // The line's own element ends on the next line, after the line break.
    assert(Math.abs(opened - closed.length) <= 1, line);
  }
  assertEquals((text.match(/class="c"/g) ?? []).length, 2);
});

Deno.test("highlight: an unknown language is shown as it is", () => {
  assertStringIncludes(highlight("<a> & b", "mermaid", 1).text, "&lt;a&gt; &amp; b");
});

Deno.test("highlight: no text is lost or changed, for any text and language", () => {
  const piece = fc.constantFrom(
    ..."io_mm bond . : ? ` ${ } \" ' // /* */ \n & < > &amp; function class 1 # …".split(" "),
    " ",
    "\n",
    "\n\n",
  );
  const code = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(code, fc.constantFrom("ts", "c", "sh", "json", "none"), (code, language) => {
      assertEquals(textOf(highlight(code, language, 7, resolve).text), `${code}\n`);
    }),
  );
});
