/**
 * Where scenarios come from: the book as it stands, an edition of it, or a reader's own module.
 *
 * The book as it stands is loaded from the views beside the chapters when they say what the chapters
 * say, since the engine has them compiled already; all else is composed in memory.
 */
import { type Scenario, scenariosIn } from "explore/scenario.ts";
import { callPlace } from "explore/stack.ts";
import type { TraceText } from "explore/trace/trace.ts";
import { later } from "./later.ts";
import { UsageError, wanted } from "./usage.ts";

/** Scenarios of one text. */
export interface Source {
  readonly edition: string;
  /** The reader's module that the scenarios stand in; null for those of the book. */
  readonly module: string | null;
  readonly scenarios: readonly Scenario[];
  /** What identifies the text. It parses the whole book, so it is worked out on demand. */
  text(): Promise<TraceText>;
}

/** The name of the edition that is the book itself. */
export const AS_POSTED = "as-posted";

const VIEW_MARK = "//|";

/** The repository's root, with a slash at its end. */
export const root = new URL("../../", import.meta.url);

/** Reads a reader's file; `path` is relative to where the reader called from. */
export function readReadersFile(path: string): string {
  try {
    return Deno.readTextFileSync(fromReader(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UsageError(`Cannot read ${path}: there is no such file`);
    }
    if (error instanceof Deno.errors.IsADirectory) {
      throw new UsageError(`Cannot read ${path}: it is a folder, wanted a file`);
    }
    throw error;
  }
}

/** A path of the reader's as a URL: `deno task` changes the folder and leaves a note of it. */
export function fromReader(path: string): URL {
  if (path.startsWith("/")) return new URL(`file://${encodeURI(path)}`);
  const start = Deno.env.get("INIT_CWD") ?? Deno.cwd();
  const folder = start.endsWith("/") ? start : `${start}/`;
  return new URL(path, new URL(`file://${encodeURI(folder)}`));
}

/**
 * Loads the scenarios of an edition: a name, or the path of a Markdown file whose `ts` fences
 * replace definitions of the book.
 * @throws {UsageError} when there is no such edition or file
 */
export async function openEdition(edition: string): Promise<Source> {
  if (edition === AS_POSTED && viewsAreFresh()) return await openViews();
  const { loadEdition } = await later.load();
  const isFile = edition.endsWith(".md");
  if (isFile) callPlace(encodeURI(`file:///${edition}`), edition);
  else await checkEditionName(edition);
  const loaded = await loadEdition({
    chapters: await chapters(),
    edition: isFile ? undefined : edition,
    overrides: isFile ? { path: edition, text: readReadersFile(edition) } : undefined,
    resolve: (specifier) => import.meta.resolve(specifier),
  });
  const { definitionHashes } = await later.edition();
  const { hash } = loaded.edition;
  return {
    edition,
    module: null,
    scenarios: scenariosOf(loaded.modules.values()),
    text: () => {
      const definitions = Object.fromEntries(definitionHashes(loaded.edition));
      return Promise.resolve({ edition, module: null, hash, definitions });
    },
  };
}

/** Loads the scenarios of a reader's own module. */
export async function openModule(path: string): Promise<Source> {
  const code = readReadersFile(path);
  await checkWalks(path, code);
  const module: Record<string, unknown> = await import(fromReader(path).href);
  return {
    edition: AS_POSTED,
    module: path,
    scenarios: scenariosOf([module]),
    text: async () => {
      const { hashText } = await later.hash();
      const book = await textOfBook();
      const own = hashText(code);
      return {
        edition: AS_POSTED,
        module: path,
        hash: hashText(book.hash + own),
        definitions: { ...book.definitions, [path]: own },
      };
    },
  };
}

/** @throws {UsageError} with line and column, when the body of a walk apart keeps something */
async function checkWalks(path: string, code: string): Promise<void> {
  // To load the parser takes longer than to explore a small scenario.
  if (!code.includes(".apart()")) return;
  const { keptByWalks } = await later.walks();
  const { walkMessage } = await later.codeFence();
  for (const { name, offset } of keptByWalks(code)) {
    const lines = code.slice(0, offset).split("\n");
    const at = `${path}:${lines.length}:${(lines.at(-1) ?? "").length + 1}`;
    throw new UsageError(`${at}: ${walkMessage(name)}`);
  }
}

async function openViews(): Promise<Source> {
  const modules: Readonly<Record<string, unknown>>[] = [];
  // One after the other: each run of the book then lays its statics out alike.
  for (const name of chapterNames()) {
    modules.push(await import(new URL(`spec/${name}.ts`, root).href));
  }
  return { edition: AS_POSTED, module: null, scenarios: scenariosOf(modules), text: textOfBook };
}

/** Where texts that were identified before are kept; to parse a book takes longer than to run it. */
const KNOWN_TEXTS = "_out/texts";

async function textOfBook(): Promise<TraceText> {
  const { hashText } = await later.hash();
  const key = hashText((await chapters()).map(({ path, text }) => `${path}\n${text}`).join("\n"));
  const path = new URL(`${KNOWN_TEXTS}/${key}.json`, root);
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch {
    const text = await identifyBook();
    try {
      Deno.mkdirSync(new URL(`${KNOWN_TEXTS}/`, root), { recursive: true });
      Deno.writeTextFileSync(path, JSON.stringify(text));
    } catch (error) {
      // Without a place to keep it, it is worked out again next time.
      if (!(error instanceof Deno.errors.NotCapable)) throw error;
    }
    return text;
  }
}

async function identifyBook(): Promise<TraceText> {
  const { composeEdition, definitionHashes } = await later.edition();
  const { readBook } = await later.book();
  const edition = composeEdition(readBook(await chapters()));
  const definitions = Object.fromEntries(definitionHashes(edition));
  return { edition: AS_POSTED, module: null, hash: edition.hash, definitions };
}

async function chapters() {
  const { readChapters } = await later.files();
  return readChapters(decodeURI(new URL("spec", root).pathname)).map(({ path, text }) => ({
    path: path.slice(path.lastIndexOf("spec/")),
    text,
  }));
}

async function checkEditionName(edition: string): Promise<void> {
  const { readBook } = await later.book();
  const { editionNames } = await later.edition();
  const names = editionNames(readBook(await chapters()));
  if (names.includes(edition)) return;
  throw new UsageError(
    `Cannot find the edition "${edition}": ${wanted(edition, names)} ` +
      "(a file of yours must end in .md)",
  );
}

function scenariosOf(modules: Iterable<Readonly<Record<string, unknown>>>): Scenario[] {
  return [...modules].flatMap((module) => scenariosIn(Object.values(module)));
}

function chapterNames(): string[] {
  return [...Deno.readDirSync(new URL("spec", root))]
    .flatMap(({ name }) => /^\d\d.*\.md$/.test(name) ? [name.slice(0, -3)] : [])
    .sort();
}

/** Does every chapter have a view that says the same, line by line? */
function viewsAreFresh(): boolean {
  return chapterNames().every((name) => {
    try {
      const chapter = Deno.readTextFileSync(new URL(`spec/${name}.md`, root));
      return showsSame(Deno.readTextFileSync(new URL(`spec/${name}.ts`, root)), chapter);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  });
}

/** Line 1 of a view has imports in front of the mark; every other line is that of the chapter. */
export function showsSame(view: string, chapter: string): boolean {
  const shown = view.split("\n"), lines = chapter.split("\n");
  return shown.length === lines.length && lines.every((line, index) => {
    const other = shown[index] as string;
    if (index === 0) return other.endsWith(VIEW_MARK + line);
    return other === line || (other.length === line.length + 3 && other === VIEW_MARK + line);
  });
}
