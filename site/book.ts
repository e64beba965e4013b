/**
 * The book as the site sees it: chapters, their headings and fences with stable ids, and where each
 * name is defined. All of it comes from the text of the chapters, before anything is rendered, so
 * that a page can link to a chapter that follows it.
 */
import { parseChapter } from "../src/literate/chapter.ts";
import { chapterName, chapterUrl, slug } from "./paths.ts";

/** What a fence is for; `shown` is any other language. */
export type FenceKind = "definition" | "test" | "edition" | "ignore" | "shown";

/** A fence of a chapter. Lines count from 1. */
export interface Fence {
  /** Line of the opening mark. */
  readonly open: number;
  /** Line of the closing mark. */
  readonly close: number;
  readonly language: string;
  readonly kind: FenceKind;
  /** The edition whose definitions it replaces, for the kind `edition`. */
  readonly edition?: string;
  /** Names that it exports, with the line of each. */
  readonly names: readonly { readonly name: string; readonly line: number }[];
  /** Does it register tests? A test fence that does not holds what the tests after it use. */
  readonly hasTests: boolean;
  /** Scenarios that it may define: what it gives as a name. */
  readonly scenarios: readonly string[];
  /** Id on the page: the first defined name, or one made from the heading above. */
  readonly id: string;
}

/** A heading of a chapter. */
export interface Heading {
  readonly line: number;
  readonly level: number;
  /** Its Markdown. */
  readonly text: string;
  readonly id: string;
}

/** One chapter. */
export interface Chapter {
  /** Path in the repository: `spec/05-attach.md`. */
  readonly file: string;
  readonly name: string;
  /** `05`. */
  readonly number: string;
  /** The title without its number, as Markdown. */
  readonly title: string;
  /** The first paragraph, as Markdown. */
  readonly summary: string;
  readonly url: string;
  readonly headings: readonly Heading[];
  readonly fences: readonly Fence[];
}

/** Where a name is defined. */
export interface Definition {
  readonly name: string;
  readonly chapter: Chapter;
  readonly line: number;
  /** Address with fragment. */
  readonly url: string;
}

/** A mistake in a chapter that only the site can see. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** A chapter's file as it is read. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

const EXPORT =
  /^export\s+(?:default\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\s*\*?|class|const|let|type|interface|enum)\s*([A-Za-z_$][\w$]*)/;

/** The id that an author gives a heading: `## Waiting {#waiting}`. */
const OWN_ID = /\s*\{#([\w-]+)\}$/;

/** The chapters in order, with what the pages ask of them. */
export class Book {
  chapters: readonly Chapter[] = [];
  /** By name: the first definition. */
  definitions: ReadonlyMap<string, Definition> = new Map();
  /** Found while the pages were rendered; a build with any fails. */
  readonly problems: Problem[] = [];

  /** Reads the chapters anew and forgets earlier ones. */
  load(sources: readonly Source[]): void {
    this.problems.length = 0;
    this.chapters = [...sources]
      .sort((a, b) => a.file < b.file ? -1 : 1)
      .map((source) => readChapter(source));
    const definitions = new Map<string, Definition>();
    for (const chapter of this.chapters) {
      for (const { kind, names } of chapter.fences) {
        if (kind !== "definition") continue;
        for (const { name, line } of names) {
          if (definitions.has(name)) continue;
          definitions.set(name, { name, chapter, line, url: `${chapter.url}#${name}` });
        }
      }
    }
    this.definitions = definitions;
  }

  /** The chapter of a file, by any path that ends in it. */
  chapter(file: string): Chapter | undefined {
    const name = chapterName(file);
    return this.chapters.find((chapter) => chapter.name === name);
  }

  /** The chapters before and after one. */
  neighbours(chapter: Chapter): { before: Chapter | undefined; after: Chapter | undefined } {
    const index = this.chapters.indexOf(chapter);
    return { before: this.chapters[index - 1], after: this.chapters[index + 1] };
  }
}

/**
 * Reads one chapter.
 *
 * @throws {LiterateError} when the text breaks the grammar of chapters
 */
export function readChapter({ file, text }: Source): Chapter {
  const parsed = parseChapter(file, text);
  const ids = new Ids();
  const names = parsed.fences.map((fence) => fence.language === "ts" ? exportedNames(fence) : []);
  parsed.fences.forEach(({ kind }, index) => {
    if (kind === "definition") names[index]?.forEach(({ name }) => ids.reserve(name));
  });
  for (const { text } of parsed.headings) {
    const own = OWN_ID.exec(text)?.[1];
    if (own !== undefined) ids.reserve(own);
  }
  const headings = parsed.headings.map(({ line, level, text }): Heading => {
    const own = OWN_ID.exec(text)?.[1], plain = text.replace(OWN_ID, "");
    return { line, level, text: plain, id: own ?? ids.fresh(slug(plain), false) };
  });
  const fences = parsed.fences.map((fence, index): Fence => {
    const { kind, language, words, edition, open, close } = fence;
    const owned = kind === "definition" ? names[index]?.[0]?.name : undefined;
    const section = slug(fence.heading?.text.replace(OWN_ID, "") ?? "top");
    return {
      open: open.line,
      close: close.line,
      language,
      kind: kind === "shown" && language === "ts" && words.includes("ignore") ? "ignore" : kind,
      ...(edition === null ? {} : { edition }),
      names: names[index] ?? [],
      scenarios: fence.body.flatMap((line) => /^\s*name: "([\w-]+)",$/.exec(line)?.[1] ?? []),
      hasTests: kind === "test" && fence.body.some((line) => /\bDeno\.test\(/.test(line)),
      id: owned ?? ids.fresh(`${kind}-${section}`, true),
    };
  });
  const [, number = parsed.name.slice(0, 2), title = parsed.title || parsed.name] =
    /^(\d+)[\s.:·-]+(.+)$/.exec(parsed.title.replace(OWN_ID, "")) ?? [];
  return {
    file,
    name: parsed.name,
    number,
    title,
    summary: firstParagraph(parsed.lines),
    url: chapterUrl(file),
    headings,
    fences,
  };
}

function exportedNames(fence: { open: { line: number }; body: readonly string[] }): Fence["names"] {
  const names: { name: string; line: number }[] = [];
  fence.body.forEach((text, index) => {
    const name = EXPORT.exec(text)?.[1];
    if (name !== undefined && !names.some((known) => known.name === name)) {
      names.push({ name, line: fence.open.line + 1 + index });
    }
  });
  return names;
}

/** The first paragraph after the title, as one line. */
function firstParagraph(lines: readonly string[]): string {
  const words: string[] = [];
  for (const line of lines) {
    const isProse = line.trim() !== "" && !/^(#|```|[-*>|{]|\d+\. )/.test(line);
    if (isProse) words.push(line.trim());
    else if (words.length > 0) break;
  }
  return words.join(" ");
}

/** Ids of one page: no two alike, and defined names go before anything made from text. */
class Ids {
  readonly #taken = new Set<string>();

  reserve(id: string): void {
    this.#taken.add(id);
  }

  /** @param counted whether even the first gets a number: `test-attach-1` */
  fresh(wish: string, counted: boolean): string {
    // `L12` is the anchor of line 12.
    const stem = /^l\d+$/i.test(wish) ? `s-${wish}` : wish;
    let id = counted ? `${stem}-1` : this.#taken.has(stem) ? `about-${stem}` : stem;
    for (let count = 2; this.#taken.has(id); count++) id = `${stem}-${count}`;
    this.#taken.add(id);
    return id;
  }
}
