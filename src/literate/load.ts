/**
 * Loads an edition from memory: no view on disk, no Deno API, the same in a browser's Worker.
 */

import { type Book, readBook, viewSpecifier } from "./book.ts";
import type { Source } from "./chapter.ts";
import { composeEdition, type Edition } from "./edition.ts";
import { generateModule, type ModuleCode, sourceMapComment } from "./module_code.ts";
import type { Origin, Scope } from "./scope.ts";
import { stackRewriter } from "./stack.ts";

/** What an edition is loaded from. */
export interface LoadOptions {
  readonly chapters: readonly Source[];
  /** The edition, `as-posted` by default. */
  readonly edition?: string | undefined;
  /** A reader's Markdown file; its `ts` fences replace definitions of the same names. */
  readonly overrides?: Source | string | undefined;
  /** Makes a specifier of the import map an absolute URL: `import.meta.resolve` in Deno. */
  readonly resolve: (specifier: string) => string;
}

/** An edition whose modules have run. */
export interface LoadedEdition {
  readonly edition: Edition;
  /** The namespace of each chapter's module, by chapter name, in order. */
  readonly modules: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** Rewrites the text of a stack so that its frames name `spec/NN-name.md:line:col`. */
  readonly rewriteStack: (stack: string) => string;
}

/** How a reader's file is called in messages when only its text is given. */
export const OVERRIDES_PATH = "overrides.md";

/**
 * Loads a whole book. Each call makes fresh modules: nothing is shared with another load but what
 * the chapters import from outside the book.
 * @throws {LiterateError} when the texts break a rule.
 * @throws {RangeError} when the book has no such edition.
 * @throws whatever a chapter throws when its module runs, with a stack that names the chapter.
 */
export function loadEdition(options: LoadOptions): Promise<LoadedEdition> {
  return loadComposed(composeFrom(options), options.resolve);
}

/** The hash of an edition, which is the same for texts that differ in prose or layout only. */
export function editionHash(options: Omit<LoadOptions, "resolve">): string {
  return composeFrom(options).hash;
}

/** Loads an edition that was composed already; see {@link loadEdition}. */
export async function loadComposed(
  edition: Edition,
  resolve: (specifier: string) => string,
): Promise<LoadedEdition> {
  const urls = new Map<string, string>();
  const codes = new Map<string, ModuleCode>();
  const modules = new Map<string, Readonly<Record<string, unknown>>>();
  const rewriteStack = stackRewriter(codes);
  try {
    for (const [index, module] of edition.modules.entries()) {
      const toUrl = (specifier: string) => urls.get(specifier) ?? resolve(specifier);
      const code = generateModule(module, scopeOf(edition, index, toUrl), toUrl);
      const text = `${code.code}\n${sourceMapComment(code, sourceUrl)}\n`;
      const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      urls.set(viewSpecifier({ name: module.chapter }), url);
      codes.set(url, code);
      modules.set(module.chapter, await import(url));
    }
  } catch (error) {
    if (error instanceof Error && error.stack !== undefined) {
      error.stack = rewriteStack(error.stack);
    }
    throw error;
  } finally {
    // The engine keeps loaded modules by their URL; only the text behind it is let go.
    for (const url of urls.values()) URL.revokeObjectURL(url);
  }
  return { edition, modules, rewriteStack };
}

/** The URL that stands for a chapter in source maps; engines ignore sources without a scheme. */
function sourceUrl(path: string): string {
  return encodeURI(path.startsWith("/") ? `file://${path}` : `file:///${path}`);
}

function composeFrom({ chapters, edition, overrides }: Omit<LoadOptions, "resolve">): Edition {
  const book: Book = readBook(chapters);
  const file = typeof overrides === "string"
    ? { path: OVERRIDES_PATH, text: overrides }
    : overrides ?? null;
  return composeEdition(book, edition, file);
}

/** What the chapters before one put in its scope, in this edition. */
function scopeOf(edition: Edition, index: number, toUrl: (specifier: string) => string): Scope {
  const scope = new Map<string, Origin>();
  for (const { chapter, units, fences } of edition.modules.slice(0, index)) {
    for (const { code } of fences) {
      for (const { local, imported, specifier } of code.imports) {
        scope.set(local, { imported, specifier: toUrl(specifier) });
      }
    }
    for (const { exported, names } of units) {
      if (!exported) continue;
      for (const { name } of names) {
        scope.set(name, { imported: name, specifier: toUrl(viewSpecifier({ name: chapter })) });
      }
    }
  }
  return scope;
}
