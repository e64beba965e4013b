/**
 * Markdown of a chapter as HTML. The plugin knows the book, so it can give headings and fences
 * their ids, link names to their definitions, and put a scenario's result where the chapter wants
 * it: a paragraph that is nothing but `{scenario: NAME}` becomes the verdict of that scenario.
 *
 * A mistake (an unknown scenario, a link to nothing, HTML in a chapter) is added to
 * `book.problems`, and the build fails at its end with all of them.
 */
import type { MarkdownIt, StateBlock, Token } from "markdown-it";
import type { Book, Chapter, Fence } from "./book.ts";
import { escape, markup } from "./html.ts";
import { highlight } from "./highlight.ts";
import { followLink, linkChapters } from "./links.ts";
import { relative } from "./paths.ts";
import type { Results } from "./results.ts";
import { scenarioCards, scenarioChip } from "./scenario.ts";
import { testChip } from "./tests.ts";
import type { MarkdownPlugin } from "./site.ts";

const MARKER = /^\{scenario:\s*([^}]+?)\s*\}$/;

/** What the plugin needs to know of the page that is rendered. */
interface Env {
  readonly filename?: string;
}

/** The plugin for markdown-it. Both drivers add it last. */
export function chapterMarkdown(book: Book, results: Results): MarkdownPlugin {
  return (md: MarkdownIt) => {
    md.block.ruler.before("paragraph", "scenario", scenarioMarker, {
      alt: ["paragraph", "reference", "blockquote", "list"],
    });
    const chapterOf = (env: unknown) => book.chapter((env as Env | undefined)?.filename ?? "");
    md.core.ruler.push("chapter", (state) => {
      const chapter = chapterOf(state.env);
      if (chapter !== undefined) prepare(state.tokens, chapter, book);
    });
    const rules = md.renderer.rules;
    rules["fence"] = (tokens, index, _options, env) =>
      renderFence(at(tokens, index), chapterOf(env), book, results);
    rules["scenario"] = (tokens, index, _options, env) => {
      const token = at(tokens, index);
      return renderScenario(token, chapterOf(env), book, results);
    };
    rules["code_inline"] = (tokens, index, _options, env) =>
      renderName(at(tokens, index), chapterOf(env), book);
    rules["heading_close"] = (tokens, index) => {
      const { tag, meta } = at(tokens, index);
      const id = (meta as { id?: string } | null)?.id;
      const link = id === undefined || tag === "h1"
        ? ""
        : ` <a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`;
      return `${link}</${tag}>\n`;
    };
    rules["table_open"] = () => '<div class="scroll" tabindex="0"><table>\n';
    // A heading of a column that says nothing is no heading.
    const isEmpty = (tokens: readonly Token[], open: number) => tokens[open + 1]?.content === "";
    rules["th_open"] = (tokens, index, options, _env, renderer) =>
      isEmpty(tokens, index) ? "<td>" : renderer.renderToken([...tokens], index, options);
    rules["th_close"] = (tokens, index) => isEmpty(tokens, index - 2) ? "</td>\n" : "</th>\n";
    rules["table_close"] = () => "</table></div>\n";
  };
}

function at(tokens: readonly Token[], index: number): Token {
  const token = tokens[index];
  if (token === undefined) throw new RangeError(`Cannot render token ${index}: there is none`);
  return token;
}

/** A block rule: a line that is `{scenario: NAME}`. It must run before braces mean attributes. */
function scenarioMarker(state: StateBlock, startLine: number, _end: number, silent: boolean) {
  const start = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0);
  const text = state.src.slice(start, state.eMarks[startLine]).trim();
  const name = MARKER.exec(text)?.[1];
  if (name === undefined) return false;
  if (silent) return true;
  const token = state.push("scenario", "", 0);
  token.content = name;
  token.map = [startLine, startLine + 1];
  state.line = startLine + 1;
  return true;
}

/** Gives the tokens of a chapter ids and links, and looks for mistakes. */
function prepare(tokens: Token[], chapter: Chapter, book: Book): void {
  const report = (line: number, message: string) =>
    book.problems.push({ file: chapter.file, line, message });
  let id: string | undefined;
  for (const token of tokens) {
    const line = (token.map?.[0] ?? 0) + 1;
    if (token.type === "heading_open") {
      id = chapter.headings.find((heading) => heading.line === line)?.id;
      if (id !== undefined) token.attrSet("id", id);
    }
    if (token.type === "heading_close") token.meta = { id };
    if (token.type === "html_block") report(line, "HTML in a chapter: use Markdown");
    let depth = 0;
    for (const child of token.children ?? []) {
      depth += child.type === "link_open" ? 1 : child.type === "link_close" ? -1 : 0;
      if (depth > 0 || isHeading(tokens, token)) child.meta = { plain: true };
      if (child.type === "html_inline") {
        report(line, `HTML in a chapter: put ${child.content} in backticks`);
      }
      if (child.type === "link_open") {
        followLink(child, chapter, book, (message) => report(line, message));
      }
    }
    if (token.children !== null && !isHeading(tokens, token)) {
      token.children = token.children.flatMap(linkChapters(chapter, book));
    }
  }
}

function isHeading(tokens: readonly Token[], inline: Token): boolean {
  return tokens[tokens.indexOf(inline) - 1]?.type === "heading_open";
}

/** Most letters of code that stays in one line: so much is in a line of a small screen. */
const SHORT = 30;

/** Code in prose; a line does not end behind a hyphen in it, unless the code is long. */
function renderCode(text: string): string {
  const stays = text.length <= SHORT && /^[^\s]*-[^\s]*$/.test(text);
  return `<code${stays ? ' class="whole"' : ""}>${escape(text)}</code>`;
}

/** A name in prose links to its definition. */
function renderName(token: Token, chapter: Chapter | undefined, book: Book): string {
  const code = renderCode(token.content);
  const isPlain = (token.meta as { plain?: boolean } | null)?.plain === true;
  const name = /^([A-Za-z_$][\w$]*)(?:\(\))?$/.exec(token.content)?.[1];
  const definition = name === undefined ? undefined : book.definitions.get(name);
  if (isPlain || chapter === undefined || definition === undefined) return code;
  return `<a class="name" href="${relative(chapter.url, definition.url)}">${code}</a>`;
}

const CAPTIONS: Readonly<Record<Fence["kind"], string>> = {
  definition: "Definition",
  test: "Test",
  edition: "Edition",
  ignore: "Not run",
  shown: "",
};

/** A fence as a figure: what it is, where it stands, whether its tests passed, and the code. */
function renderFence(
  token: Token,
  chapter: Chapter | undefined,
  book: Book,
  results: Results,
): string {
  const code = token.content.replace(/\n$/, "");
  const language = token.info.trim().split(/\s+/)[0] ?? "";
  const fence = chapter?.fences.find(({ open }) => open === (token.map?.[0] ?? -1) + 1);
  if (chapter === undefined || fence === undefined || fence.kind === "shown") {
    return `<pre class="shown" tabindex="0"><code>${
      highlight(code, language, undefined)
    }</code></pre>\n`;
  }
  const own = new Set(fence.names.map(({ name, line }) => `${name}:${line}`));
  const linked = new Set<string>();
  const lines = highlight(code, language, fence.open + 1, (name, line) => {
    // Once in a fence is enough to get there, and long chapters are light enough to load at once.
    if (own.has(`${name}:${line}`) || linked.has(name)) return undefined;
    const definition = book.definitions.get(name);
    if (definition === undefined) return undefined;
    linked.add(name);
    return relative(chapter.url, definition.url);
  });
  const others = fence.names.filter(({ name }) => name !== fence.id)
    .map(({ name }) => markup`<span class="target" id="${name}"></span>`);
  const kind = fence.kind === "edition" ? `Edition ${fence.edition ?? ""}` : CAPTIONS[fence.kind];
  const isHelper = fence.kind === "test" && !fence.hasTests;
  return markup`
    <figure class="fence ${fence.kind}${
    isHelper && " helper"
  }" id="${fence.id}">${others}<figcaption>
    <a class="kind" href="#${fence.id}">${kind}</a>
    <a class="where" href="#L${fence.open + 1}">${chapter.file}:${fence.open + 1}</a>
    ${fence.kind === "test" && testChip(results, chapter, fence)}
    ${fence.scenarios.map((name) => scenarioChip(name, results, chapter.url))}</figcaption>
    <pre tabindex="0"><code class="start" style="counter-reset:n ${fence.open}">${lines}</code></pre>
    </figure>
  `.text + "\n";
}

function renderScenario(
  token: Token,
  chapter: Chapter | undefined,
  book: Book,
  results: Results,
): string {
  const name = token.content;
  const known = results.known?.some(({ scenario }) => scenario === name);
  if (chapter !== undefined && known === false) {
    const line = (token.map?.[0] ?? 0) + 1;
    const message = `Cannot show the scenario "${name}": the book defines no such scenario`;
    book.problems.push({ file: chapter.file, line, message });
  }
  return `${scenarioCards(name, results, chapter?.url ?? "/", book)}\n`;
}
