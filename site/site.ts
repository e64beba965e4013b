/**
 * What the site asks of the program that builds it. Lume's own `Site` has this shape, and so has
 * `Lite`; what is not named here cannot be used, so the two cannot drift apart.
 */
import type { MarkdownIt } from "markdown-it";

/** A page on its way to a file. */
export interface Page {
  readonly src: { readonly path: string; readonly ext: string };
  readonly data: PageData;
  /** The finished HTML, once it is rendered. */
  text: string;
}

/** What a page carries. */
export interface PageData {
  url: string;
  title?: string;
  /** File in `site/layouts/` that sets the page. */
  layout?: string;
  /** The source text; in a layout, the rendered text. */
  content?: unknown;
  [key: string]: unknown;
}

/** A step over the pages, before or after rendering. */
export type Processor = (pages: Page[], all: Page[]) => void | Promise<void>;

/** A plugin of markdown-it. */
export type MarkdownPlugin = (md: MarkdownIt) => void;

/** The part of Lume's `Site` that is used. */
export interface Site {
  /** Leaves out the paths for which `filter` is true; a path starts with `/`. */
  ignore(filter: (path: string) => boolean): unknown;
  /** Gives `value` to all pages, or to those below `scope`. */
  data(name: string, value: unknown, scope?: string): unknown;
  /** Copies a folder. */
  add(from: string, to: string): unknown;
  /** Adds a page that has no source file. */
  page(data: { url: string; title: string; layout: string }): unknown;
  preprocess(extensions: string[], processor: Processor): unknown;
  process(extensions: string[], processor: Processor): unknown;
  addEventListener(type: "afterBuild" | "afterUpdate", listener: () => Promise<void>): unknown;
  readonly hooks: Record<string, (plugin: MarkdownPlugin) => void>;
}
