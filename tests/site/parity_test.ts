/**
 * The two drivers write the same bytes. This needs Lume, so it runs only where Lume can be
 * imported and everything is permitted: `deno task test:parity`.
 */
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { buildLite, buildLume, importLume } from "../../site/build.ts";
import { fixtureResults, fixtureRoot } from "./support.ts";

const isPermitted = await Promise.all(
  (["read", "write", "env", "net", "run", "sys"] as const).map((name) =>
    Deno.permissions.query({ name })
  ),
).then((all) => all.every(({ state }) => state === "granted"));
const lume = isPermitted ? await importLume() : new Error("not everything is permitted");
if (lume instanceof Error) console.log(`parity with Lume: not tested, ${lume.message}`);

/** Lume looks for the layouts below the root, and they use the explorer's traces. */
const REPOSITORY = fromFileUrl(new URL("../..", import.meta.url));

/** A hash for each file. */
async function hashes(folder: string, path = ""): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(`${folder}${path}`)) {
    const inner = `${path}/${name}`;
    if (isDirectory) {
      for (const [key, hash] of await hashes(folder, inner)) found.set(key, hash);
    } else {
      const bytes = await Deno.readFile(`${folder}${inner}`);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      found.set(inner, digest.toHex());
    }
  }
  return new Map([...found].sort(([a], [b]) => a < b ? -1 : 1));
}

const roots = { "the small book": fixtureRoot, "the book": bookRoot };

/** The book itself, as a repository of its own, so that nothing is written to this one. */
async function bookRoot(): Promise<string> {
  const root = await fixtureRoot();
  await Deno.remove(`${root}/spec`, { recursive: true });
  await Deno.mkdir(`${root}/spec`);
  const spec = fromFileUrl(new URL("../../spec", import.meta.url));
  for await (const { name } of Deno.readDir(spec)) {
    if (name.endsWith(".md")) await Deno.copyFile(`${spec}/${name}`, `${root}/spec/${name}`);
  }
  return root;
}

for (const [name, makeRoot] of Object.entries(roots)) {
  Deno.test({
    name: `parity: Lume and the npm-only driver write the same bytes for ${name}`,
    ignore: lume instanceof Error,
    // Lume keeps timers and its own caches.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      if (lume instanceof Error) throw lume;
      const root = await makeRoot();
      await Deno.remove(`${root}/site`, { recursive: true });
      for (const name of ["site", "src"]) {
        await Deno.symlink(`${REPOSITORY}/${name}`, `${root}/${name}`);
      }
      const results = name === "the small book" ? await fixtureResults() : {};
      await buildLite(root, `${root}/_lite`, results);
      await buildLume(lume, root, `${root}/_lume`, results);
      const lite = await hashes(`${root}/_lite`);
      assertEquals(await hashes(`${root}/_lume`), lite);
      console.log(`${name}: ${lite.size} files identical`);
    },
  });
}
