// Goal: a walk apart whose body keeps something is refused. Method: one small loop for each way.

import { assertEquals } from "@std/assert";
import { keptByWalks } from "../../src/literate/walks.ts";
import { readBook } from "../../src/literate/book.ts";
import { assertFindings, chapter } from "./support.ts";

/** What is kept by a walk with `body`, in a function with `before` in front of it. */
function kept(body: string, before = "", head = "walk.apart()"): string[] {
  const source = `function* f(walk: Walk, out: number[]): Task {
    let ret = 0, row = [0];
    ${before}
    for (const it of ${head}) {${body}}
    return ret;
  }`;
  return keptByWalks(source).map(({ name }) => name);
}

Deno.test("walks: what outlives an entry is found, however it is changed", () => {
  for (
    const [body, name] of [
      ["ret = 1;", "ret"],
      ["ret += it.id;", "ret"],
      ["if (it.id) ret ||= 2;", "ret"],
      ["ret++;", "ret"],
      ["--ret;", "ret"],
      ["row[it.id] = 1;", "row"],
      ["out.push(it.id);", "out"],
      ["yield* other(() => { ret = 1; });", "ret"],
    ] as const
  ) assertEquals(kept(body), [name], body);
  assertEquals(kept("note(it);", "const note = (it: Item) => { ret = it.id; };"), ["note"]);
  assertEquals(kept("note(it);", "function note(it: Item) { ret = it.id; }"), ["note"]);
  assertEquals(kept("ret = 1;", "", "list_for_each_entry_safe(h, item, 'n').apart()"), ["ret"]);
});

Deno.test("walks: kernel memory, n, and what ends with the entry are the body's own", () => {
  for (
    const body of [
      "it.flag = true; walk.n = list_next_entry(it, 'node');",
      "let mine = ret; mine += 1; const seen: number[] = []; seen.push(mine);",
      "if (ret === 1) continue; if (it.id > 1) break; return ret;",
      "yield* detach(it, true); printk(`${ret}`);",
      "for (let i = 0; i < 2; i++) it.count += i;",
    ]
  ) assertEquals(kept(body), [], body);
  assertEquals(kept("ret = 1;", "", "walk"), [], "a walk that is not apart may keep what it likes");
  assertEquals(keptByWalks("for (const it of a.apart()) done(it);"), []);
});

Deno.test("walks: a chapter with such a walk is refused at its place", () => {
  const code = [
    "export function f(walk: { apart(): number[] }): number {",
    "  let sum = 0;",
    "  for (const it of walk.apart()) sum += it;",
    "  return sum;",
    "}",
  ];
  assertFindings(
    () => readBook([chapter("01-a", "# a", "```ts", ...code, "```")]),
    "spec/01-a.md:5:34 walk-keeps",
  );
});
