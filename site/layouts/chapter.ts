/** The page of a chapter. */
import type { Chapter } from "../book.ts";
import { inlineCode, markup, raw } from "../html.ts";
import { relative } from "../paths.ts";
import { chapterChip } from "../tests.ts";
import { type LayoutData, shell } from "./shell.ts";

/** Sets a chapter: its text, how its tests went, and the way to its neighbours. */
export default function layout(data: LayoutData): string {
  const chapter = data.book.chapters.find(({ url }) => url === data.url);
  if (chapter === undefined) {
    throw new Error(`Cannot set ${data.url}: the book has no such chapter`);
  }
  // The chip goes below the title, which is the first thing that the Markdown says.
  const [, heading = "", text = ""] =
    /^([\s\S]*?<\/h1>\n)([\s\S]*)$/.exec(String(data.content ?? "")) ??
      ["", "", String(data.content)];
  const { before, after } = data.book.neighbours(chapter);
  const main = markup`
    <article>
    ${raw(heading)}
    <p class="status" data-pagefind-ignore>${chapterChip(data.results, chapter)}
    <span class="source">${chapter.file}</span></p>
    ${raw(text)}
    </article>
    <nav class="turn" aria-label="Chapters before and after">
    ${turn(data, before, "prev", "Before")}
    ${turn(data, after, "next", "Next")}
    </nav>`;
  return shell(data, { main, chapter, description: plain(chapter.summary), kind: "chapter" });
}

function turn(data: LayoutData, chapter: Chapter | undefined, rel: string, label: string) {
  if (chapter === undefined) return "";
  return markup`
    <a class="${rel}" rel="${rel}" href="${relative(data.url, chapter.url)}">
    <span class="label">${label}</span> ${chapter.number} ${inlineCode(chapter.title)}</a>`;
}

/** Markdown without its marks, cut at a word for a description. */
function plain(markdown: string): string {
  const text = markdown.replace(/[`*_]{1,2}(?=\S)|(?<=\S)[`*]{1,2}/g, "")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  return text.length <= 160 ? text : `${text.slice(0, 158).replace(/\s+\S*$/, "")} …`;
}
