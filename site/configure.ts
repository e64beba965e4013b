/** Everything about the site, for whichever program builds it. */
import { Book } from "./book.ts";
import { EXTRA_PAGES } from "./layouts/shell.ts";
import { chapterMarkdown } from "./markdown.ts";
import type { Results } from "./results.ts";
import type { Site } from "./site.ts";

/** What the site is built from, besides the files. */
export interface Options {
  readonly results: Results;
  /** Runs once the files are written: the search index. */
  readonly finish: () => Promise<void>;
}

/** Options with which Lume's constructor, or `Lite`'s, must be called for this site. */
export const SITE_OPTIONS = { src: "./", includes: "site/layouts" } as const;

/** A build that found mistakes in the chapters, one a line as `file:line: message`. */
export class BookError extends Error {
  override readonly name = "BookError";
}

/** Chapters and assets; everything else in the repository is no part of the site. */
function isIgnored(path: string): boolean {
  const parts = path.split("/").slice(1);
  if (parts[0] === "spec") return parts.length > 1 && !/^\d\d-[\w-]+\.md$/.test(parts[1] ?? "");
  return parts[0] !== "site" || (parts.length > 1 && parts[1] !== "assets");
}

/** Sets up `site`, and answers it. */
export function configure<S extends Site>(site: S, { results, finish }: Options): S {
  const book = new Book();
  site.ignore(isIgnored);
  site.add("site/assets", "assets");
  site.data("book", book);
  site.data("results", results);
  site.data("layout", "chapter.ts", "/spec");
  site.data("basename", "", "/spec");
  site.page({ url: "/", title: "Home", layout: "home.ts" });
  for (const { url, title } of EXTRA_PAGES) {
    site.page({ url, title, layout: `${url.replaceAll("/", "")}.ts` });
  }
  site.preprocess([".md"], (pages) => {
    // Lume calls this once more, for pages that others generate.
    if (pages.length === 0) return;
    book.load(pages.map((page) => ({
      file: `${page.src.path}${page.src.ext}`.replace(/^\//, ""),
      text: String(page.data.content),
    })));
    for (const page of pages) {
      const chapter = book.chapter(page.src.path);
      if (chapter !== undefined) page.data.title = `${chapter.number} ${chapter.title}`;
    }
  });
  site.hooks["addMarkdownItPlugin"]?.(chapterMarkdown(book, results));
  site.process([".html"], () => {
    if (book.problems.length === 0) return;
    const lines = book.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);
    throw new BookError(lines.join("\n"));
  });
  site.addEventListener("afterBuild", finish);
  site.addEventListener("afterUpdate", finish);
  return site;
}
