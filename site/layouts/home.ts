/** The landing page: what this is, how to read it, one picture, the contents. */
import type { Chapter } from "../book.ts";
import { type Html, inlineCode, markup, raw } from "../html.ts";
import { relative } from "../paths.ts";
import { chapterChip } from "../tests.ts";
import { type LayoutData, shell } from "./shell.ts";

/** Two ways lead to the end of an `io_mm`, and both pass through the same bond. */
const PICTURE = raw(
  `<svg viewBox="0 0 560 404" role="img" aria-label="A process and a device driver each lead to the same bond. The process ends: its address space is torn down, the MMU notifier's release runs, and the driver's mm_exit handler must stop the device. Or the driver calls unbind. Either way detaches the bond, and the last reference frees the io_mm.">
<defs><marker id="tip0" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L10 5L0 10z" style="fill:var(--c0)"/></marker><marker id="tip1" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L10 5L0 10z" style="fill:var(--c1)"/></marker></defs>
<rect class="box" x="10" y="10" width="200" height="72" rx="8"/><text x="26" y="41">Process</text><text class="soft" x="26" y="64">exits, or is killed</text>
<rect class="box" x="350" y="10" width="200" height="72" rx="8"/><text x="366" y="41">Device driver</text><text class="soft" x="366" y="64">no longer wants the mm</text>
<path class="way1" d="M110 82C110 140 170 150 200 186" marker-end="url(#tip1)"/><text class="code" x="10" y="130">mm_notifier</text><text class="code" x="10" y="148">_release</text>
<path class="way0" d="M450 82C450 140 390 150 360 186" marker-end="url(#tip0)"/><text class="code" x="452" y="140">unbind</text>
<path class="way1" d="M280 186C280 120 330 110 366 86" marker-end="url(#tip1)" style="stroke-dasharray:5 4"/><text class="code" x="232" y="112">mm_exit</text>
<rect class="box" x="150" y="190" width="260" height="76" rx="8"/><text x="170" y="221" class="code">iommu_bond</text><text class="soft" x="170" y="246">one device bound to one mm</text>
<path class="way1" d="M240 266V322" marker-end="url(#tip1)"/><path class="way0" d="M320 266V322" marker-end="url(#tip0)"/><text class="soft" x="336" y="300">detach: once, by whichever is first</text>
<rect class="box end" x="150" y="326" width="260" height="68" rx="8"/><text x="170" y="355" class="code">io_mm</text><text class="soft" x="170" y="379">freed with its last reference</text>
</svg>`,
);

/** Sets the landing page. */
export default function layout(data: LayoutData): string {
  const to = (target: string) => relative(data.url, target);
  const description =
    "An executable specification of the Linux patch that ends a device's use of " +
    "an address space when its process exits.";
  const main = markup`
    <article>
    <h1>What happens to a device when the process dies</h1>
    <p class="lead">With shared virtual addressing a device works in the address space of a process. This
    book specifies one Linux patch of May 2018, “iommu/sva: Track mm changes with an MMU notifier”, which
    keeps the two together: when mappings change, and when the process ends before the device is done.</p>
    <p>The book is a program. Each chapter defines a part of the patch as TypeScript, tests it, and explains
    it. An explorer then runs the definitions under every order of the threads’ steps, with sanitizers that
    speak as the kernel’s own do. Each result on these pages comes from the run that built them.</p>
    <figure class="picture">
    ${PICTURE}
    <figcaption>The two ways in which a bond ends. They can start at the same moment, and most of the book
    is about what happens then.</figcaption>
    </figure>
    <h2 id="guide">How to read it</h2>
    <dl class="guide">
    <dt>New to this code</dt>
    <dd>Read the chapters in order. They follow the patch, and each uses only names that came before it.
    You need C and an idea of what a page table is.</dd>
    <dt>You know the patch</dt>
    <dd>Start with the <a href="${
    to("/scenarios/")
  }">scenarios</a>: what holds, what breaks, and the
    shortest schedule that breaks it.</dd>
    <dt>You look for one function</dt>
    <dd>Use the search, or the <a href="${
    to("/names/")
  }">index of names</a>. Names in the text and in the
    code lead to their definitions, and every line of code has an address.</dd>
    </dl>
    <h2 id="chapters">The chapters</h2>
    <ol class="toc">
    ${data.book.chapters.map((chapter) => entry(chapter, data))}
    </ol>
    </article>`;
  return shell(data, { main, description, kind: "home" });
}

function entry(chapter: Chapter, { url, results }: LayoutData): Html {
  const { number, title, summary } = chapter;
  return markup`
    <li><span class="number">${number}</span>
    <div><a class="title" href="${relative(url, chapter.url)}">${inlineCode(title)}</a>
    <p>${inlineCode(firstSentence(summary))}</p>
    <span class="chips">${chapterChip(results, chapter)}</span></div></li>`;
}

/** The first sentence of a paragraph; a paragraph of one sentence is returned whole. */
function firstSentence(paragraph: string): string {
  const text = paragraph.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("*", "");
  return /^.*?[.?!](?=\s+[A-Z`])/.exec(text)?.[0] ?? text;
}
