/** A small book to build, and a look at what was built. */
import { fromFileUrl } from "@std/path";
import { tempFolder } from "../fixtures/temp.ts";
import { configure } from "../../site/configure.ts";
import { Lite } from "../../site/lite.ts";
import type { Results } from "../../site/results.ts";

const FIXTURES = fromFileUrl(new URL("./fixtures", import.meta.url));
const ASSETS = fromFileUrl(new URL("../../site/assets", import.meta.url));

/** The results that belong to the small book. */
export async function fixtureResults(): Promise<Results> {
  return JSON.parse(await Deno.readTextFile(`${FIXTURES}/results.json`));
}

/**
 * Makes a repository of the small book in a temporary folder.
 *
 * @param extra further chapters, by file name, or other texts for those that are there
 */
export async function fixtureRoot(extra: Readonly<Record<string, string>> = {}): Promise<string> {
  const root = tempFolder("site-test-");
  await Deno.mkdir(`${root}/spec`);
  await Deno.mkdir(`${root}/site/assets`, { recursive: true });
  for await (const { name } of Deno.readDir(`${FIXTURES}/spec`)) {
    await Deno.copyFile(`${FIXTURES}/spec/${name}`, `${root}/spec/${name}`);
  }
  for await (const { name } of Deno.readDir(ASSETS)) {
    await Deno.copyFile(`${ASSETS}/${name}`, `${root}/site/assets/${name}`);
  }
  for (const [name, text] of Object.entries(extra)) {
    await Deno.writeTextFile(`${root}/spec/${name}`, text);
  }
  return root;
}

/** Builds with the npm-only driver, without fonts and index, and answers all files. */
export async function buildFiles(root: string, results: Results): Promise<Map<string, string>> {
  const dest = `${root}/_site`;
  const finish = () => Promise.resolve();
  await configure(new Lite({ root, dest }), { results, finish }).build();
  return await readFiles(dest);
}

/** All files of a folder as text, by path from it. */
export async function readFiles(folder: string, path = ""): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const entries = await Array.fromAsync(Deno.readDir(`${folder}${path}`));
  for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const inner = `${path}/${name}`;
    if (isDirectory) {
      for (const [key, text] of await readFiles(folder, inner)) files.set(key, text);
    } else files.set(inner, await Deno.readTextFile(`${folder}${inner}`));
  }
  return files;
}

/** A page of a built site. */
export function page(files: ReadonlyMap<string, string>, url: string): string {
  const text = files.get(`${url}index.html`);
  if (text === undefined) throw new Error(`Cannot look at ${url}: no such page was built`);
  return text;
}

/** Links that lead nowhere: to no file, or to no id of a page. One line each. */
export function brokenLinks(files: ReadonlyMap<string, string>): string[] {
  const broken: string[] = [];
  for (const [path, text] of files) {
    if (!path.endsWith(".html")) continue;
    for (const [, link = ""] of text.matchAll(/\b(?:href|src)="([^"]*)"/g)) {
      const target = new URL(link.replaceAll("&amp;", "&"), `http://site${path}`);
      if (target.host !== "site") continue;
      const name = target.pathname.endsWith("/") ? `${target.pathname}index.html` : target.pathname;
      const isMadeLater = /^\/(assets\/fonts|pagefind)\//.test(name);
      const id = decodeURIComponent(target.hash.slice(1));
      const other = files.get(name);
      if (other === undefined ? !isMadeLater : id !== "" && !other.includes(` id="${id}"`)) {
        broken.push(`${path}: ${link}`);
      }
    }
  }
  return broken;
}

/** Ids that a page has more than once. */
export function repeatedIds(text: string): string[] {
  const ids = [...text.matchAll(/ id="([^"]*)"/g)].map(([, id = ""]) => id);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

/** The text of a piece of HTML, without tags. */
export function textOf(html: string): string {
  return html.replace(/<[^>]*>/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}
