/** Links of a chapter's prose: those that the author wrote, and the numbers of other chapters. */
import type { Token } from "markdown-it";
import type { Book, Chapter, Fence } from "./book.ts";
import { relative } from "./paths.ts";

/** Turns a link to a chapter's file into a link to its page. */
export function followLink(
  token: Token,
  chapter: Chapter,
  book: Book,
  report: (message: string) => void,
): void {
  const target = String(token.attrGet("href") ?? "");
  if (/^[a-z]+:/.test(target)) return;
  const [path = "", fragment] = target.split("#");
  const other = path === "" ? chapter : path.endsWith(".md") ? book.chapter(path) : undefined;
  if (other === undefined) {
    report(`Cannot follow the link to ${target}: the book has no such chapter`);
    return;
  }
  if (fragment !== undefined && !hasAnchor(other, fragment)) {
    report(`Cannot follow the link to ${target}: ${other.file} has no #${fragment}`);
  }
  const url = fragment === undefined ? other.url : `${other.url}#${fragment}`;
  token.attrSet("href", relative(chapter.url, url));
}

/** "Chapter 04", or "chapters 03, 05 and 07". */
const CHAPTERS = /\b[Cc]hapters? \d\d(?:(?:,|,? and|,? to|,? or) \d\d)*\b/g;

/** Makes the number of a chapter in the text a link to it. */
export function linkChapters(here: Chapter, book: Book): (token: Token) => Token[] {
  let depth = 0;
  return (token) => {
    depth += token.type === "link_open" ? 1 : token.type === "link_close" ? -1 : 0;
    if (token.type !== "text" || depth > 0) return [token];
    const result: Token[] = [];
    let done = 0;
    const copy = (type: string, tag: string, nesting: -1 | 0 | 1, content = "") => {
      const made = new (token.constructor as typeof Token)(type, tag, nesting);
      made.content = content;
      result.push(made);
      return made;
    };
    for (const { 0: phrase, index } of token.content.matchAll(CHAPTERS)) {
      for (const { 0: number, index: at } of phrase.matchAll(/\d\d/g)) {
        const chapter = book.chapters.find((chapter) => chapter.number === number);
        if (chapter === undefined || chapter === here) continue;
        copy("text", "", 0, token.content.slice(done, index + at));
        copy("link_open", "a", 1).attrSet("href", relative(here.url, chapter.url));
        copy("text", "", 0, number);
        copy("link_close", "a", -1);
        done = index + at + number.length;
      }
    }
    if (done === 0) return [token];
    copy("text", "", 0, token.content.slice(done));
    return result;
  };
}

function hasAnchor(chapter: Chapter, id: string): boolean {
  return chapter.headings.some((heading) => heading.id === id) ||
    chapter.fences.some((fence) =>
      fence.id === id || fence.names.some(({ name }) => name === id) || isLineOf(fence, id)
    );
}

function isLineOf(fence: Fence, id: string): boolean {
  const line = Number(/^L(\d+)$/.exec(id)?.[1]);
  return fence.open < line && line < fence.close;
}
