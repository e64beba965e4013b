/** The index of names: what the book defines, and where. */
import type { Definition } from "../book.ts";
import { type Html, markup } from "../html.ts";
import { relative } from "../paths.ts";
import { type LayoutData, shell } from "./shell.ts";

/** Sets the index in the order of the alphabet, capitals with small letters. */
export default function layout(data: LayoutData): string {
  const definitions = [...data.book.definitions.values()].sort((a, b) =>
    compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.name, b.name)
  );
  const main = markup`
    <article>
    <h1>Index of names</h1>
    <p>Each name that a chapter defines, with the chapter and the line.</p>
    <ul class="name-list">
    ${definitions.map((definition) => entry(definition, data.url))}
    </ul>
    </article>`;
  return shell(data, { main, description: "Each name that the book defines.", kind: "names" });
}

function entry({ name, url, chapter, line }: Definition, page: string): Html {
  return markup`
    <li><a href="${relative(page, url)}"><code>${name}</code></a>
    <span class="where">${chapter.number}:${line}</span></li>`;
}

/** By code units, so that the order is the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
