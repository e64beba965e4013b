import { assertEquals } from "@std/assert";
import { inlineCode, markup, raw } from "../../site/html.ts";
import { chapterUrl, relative, slug } from "../../site/paths.ts";

Deno.test("markup: text is escaped, HTML is not", () => {
  assertEquals(
    markup`<p title="${'"'}">${"a < b & c"}${raw("<br>")}</p>`.text,
    '<p title="&quot;">a &lt; b &amp; c<br></p>',
  );
});

Deno.test("markup: its own indentation goes, that of what it holds stays", () => {
  const text = markup`
    <pre>${"a\n  b\n"}</pre>
    ${undefined}${false}
    `.text;
  assertEquals(text, "<pre>a\n  b\n</pre>");
});

Deno.test("markup: lists are set one below the other", () => {
  assertEquals(
    markup`<ul>${[1, 2].map((n) => markup`<li>${n}</li>`)}</ul>`.text,
    "<ul><li>1</li>\n<li>2</li></ul>",
  );
});

Deno.test("inlineCode: backticks become code, the rest is text", () => {
  assertEquals(
    inlineCode("the `io_mm<T>` & more").text,
    "the <code>io_mm&lt;T&gt;</code> &amp; more",
  );
});

Deno.test("relative: from every depth to every depth", () => {
  assertEquals(relative("/", "/05-attach/"), "05-attach/");
  assertEquals(relative("/05-attach/", "/"), "../");
  assertEquals(relative("/05-attach/", "/06-detach/#x"), "../06-detach/#x");
  assertEquals(relative("/05-attach/", "/05-attach/#x"), "#x");
  assertEquals(relative("/05-attach/", "/05-attach/"), "./");
  assertEquals(relative("/", "/"), "./");
  assertEquals(relative("/05-attach/", "/assets/style.css"), "../assets/style.css");
});

Deno.test("relative: a browser would arrive where the link should lead", () => {
  const pages = ["/", "/a/", "/a/b/", "/a/c/", "/b/"];
  for (const from of pages) {
    for (const to of [...pages, "/a/#id", "/assets/x.js"]) {
      const arrived = new URL(relative(from, to), `http://site${from}`);
      assertEquals(arrived.pathname + arrived.hash, to, `${from} -> ${to}`);
    }
  }
});

Deno.test("slug, chapterUrl: names that stay", () => {
  assertEquals(slug("Waiting for `mm_exit_active`: why?"), "waiting-for-mm_exit_active-why");
  assertEquals(slug("…"), "section");
  assertEquals(chapterUrl("spec/05-attach.md"), "/05-attach/");
});
