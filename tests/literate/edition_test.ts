// Goal: editions load from memory, fresh each time, and their frames name the replacing fence.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { readBook } from "../../src/literate/book.ts";
import { composeEdition, definitionHashes, editionNames } from "../../src/literate/edition.ts";
import { LiterateError } from "../../src/literate/finding.ts";
import { editionHash, loadEdition, type LoadOptions } from "../../src/literate/load.ts";
import { generateModule } from "../../src/literate/module_code.ts";
import { locate, stackRewriter } from "../../src/literate/stack.ts";
import { assertFindings, chapter, COUNTER, text, USER } from "./support.ts";

const resolve = (specifier: string) => import.meta.resolve(specifier);

const ERRATA = text(
  "# 14 Errata",
  "",
  "## `twice` thrice",
  "",
  "```ts edition=mended",
  "const times: number = 3;",
  "",
  "export function twice(counter: Counter): number {",
  "  if (counter.count < 0) throw new Error(`below ${counter.count}`);",
  "  counter.put(times);",
  "  return counter.count;",
  "}",
  "```",
);

const chapters = [
  { path: "spec/01-counter.md", text: COUNTER },
  { path: "spec/02-user.md", text: USER },
  { path: "spec/14-errata.md", text: ERRATA },
];

interface Counter {
  count: number;
}

async function load(options: Partial<LoadOptions> = {}) {
  const loaded = await loadEdition({ chapters, resolve, ...options });
  const { Counter } = loaded.modules.get("01-counter") as { Counter: new () => Counter };
  const { twice } = loaded.modules.get("02-user") as { twice: (counter: Counter) => number };
  return { ...loaded, Counter, twice };
}

function overrides(...lines: string[]): string {
  return text("# Mine", "", "```ts", ...lines, "```");
}

async function findingsOf(promise: Promise<unknown>): Promise<string[]> {
  const error: LiterateError = await assertRejects(() => promise, LiterateError);
  return error.findings.map(({ path, line, column, rule }) => `${path}:${line}:${column} ${rule}`);
}

Deno.test("an edition replaces definitions and leaves the book alone", async () => {
  const base = await load();
  const mended = await load({ edition: "mended" });
  assertEquals(base.twice(new base.Counter()), 2);
  assertEquals(mended.twice(new mended.Counter()), 3);
  assertEquals(base.twice(new base.Counter()), 2);
  assertEquals([...base.modules.keys()], ["01-counter", "02-user", "14-errata"]);
  assertEquals(Object.keys(mended.modules.get("14-errata") ?? {}), []);
});

Deno.test("each load makes fresh modules", async () => {
  const [one, two] = [await load(), await load()];
  assert(one.Counter !== two.Counter);
  assert(!(new one.Counter() instanceof two.Counter));
});

Deno.test("a reader's file replaces on top of an edition", async () => {
  const file = overrides("export function twice(counter: Counter): number {", "  return -1;", "}");
  const mine = await load({ edition: "mended", overrides: file });
  assertEquals(mine.twice(new mine.Counter()), -1);
  const renewed = await load({
    overrides: overrides(
      'import { join } from "@std/path";',
      "export class Counter {",
      '  count = join("a", "b").length;',
      "  put(amount: number): void {",
      "    this.count += amount;",
      "  }",
      "}",
    ),
  });
  assertEquals(renewed.twice(new renewed.Counter()), 5);
});

Deno.test("a reader's file that cannot be used is refused with its place", async () => {
  const refused = async (overrides: string, ...expected: string[]) =>
    assertEquals(await findingsOf(load({ overrides })), expected);
  await refused(overrides("export const other = 1;"), "overrides.md:3:1 empty-edition");
  await refused(text("# Mine", "prose"), "overrides.md:1:1 empty-edition");
  await refused(overrides("export const = 1;"), "overrides.md:4:14 syntax");
  await refused(
    text("```ts test", "1;", "```", "```ts", "export const twice = 1;", "```"),
    "overrides.md:1:1 foreign-fence",
  );
  await refused(
    overrides("export const twice = 1;", "", "export const twice = 2;"),
    "overrides.md:6:1 duplicate-name",
  );
});

Deno.test("a replacement that breaks the order of the book is refused", () => {
  const late = chapter("15-late", "# l", "```ts", "export const late = 1;", "```");
  const replaced = chapter(
    "16-r",
    "# r",
    "```ts edition=late",
    "export const twice = late;",
    "```",
  );
  assertFindings(
    () => composeEdition(readBook([...chapters, late, replaced]), "late"),
    "spec/16-r.md:3:22 forward-reference",
  );
  const pair = chapter("15-pair", "# p", "```ts", "export const one = 1, two = 2;", "```");
  const half = chapter("16-r", "# r", "```ts edition=half", "export const one = 3;", "```");
  assertFindings(
    () => composeEdition(readBook([...chapters, pair, half]), "half"),
    "spec/16-r.md:3:1 split-definition",
  );
});

Deno.test("an unknown edition is refused by name", async () => {
  assertEquals(editionNames(readBook(chapters)), ["as-posted", "mended"]);
  await assertRejects(() => load({ edition: "other" }), RangeError, "as-posted, mended");
});

Deno.test("frames name the chapter, and the replacing fence where one replaces", async () => {
  const mended = await load({ edition: "mended" });
  const counter = new mended.Counter();
  counter.count = -1;
  const stack = stackOf(() => mended.twice(counter));
  assertMatch(mended.rewriteStack(stack), /at Object\.twice \(spec\/14-errata\.md:9:32\)/);
  const base = await load();
  const frames = base.rewriteStack(stackOf(() => base.twice(null as unknown as Counter)));
  assertMatch(frames, /at Object\.twice \(spec\/02-user\.md:7:11\)/);
});

Deno.test("a chapter that throws while it loads is named in the stack", async () => {
  const bad = chapter(
    "03-bad",
    "# b",
    "```ts",
    "export const x: number = fail();",
    "",
    "function fail(): number {",
    '  throw new Error("no");',
    "}",
    "```",
  );
  const error = await assertRejects(() => load({ chapters: [...chapters, bad] }), Error, "no");
  assertMatch(error.stack ?? "", /at fail \(spec\/03-bad\.md:6:9\)/);
  assertMatch(error.stack ?? "", /spec\/03-bad\.md:3:26/);
});

Deno.test("locate finds each place of a module without the engine's help", () => {
  // What browsers need: they do not apply source maps to the text of a stack.
  const { modules } = composeEdition(readBook(chapters), "mended");
  const [, user] = modules;
  if (user === undefined) throw new Error("no module");
  const code = generateModule(user, new Map(), (specifier) => specifier);
  const lines = code.code.split("\n");
  for (const [needle, line, column] of [["times = 3", 6, 7], ["put(times", 10, 11]] as const) {
    const at = lines.findIndex((text) => text.includes(needle));
    const found = locate(code, at + 1, (lines[at] ?? "").indexOf(needle) + 1);
    assertEquals(found, { path: "spec/14-errata.md", line, column });
  }
});

Deno.test("the positions of a browser's stack lead to the chapters", () => {
  const { modules } = composeEdition(readBook(chapters), "mended");
  const [, user] = modules;
  if (user === undefined) throw new Error("no module");
  const code = generateModule(user, new Map(), (specifier) => specifier);
  const line = code.code.split("\n").findIndex((text) => text.includes("throw")) + 1;
  const column = (code.code.split("\n")[line - 1] ?? "").indexOf("new Error") + 1;
  const rewrite = stackRewriter(new Map([["blob:http://localhost:80/0a", code]]));
  const at = `http://localhost:80/0a:${line}:${column}`;
  assertEquals(rewrite(`at twice (blob:${at})`), "at twice (spec/14-errata.md:9:32)");
  assertEquals(rewrite(`twice@blob:${at}\nx`), "twice@spec/14-errata.md:9:32\nx");
  for (const other of ["blob:http://localhost:80/0b:1:2", "blob:http://localhost:80/0a:1:1"]) {
    assertEquals(rewrite(other), other);
  }
});

Deno.test("a type and a value of one name, and an overloaded function, are replaced whole", async () => {
  const source = (edition: string, value: number) => [
    "```ts" + edition,
    "export interface Pair {",
    `  at${value}: number;`,
    "}",
    "",
    `export const Pair = ${value};`,
    "",
    "export function over(a: number): number;",
    "export function over(a: string): number;",
    "export function over(a: unknown): number {",
    `  return a === null ? 0 : ${value};`,
    "}",
    "```",
  ];
  const pair = chapter("03-pair", "# p", ...source("", 1), ...source(" edition=other", 2));
  for (const [edition, value] of [["as-posted", 1], ["other", 2]] as const) {
    const { modules, edition: composed } = await load({ chapters: [...chapters, pair], edition });
    const loaded = modules.get("03-pair") as { Pair: number; over: (a: number) => number };
    assertEquals([loaded.Pair, loaded.over(1)], [value, value]);
    assertEquals(composed.modules.find(({ chapter }) => chapter === "03-pair")?.units.length, 3);
  }
});

Deno.test("the hash follows the code, not prose or layout", () => {
  const hash = (edit: (text: string) => string, edition?: string) =>
    editionHash({
      chapters: chapters.map(({ path, text }) => ({ path, text: edit(text) })),
      edition,
    });
  const base = hash((text) => text);
  assertEquals(hash((text) => text.replace("# 02 User", "# 02 Some user\n\nProse.")), base);
  assertEquals(
    hash((text) => text.replace("  counter.put(2);", "  // Why.\n  counter.put(  2 );")),
    base,
  );
  assert(hash((text) => text.replace("this.count += amount", "this.count -= amount")) !== base);
  assert(hash((text) => text, "mended") !== base);
});

Deno.test("definitionHashes say which definition changed", () => {
  const book = readBook(chapters);
  const before = definitionHashes(composeEdition(book));
  const after = definitionHashes(composeEdition(book, "mended"));
  const changed = [...before].filter(([name, hash]) => after.get(name) !== hash);
  assertEquals(changed.map(([name]) => name), ["twice"]);
});

function stackOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error.stack ?? "";
  }
  throw new Error("nothing was thrown");
}
