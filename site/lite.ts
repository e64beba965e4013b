/**
 * Builds the site with nothing but npm packages. It does what Lume 3.3.1 does with the part of its
 * interface that `Site` names, and writes the same bytes: the same version of markdown-it with the
 * same plugins in the same order, the same layouts, the same files.
 */
import MarkdownIt from "markdown-it";
import attributes from "markdown-it-attrs";
import definitionLists from "markdown-it-deflist";
import type { MarkdownPlugin, Page, PageData, Processor, Site } from "./site.ts";

/** Where to read and where to write. */
export interface LiteOptions {
  /** The repository. */
  readonly root: string;
  /** The folder to write; it is emptied first. */
  readonly dest: string;
}

type Layout = (data: PageData) => string;

/** The npm-only builder. It takes the layouts from the folder beside this file. */
export class Lite implements Site {
  readonly hooks: Record<string, (plugin: MarkdownPlugin) => void>;
  readonly #markdown = new MarkdownIt({ html: true });
  readonly #ignored: ((path: string) => boolean)[] = [];
  readonly #data: { name: string; value: unknown; scope: string }[] = [];
  readonly #copies: { from: string; to: string }[] = [];
  readonly #extra: PageData[] = [];
  readonly #before: [string[], Processor][] = [];
  readonly #after: [string[], Processor][] = [];
  readonly #listeners: (() => Promise<void>)[] = [];

  constructor(readonly options: LiteOptions) {
    this.#markdown.disable("code");
    this.#markdown.use(attributes);
    this.#markdown.use(definitionLists);
    this.hooks = { addMarkdownItPlugin: (plugin) => void this.#markdown.use(plugin) };
  }

  ignore(filter: (path: string) => boolean): void {
    this.#ignored.push(filter);
  }

  data(name: string, value: unknown, scope = "/"): void {
    this.#data.push({ name, value, scope });
  }

  add(from: string, to: string): void {
    this.#copies.push({ from, to });
  }

  page(data: PageData): void {
    this.#extra.push(data);
  }

  preprocess(extensions: string[], processor: Processor): void {
    this.#before.push([extensions, processor]);
  }

  process(extensions: string[], processor: Processor): void {
    this.#after.push([extensions, processor]);
  }

  addEventListener(type: "afterBuild" | "afterUpdate", listener: () => Promise<void>): void {
    if (type === "afterBuild") this.#listeners.push(listener);
  }

  /** Builds the whole site. */
  async build(): Promise<void> {
    const { root, dest } = this.options;
    const pages = [...await this.#load("/"), ...this.#extra.map((data) => this.#generated(data))];
    await run(this.#before, pages, (page) => page.src.ext);
    for (const page of pages) await this.#render(page);
    await run(this.#after, pages, (page) => page.data.url.endsWith("/") ? ".html" : "");
    await empty(dest);
    for (const { from, to } of this.#copies) await copy(`${root}/${from}`, `${dest}/${to}`);
    for (const page of pages) await write(`${dest}${page.data.url}index.html`, page.text);
    for (const listener of this.#listeners) await listener();
  }

  /** The pages of a folder and of those in it, by name. */
  async #load(folder: string): Promise<Page[]> {
    const pages: Page[] = [];
    for (const { name, isDirectory } of await list(`${this.options.root}${folder}`)) {
      const path = `${folder}${name}`;
      if (name.startsWith(".") || name.startsWith("_")) continue;
      if (this.#ignored.some((filter) => filter(path))) continue;
      if (isDirectory) pages.push(...await this.#load(`${path}/`));
      else if (name.endsWith(".md")) pages.push(await this.#chapter(folder, path));
    }
    return pages;
  }

  async #chapter(folder: string, path: string): Promise<Page> {
    const stem = path.slice(0, -".md".length);
    const inherited = this.#inherited(folder);
    // A folder whose basename is "" leaves no trace in the address, as in Lume.
    const prefix = inherited["basename"] === "" ? "/" : folder;
    const content = await Deno.readTextFile(`${this.options.root}${path}`);
    const url = `${prefix}${stem.slice(folder.length)}/`;
    return { src: { path: stem, ext: ".md" }, data: { ...inherited, url, content }, text: "" };
  }

  #generated(data: PageData): Page {
    return { src: { path: "", ext: "" }, data: { ...this.#inherited("/"), ...data }, text: "" };
  }

  #inherited(folder: string): Record<string, unknown> {
    const data: Record<string, unknown> = {};
    for (const { name, value, scope } of this.#data) {
      if (`${folder}/`.startsWith(scope)) data[name] = value;
    }
    return data;
  }

  async #render(page: Page): Promise<void> {
    const { content, layout } = page.data;
    const filename = page.src.path + page.src.ext;
    const text = content === undefined
      ? undefined
      : this.#markdown.render(String(content), { filename, data: page.data });
    page.text = layout === undefined
      ? text ?? ""
      : (await this.#layout(layout))({ ...page.data, content: text });
  }

  async #layout(name: string): Promise<Layout> {
    const module: { default: Layout } = await import(import.meta.resolve(`./layouts/${name}`));
    return module.default;
  }
}

async function run(
  steps: readonly [string[], Processor][],
  pages: Page[],
  extension: (page: Page) => string,
): Promise<void> {
  for (const [extensions, processor] of steps) {
    await processor(pages.filter((page) => extensions.includes(extension(page))), pages);
  }
}

async function list(folder: string): Promise<Deno.DirEntry[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.sort((a, b) => a.name < b.name ? -1 : 1);
}

async function copy(from: string, to: string): Promise<void> {
  for (const { name, isDirectory } of await list(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await write(`${to}/${name}`, await Deno.readFile(`${from}/${name}`));
  }
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
}

async function empty(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const { name } of await list(folder)) {
    await Deno.remove(`${folder}/${name}`, { recursive: true });
  }
}
