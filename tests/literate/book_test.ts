// Goal: the rules between the parts of a book. Method: one small book for each rule.

import { assertEquals } from "@std/assert";
import { readBook } from "../../src/literate/book.ts";
import { readCode } from "../../src/literate/code.ts";
import { assertFindings, chapter, COUNTER, findingsOf, USER } from "./support.ts";

const fence = (...lines: string[]) => ["```ts", ...lines, "```"];
const test = (...lines: string[]) => ["```ts test", ...lines, "```"];

Deno.test("a well-formed book has no findings", () => {
  assertFindings(() =>
    readBook([{ path: "spec/02-user.md", text: USER }, { path: "spec/01-c.md", text: COUNTER }])
  );
});

Deno.test("a name is defined once in a book", () => {
  const one = chapter("01-a", "# a", ...fence("export const x = 1;"));
  assertFindings(
    () => readBook([one, chapter("02-b", "# b", ...fence("export class x {}"))]),
    "spec/02-b.md:3:14 duplicate-name",
  );
  assertFindings(
    () =>
      readBook([chapter("01-a", "# a", ...fence("export let x = 1;"), ...fence("const x = 2;"))]),
    "spec/01-a.md:6:7 duplicate-name",
  );
  const twice = test('import { y } from "m";');
  assertFindings(
    () => readBook([chapter("01-a", "# a", ...twice, ...twice)]),
    "spec/01-a.md:6:10 duplicate-name",
  );
});

Deno.test("a type and a value may share a name, and a function may be overloaded", () => {
  assertFindings(() =>
    readBook([chapter(
      "01-a",
      "# a",
      ...fence("export interface x {}", "export const x = 1;"),
      ...fence(
        "export function f(a: number): void;",
        "export function f(a: string): void;",
        "export function f(a: unknown): void {}",
      ),
    )])
  );
});

Deno.test("a chapter uses only what it or an earlier one defines", () => {
  const later = chapter("02-b", "# b", ...fence("export const late = 1;"));
  for (
    const [line, column] of [
      ["export const x = late;", 18],
      ["export type X = typeof late;", 24],
      ["export const x = { late };", 20],
    ] as const
  ) {
    assertFindings(
      () => readBook([chapter("01-a", "# a", ...fence(line)), later]),
      `spec/01-a.md:3:${column} forward-reference`,
    );
  }
  assertFindings(
    () => readBook([chapter("01-a", "# a", ...test("late;")), later]),
    "spec/01-a.md:3:1 forward-reference",
  );
  assertFindings(
    () => readBook([chapter("01-a", "# a", ...fence('import "./02-b.ts";')), later]),
    "spec/01-a.md:3:8 forward-reference",
  );
  for (
    const line of [
      "export const x = { late: 1 }.late;",
      "export const x = (late: number) => late;",
      "export interface X { late: number }",
      'export const x = "late"; // late',
      "export const x = `late`;",
    ]
  ) {
    assertFindings(() => readBook([chapter("01-a", "# a", ...fence(line)), later]));
  }
});

Deno.test("an edition fence replaces something", () => {
  const edition = ["```ts edition=mended", "export const y = 1;", "```"];
  assertFindings(
    () => readBook([chapter("01-a", "# a", ...fence("export const x = 1;"), ...edition)]),
    "spec/01-a.md:5:1 empty-edition",
  );
});

Deno.test("a heading's names are defined below it", () => {
  const defines = fence("export const x = 1;", "const hidden = 1;");
  assertFindings(
    () => readBook([chapter("01-a", "# a", "## The `x` and `y`", ...defines)]),
    "spec/01-a.md:2:16 missing-definition",
  );
  assertFindings(
    () => readBook([chapter("01-a", "# a", "## `hidden`", ...defines)]),
    "spec/01-a.md:2:4 missing-definition",
  );
  for (const heading of ["## `x`", "## `x.y` and `a b`", "## none"]) {
    assertFindings(() => readBook([chapter("01-a", "# a", heading, ...defines)]));
  }
  assertFindings(() => readBook([chapter("01-a", "# a", "## `y`", "prose", "## x", ...defines)]));
});

Deno.test("a fence has at most 40 lines", () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `// ${index}`);
  assertFindings(() => readBook([chapter("01-a", "# a", ...fence(...lines(40)))]));
  assertFindings(
    () => readBook([chapter("01-a", "# a", ...fence(...lines(41)))]),
    "spec/01-a.md:2:1 long-fence",
  );
});

Deno.test("what a fence exports stands in front of a named declaration", () => {
  for (const line of ["export default 1;", "export { x };", 'export * from "m";']) {
    assertFindings(
      () => readBook([chapter("01-a", "# a", ...fence("const x = 1;", line))]),
      "spec/01-a.md:4:1 export-form",
    );
  }
});

Deno.test("a fence that does not parse is reported where it breaks", () => {
  assertFindings(
    () => readBook([chapter("01-a", "# a", ...fence("const x = 1;", "const = 2;"))]),
    "spec/01-a.md:4:7 syntax",
  );
});

Deno.test("a chapter's file name says its place", () => {
  assertEquals(findingsOf(() => readBook([chapter("intro", "# a")])), [
    "spec/intro.md:1:1 chapter-name",
  ]);
});

Deno.test("readCode tells declarations, imports and uses apart", () => {
  const code = readCode([
    'import d, { a, type b, c as e } from "m";',
    'import * as ns from "n";',
    "export class A extends Base<T1> { key = value; m(p: P): R { return p.q(a); } }",
    "export const { x, y: [z] } = { x: k, y: `${inner} text` };",
    "export type U = { prop: V; f(arg: W): void } | (X extends Y ? Z : N);",
    "export function* g(h: h): Task { yield* h; { const local = 1; use(local); } local; }",
  ].join("\n"));
  assertEquals(
    code.imports.map(({ local, imported, specifier }) => `${local}=${specifier}#${imported}`),
    ["d=m#default", "a=m#a", "b=m#b", "e=m#c", "ns=n#*"],
  );
  assertEquals(code.statements.map(({ declarations }) => declarations.map(({ name }) => name)), [
    ["A"],
    ["x", "z"],
    ["U"],
    ["g"],
  ]);
  const names = (isType: boolean) =>
    code.references.filter((use) => use.isType === isType).map(({ name }) => name);
  assertEquals(names(false), ["Base", "value", "a", "k", "inner", "use", "local"]);
  const types = names(true);
  for (const name of ["T1", "P", "R", "V", "W", "X", "Y", "Z", "N", "h", "Task"]) {
    assertEquals(types.includes(name), true, name);
  }
  for (const name of ["prop", "f", "arg", "m", "key"]) {
    assertEquals(types.includes(name), false, name);
  }
});
