/** What every page has: head, header with search, the contents, and the foot. */
import type { Book, Chapter } from "../book.ts";
import { type Html, inlineCode, markup, type Piece, raw } from "../html.ts";
import { relative } from "../paths.ts";
import type { Results } from "../results.ts";

/** What the build gives to each layout. */
export interface LayoutData {
  readonly url: string;
  readonly title: string;
  /** The rendered text of the page's source, if it has one. */
  readonly content?: unknown;
  readonly book: Book;
  readonly results: Results;
}

/** Pages that are not chapters, in the order of the contents. */
export const EXTRA_PAGES = [
  { url: "/scenarios/", title: "All scenarios" },
  { url: "/names/", title: "Index of names" },
] as const;

/** The name of the book. */
export const BOOK_TITLE = "SVA and mm exit";

/** What a page puts into the shell. */
export interface Shell {
  readonly main: Piece;
  /** The chapter that the page shows, if it shows one. */
  readonly chapter?: Chapter;
  readonly description: string;
  /** Class of the body. */
  readonly kind: string;
}

/** The whole document. */
export function shell(data: LayoutData, { main, chapter, description, kind }: Shell): string {
  const to = (url: string) => relative(data.url, url);
  const title = data.url === "/" ? BOOK_TITLE : `${data.title} · ${BOOK_TITLE}`;
  const font = to("/assets/fonts/serif.woff2");
  return markup`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="description" content="${description}">
        <title>${title}</title>
        <link rel="icon" href="${to("/assets/icon.svg")}" type="image/svg+xml">
        <link rel="preload" href="${font}" as="font" type="font/woff2" crossorigin>
        <link rel="stylesheet" href="${to("/assets/style.css")}">
        <script src="${to("/assets/theme.js")}"></script>
        <script type="module" src="${to("/assets/page.js")}"></script>
      </head>
      <body class="${kind}" data-root="${to("/")}">
        <a class="skip" href="#main">Skip to the text</a>
        <header class="bar">
          <a class="home" href="${to("/")}">${BOOK_TITLE}</a>
          <a class="to-contents" href="#contents">Contents</a>
          <form class="search" role="search" hidden>
            <label for="query" class="hidden">Search the book</label>
            <input id="query" type="search" placeholder="Search" autocomplete="off" spellcheck="false"
              aria-describedby="search-hint">
            <span id="search-hint"
              class="hidden">Results appear below while you type. Press / to come here.</span>
          </form>
          <button class="theme" type="button" hidden>Dark</button>
        </header>
        <div id="results" class="results" role="region" aria-label="Search results" hidden></div>
        <div class="columns">
          <main id="main" tabindex="-1" ${kind === "chapter" && "data-pagefind-body"}>
    ${main}
          </main>
          <nav id="contents" class="contents" aria-label="Contents">
    ${contents(data, chapter)}
          </nav>
        </div>
        <footer class="foot">
          <p>A specification that runs. Every result on these pages comes from the run that built them.</p>
        </footer>
      </body>
    </html>
  `.text;
}

/** The list of pages, with the sections of the one that is shown. */
function contents(data: LayoutData, current: Chapter | undefined): Html {
  const { url, book } = data;
  const chapters = book.chapters.map((chapter) =>
    markup`
      <li>${entry(chapter.url, url, chapterTitle(chapter))}
      ${chapter === current && sections(chapter)}</li>`
  );
  const extras = EXTRA_PAGES.map((page) => markup`<li>${entry(page.url, url, page.title)}</li>`);
  return markup`
    <ol class="chapters">
    ${chapters}
    </ol>
    <ul class="extras">
    ${extras}
    </ul>`;
}

function entry(target: string, here: string, title: Piece): Html {
  const current = target === here && raw(' aria-current="page"');
  return markup`<a href="${relative(here, target)}"${current}>${title}</a>`;
}

function chapterTitle({ number, title }: Chapter): Html {
  return markup`<span class="number">${number}</span> ${inlineCode(title)}`;
}

function sections({ headings }: Chapter): Html | undefined {
  const list = headings.filter(({ level }) => level === 2);
  if (list.length === 0) return undefined;
  return markup`
    <ol class="sections">
    ${list.map(({ id, text }) => markup`<li><a href="#${id}">${inlineCode(text)}</a></li>`)}
    </ol>`;
}
