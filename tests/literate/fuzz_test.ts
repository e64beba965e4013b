// Goal: whatever the text, the tools either accept it and keep every line, or throw the one typed
// error. Method: texts built from the lines that matter to the grammar, mixed with noise.

import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { parseBook, readBook } from "../../src/literate/book.ts";
import { parseChapter } from "../../src/literate/chapter.ts";
import { readCode } from "../../src/literate/code.ts";
import { composeEdition, editionNames } from "../../src/literate/edition.ts";
import { LiterateError } from "../../src/literate/finding.ts";
import { diffLines, mergeLines } from "../../src/literate/merge.ts";
import { encodeMappings } from "../../src/literate/source_map.ts";
import { CodeSyntaxError } from "../../src/literate/tokens.ts";
import { untangleViews } from "../../src/literate/untangle.ts";
import { tangle, tangleChapter, untangle } from "../../src/literate/view.ts";
import { decodeMappings } from "./support.ts";

/** Runs of a property; each property stays within about two seconds. */
const RUNS = { numRuns: 2000, interruptAfterTimeLimit: 5000, markInterruptAsFailure: false };

const line = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("```", "```ts", "```ts test", "```text", "~~~", "") },
  { weight: 2, arbitrary: fc.constantFrom("```ts edition=x", "````", "# `a`", "## b", "//|x") },
  { weight: 2, arbitrary: fc.constantFrom("export const a = 1;", "a;", "b();", "<!--", "-->") },
  { weight: 1, arbitrary: fc.constantFrom("/*0123456789abcdef*/ //|x", " ```ts", "- ```ts") },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
);
const anyText = fc.array(line, { maxLength: 30 }).map((lines) => lines.join("\n"));

/** A chapter whose fences parse: prose and fences in turn. */
const prose = fc.array(
  fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) =>
    !/[\r\n\u2028\u2029]|`{3}|~{3}|<!--|^ {0,3}#/.test(text)
  ),
  { maxLength: 4 },
);
const code = fc.array(
  fc.constantFrom("", "  a();", "// text", "const b = `x`;".repeat(0), "{ let c; }"),
  { maxLength: 5 },
);
const fence = fc.tuple(fc.constantFrom("ts", "ts test", "ts ignore", "c", "text"), code)
  .map(([info, body]) => ["```" + info, ...body, "```"]);
const goodText = fc.array(fc.oneof(prose, fence), { maxLength: 8 })
  .map((parts) => ["# Title", ...parts.flat()].join("\n"));

/** The result of an action, or null if it threw the typed error. */
function accepted<T>(action: () => T): T | null {
  try {
    return action();
  } catch (error) {
    if (error instanceof LiterateError) {
      assert(error.findings.length > 0);
      for (const { line, column } of error.findings) assert(line >= 1 && column >= 1);
      return null;
    }
    throw error;
  }
}

Deno.test("parseChapter keeps every line or throws the typed error", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const chapter = accepted(() => parseChapter("a.md", text));
      if (chapter === null) return;
      assertEquals(chapter.lines.join("\n"), text);
      for (const { open, close, body } of chapter.fences) {
        assertEquals(body, chapter.lines.slice(open.line, close.line - 1));
      }
      for (const kind of ["definition", "test", "edition=x"] as const) {
        for (const imports of ["", 'import { a } from "b";']) {
          const view = tangleChapter(chapter, kind, imports);
          assertEquals(view.split("\n").length, chapter.lines.length);
          assertEquals(untangle(view), text);
        }
      }
    }),
    RUNS,
  );
});

Deno.test("readBook and composeEdition accept a text or throw the typed error", () => {
  fc.assert(
    fc.property(anyText, anyText, (one, two) => {
      const sources = [{ path: "01-a.md", text: one }, { path: "02-b.md", text: two }];
      const book = accepted(() => readBook(sources));
      if (book === null) return;
      for (const name of editionNames(book)) accepted(() => composeEdition(book, name));
      for (const view of tangle(book)) {
        assertEquals(untangle(view.text), view.chapter.lines.join("\n"));
      }
    }),
    RUNS,
  );
});

Deno.test("a well-formed chapter is always accepted and comes back from its views", () => {
  fc.assert(
    fc.property(goodText, (text) => {
      const views = tangle(parseBook([{ path: "01-a.md", text }]));
      for (const view of views) assertEquals(untangle(view.text), text);
    }),
    RUNS,
  );
});

Deno.test("readCode reads any text or throws its syntax error", () => {
  const tokens = fc.array(
    fc.constantFrom(
      "export ",
      "const a",
      "=",
      "{",
      "}",
      "(",
      ")",
      "`",
      "${",
      "/",
      ";\n",
      "import ",
      "'m'",
      "from ",
      "type ",
      "<",
      ">",
      "class A",
      ":",
      "?",
      "function* f",
      "//",
      "\n",
      "as ",
      "\\",
    ),
    { maxLength: 25 },
  ).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(tokens, fc.string({ unit: "binary" })), (source) => {
      try {
        const { statements } = readCode(source);
        let end = 0;
        for (const statement of statements) {
          assert(end <= statement.start && statement.start <= statement.end);
          end = statement.end;
        }
        assert(end <= source.length);
      } catch (error) {
        if (!(error instanceof CodeSyntaxError)) throw error;
      }
    }),
    RUNS,
  );
});

Deno.test("an edit of a view comes back whole or is refused whole", () => {
  fc.assert(
    fc.property(goodText, fc.nat(), line, fc.boolean(), (text, at, inserted, replace) => {
      const chapter = { path: "01-a.md", text };
      const [view] = tangle(parseBook([chapter]));
      const lines = (view?.text ?? "").split("\n");
      const index = 1 + at % lines.length;
      const edited = lines.toSpliced(index, replace ? 1 : 0, inserted).join("\n");
      const back = accepted(() =>
        untangleViews(chapter, [{ path: "01-a.ts", kind: "definition", text: edited }])
      );
      if (back === null) return;
      const again = tangleChapter(parseChapter("01-a.md", back), "definition", "");
      assertEquals(again.split("\n").slice(1), edited.split("\n").slice(1));
    }),
    RUNS,
  );
});

Deno.test("diffLines describes the edit, and mergeLines with the base gives the edit", () => {
  const texts = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });
  fc.assert(
    fc.property(texts, texts, (base, other) => {
      const rebuilt: string[] = [];
      let at = 0;
      for (const { start, end, lines } of diffLines(base, other)) {
        assert(start >= at && end >= start);
        rebuilt.push(...base.slice(at, start), ...lines);
        at = end;
      }
      assertEquals([...rebuilt, ...base.slice(at)], other);
      assertEquals(mergeLines(base, other, base), other);
      assertEquals(mergeLines(base, base, other), other);
      assertEquals(mergeLines(base, other, other), other);
    }),
    RUNS,
  );
});

Deno.test("mappings come back from their encoding", () => {
  const place = fc.record({
    line: fc.integer({ min: 1, max: 1 << 20 }),
    column: fc.integer({ min: 1, max: 500 }),
  });
  const lines = fc.array(fc.array(fc.tuple(fc.nat({ max: 400 }), place), { maxLength: 6 }), {
    maxLength: 10,
  });
  fc.assert(
    fc.property(lines, (lines) => {
      const mappings = lines.map((line) =>
        line.map(([column, place]) => ({ column, place: { ...place, path: "a.md" } }))
      );
      const decoded = decodeMappings(encodeMappings(mappings, ["a.md"]));
      const expected = mappings.map((line) =>
        line.map(({ column, place }) => ({
          column,
          sourceLine: place.line - 1,
          sourceColumn: place.column - 1,
        }))
      );
      assertEquals(decoded, expected.length === 0 ? [[]] : expected);
    }),
    RUNS,
  );
});
