/** The small book, built with the npm-only driver and read back. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { BookError } from "../../site/configure.ts";
import {
  brokenLinks,
  buildFiles,
  fixtureResults,
  fixtureRoot,
  page,
  repeatedIds,
  textOf,
} from "./support.ts";

Deno.test("site: every chapter, the landing page and the indexes become pages", async () => {
  const files = await buildFiles(await fixtureRoot(), await fixtureResults());
  const pages = [...files.keys()].filter((path) => path.endsWith(".html")).sort();
  assertEquals(pages, [
    "/01-counter/index.html",
    "/02-threads/index.html",
    "/index.html",
    "/names/index.html",
    "/scenarios/index.html",
  ]);
});

Deno.test("site: no link is broken, no id is there twice, every page is a whole document", async () => {
  const files = await buildFiles(await fixtureRoot(), await fixtureResults());
  assertEquals(brokenLinks(files), []);
  for (const [path, text] of files) {
    if (!path.endsWith(".html")) continue;
    assertEquals(repeatedIds(text), [], path);
    assert(text.startsWith("<!doctype html>\n") && text.endsWith("</html>"), path);
    assertEquals((text.match(/<h1[ >]/g) ?? []).length, 1, path);
    assertEquals((text.match(/<title>/g) ?? []).length, 1, path);
  }
});

Deno.test("site: two builds are the same, byte for byte", async () => {
  const results = await fixtureResults();
  const first = await buildFiles(await fixtureRoot(), results);
  const second = await buildFiles(await fixtureRoot(), results);
  assertEquals([...first], [...second]);
});

Deno.test("chapter: a fence has its name as id and each line its number", async () => {
  const text = page(await buildFiles(await fixtureRoot(), {}), "/01-counter/");
  assertStringIncludes(text, '<figure class="fence definition" id="Counter">');
  assertStringIncludes(text, '<figure class="fence definition" id="add">');
  const root = await fixtureRoot();
  const lines = (await Deno.readTextFile(`${root}/spec/01-counter.md`)).split("\n");
  const shown = [...text.matchAll(/<span class="l" id="L(\d+)">(.*?\n)/g)];
  assert(shown.length > 20);
  for (const [, number, line = ""] of shown) {
    assertEquals(textOf(line).trimEnd(), lines[Number(number) - 1]?.trimEnd(), `line ${number}`);
  }
});

Deno.test("chapter: names link to their definitions, from code, prose and other chapters", async () => {
  const files = await buildFiles(await fixtureRoot(), {});
  const first = page(files, "/01-counter/"), second = page(files, "/02-threads/");
  assertStringIncludes(first, '<a class="name" href="#Counter"><code>Counter</code></a>');
  assertStringIncludes(first, '<span class="t"><a href="#Counter">Counter</a>');
  assertStringIncludes(second, '<a class="name" href="../01-counter/#Counter">');
  assertStringIncludes(second, '<a href="../01-counter/#Counter">Counter</a>');
  assertStringIncludes(second, '<a href="../01-counter/#add"><code>add</code></a>');
  assertStringIncludes(second, 'chapter <a href="../01-counter/">01</a>');
  assert(!/<h\d[^>]*>[^\n]*class="name"/.test(first), "a heading must not link to what it names");
});

Deno.test("chapter: each test says how it went, from the line on which it stands", async () => {
  const text = page(await buildFiles(await fixtureRoot(), await fixtureResults()), "/01-counter/");
  const tests = text.split('<figure class="fence test"').slice(1)
    .map((part) => part.slice(0, part.indexOf("</figcaption>")));
  assertEquals(tests.length, 2);
  assertStringIncludes(tests[0] ?? "", '<span class="chip good">passed</span>');
  assertStringIncludes(tests[0] ?? "", "2 ms");
  assertStringIncludes(tests[1] ?? "", '<span class="chip bad">1 of 1 failed</span>');
  assertStringIncludes(tests[1] ?? "", "2 is not 1 &lt;here&gt;");
  assertStringIncludes(text, '<span class="chip bad">1 of 2 tests failed</span>');
});

Deno.test("chapter: without a run nothing is claimed", async () => {
  const files = await buildFiles(await fixtureRoot(), {});
  for (const [path, text] of files) {
    if (path.endsWith(".html")) assert(!/chip (good|bad|known)/.test(text), path);
  }
  assertStringIncludes(page(files, "/01-counter/"), "tests not run");
  assertStringIncludes(page(files, "/02-threads/"), '<span class="chip unknown">not run</span>');
  assertStringIncludes(page(files, "/scenarios/"), "did not explore any scenario");
});

Deno.test("chapter: a result for another line is no result of this test", async () => {
  const { tests = [] } = await fixtureResults();
  const moved = tests.map((test) => ({ ...test, line: test.line + 500 }));
  const text = page(await buildFiles(await fixtureRoot(), { tests: moved }), "/01-counter/");
  assertStringIncludes(text, "tests not run");
  assert(!text.includes("chip good"));
});

Deno.test("chapter: a scenario stands where its marker stands, with verdict and numbers", async () => {
  const text = page(await buildFiles(await fixtureRoot(), await fixtureResults()), "/02-threads/");
  const start = text.indexOf('<section class="scenario" id="scenario-two-adds"');
  assert(start > text.indexOf('id="what-the-explorer-says"'));
  const card = text.slice(start, text.indexOf("</section>", start));
  for (
    const piece of [
      "known bug",
      "KCSAN: data race in <code>Counter.value</code>, in 14 executions",
      "edition mended",
      "exhaustive",
      "4 ms",
    ]
  ) {
    assertStringIncludes(card, piece);
  }
  assert(!text.includes("{scenario"));
});

Deno.test("site: a found verdict that is not the expected one is said to be so", async () => {
  const text = page(await buildFiles(await fixtureRoot(), await fixtureResults()), "/scenarios/");
  assertStringIncludes(text, '<span class="chip unknown">bounded</span>');
  assertStringIncludes(text, "bounded (expected: holds)");
  assertStringIncludes(text, "Never seen: the counter is three.");
  assertStringIncludes(text, "1\u202f200\u202f345");
});

Deno.test("scenario: each edition is held against what is expected in it", async () => {
  const { scenarios = [], ...rest } = await fixtureResults();
  const mended = scenarios.map((result) =>
    result.edition === "mended" ? { ...result, expected: "known bug", asExpected: false } : result
  );
  const before = await buildFiles(await fixtureRoot(), { ...rest, scenarios });
  assert(!page(before, "/02-threads/").includes("expected: "));
  const files = await buildFiles(await fixtureRoot(), { ...rest, scenarios: mended });
  assertStringIncludes(page(files, "/02-threads/"), "expected: known bug");
});

Deno.test("scenario: one that is defined and was not explored is said not to be", async () => {
  const text = page(await buildFiles(await fixtureRoot(), await fixtureResults()), "/scenarios/");
  const start = text.indexOf('id="scenario-four-adds"');
  assertStringIncludes(text.slice(start, text.indexOf("</section>", start)), "not run");
  assertStringIncludes(text, "What four threads do.");
});

Deno.test("site: mistakes are errors, all of them, with file and line", async () => {
  const root = await fixtureRoot({
    "03-wrong.md": [
      "# 03 Wrong",
      "",
      "{scenario: no-such}",
      "",
      "See [this](09-none.md), [that](01-counter.md#none) and <b>this</b>.",
      "",
      "<div>",
      "",
    ].join("\n"),
  });
  const error = await assertRejects(
    async () => void await buildFiles(root, await fixtureResults()),
    BookError,
  );
  assertEquals(error.message.split("\n").sort(), [
    'spec/03-wrong.md:3: Cannot show the scenario "no-such": the book defines no such scenario',
    "spec/03-wrong.md:5: Cannot follow the link to 01-counter.md#none: spec/01-counter.md has no #none",
    "spec/03-wrong.md:5: Cannot follow the link to 09-none.md: the book has no such chapter",
    "spec/03-wrong.md:5: HTML in a chapter: put </b> in backticks",
    "spec/03-wrong.md:5: HTML in a chapter: put <b> in backticks",
    "spec/03-wrong.md:7: HTML in a chapter: use Markdown",
  ]);
});

Deno.test("site: a chapter that breaks the grammar is an error with its place", async () => {
  const root = await fixtureRoot({ "03-open.md": "# 03 Open\n\n```ts\nexport const a = 1;\n" });
  await assertRejects(() => buildFiles(root, {}), Error, "spec/03-open.md:3:1");
});

Deno.test("chapter: short code in prose is not broken behind a hyphen", async () => {
  const long = `--${"long-".repeat(9)}option`;
  const root = await fixtureRoot({
    "03-code.md": `# 03 Code\n\nSay \`--mode=states\`, \`a - b\`, \`plain\` or \`${long}\`.\n`,
  });
  const text = page(await buildFiles(root, {}), "/03-code/");
  assertStringIncludes(
    text,
    `Say <code class="whole">--mode=states</code>, <code>a - b</code>, <code>plain</code> or ` +
      `<code>${long}</code>.`,
  );
});

Deno.test("site: an id that the author gives goes before one that is made", async () => {
  const root = await fixtureRoot({
    "03-ids.md": "# 03 The state\n\n## The state {#the-state}\n\n## 03 The state\n\nText.\n",
  });
  const text = page(await buildFiles(root, {}), "/03-ids/");
  assertEquals(repeatedIds(text), []);
  assertStringIncludes(text, '<h2 id="the-state">');
  assert(!text.includes("{#"));
});

Deno.test("chapter: a column without a heading has no empty heading", async () => {
  const text = page(await buildFiles(await fixtureRoot(), {}), "/01-counter/");
  assert(!/<th[^>]*><\/th>/.test(text));
  assertStringIncludes(text, "<td></td>");
  assertStringIncludes(text, "<th>Atomic</th>");
});

Deno.test("chapter: a fence that defines a scenario says what was found", async () => {
  const text = page(await buildFiles(await fixtureRoot(), await fixtureResults()), "/02-threads/");
  const start = text.indexOf('id="twoAdds"');
  const caption = text.slice(start, text.indexOf("</figcaption>", start));
  assertStringIncludes(caption, '<span class="chip known">known bug</span>');
  assertStringIncludes(
    caption,
    'href="../scenarios/#scenario-two-adds">two-adds: 20 executions, 4 ms',
  );
});

Deno.test("chapter: a test fence that only helps is neither run nor not run", async () => {
  for (const results of [await fixtureResults(), {}]) {
    const text = page(await buildFiles(await fixtureRoot(), results), "/02-threads/");
    assertStringIncludes(text, '<figure class="fence test helper"');
    assertStringIncludes(text, '<span class="chip none">for the tests below</span>');
    assertStringIncludes(text, '<span class="chip none">no tests</span>');
  }
});
