/**
 * The built book in a browser: `deno task test:browser`. Two books are looked at: this one, and the
 * small one of the fixtures, which has failing tests and a counterexample whatever this one has.
 *
 * Without Chromium nothing can be looked at: that is a failure in CI, and a message elsewhere.
 */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import axe, { type AxeResults } from "axe-core";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Page,
  type Request,
} from "playwright-core";
import { tempFolder } from "../fixtures/temp.ts";
import { buildLite } from "../../site/build.ts";
import type { Results } from "../../site/results.ts";
import { loadResults } from "../../site/run.ts";
import { Files } from "../../site/serve.ts";
import { fixtureResults, fixtureRoot } from "./support.ts";

const CANDIDATES = [
  Deno.env.get("CHROMIUM"),
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Widths and colours in which each page is looked at. */
const LOOKS = [[390, "light"], [1280, "light"], [1280, "dark"], [390, "dark"]] as const;
/** Most bytes that a page may send before it can be read and used. */
const FIRST_LOAD_MAX = 100_000;

const executable = CANDIDATES.find((path) => path !== undefined && exists(path));
if (executable === undefined) {
  const message = "Cannot look at the pages: there is no Chromium; set CHROMIUM to its path";
  if (Deno.env.get("CI") === "true") throw new Error(message);
  console.log(message);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** A built book that answers requests. */
interface Served extends AsyncDisposable {
  readonly base: string;
  /** Addresses of all pages. */
  readonly pages: readonly string[];
}

async function serve(root: string, results: Results): Promise<Served> {
  const dest = tempFolder("site-browser-");
  await buildLite(root, dest, results);
  const files = new Files();
  await files.load(dest);
  const options = { port: 0, hostname: "127.0.0.1", automaticCompression: true, onListen() {} };
  const server = Deno.serve(options, (request) => {
    return files.respond(decodeURIComponent(new URL(request.url).pathname), { reload: false });
  });
  return {
    base: `http://127.0.0.1:${server.addr.port}`,
    pages: files.pages(),
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await Deno.remove(dest, { recursive: true });
    },
  };
}

/** What a page does wrong while `use` looks at it: errors, failed requests. */
async function withPage(
  browser: Browser,
  options: BrowserContextOptions,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") wrong.push(message.text());
  });
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("requestfailed", (request) => {
    // Going to the next page gives up what this one still loads.
    const reason = request.failure()?.errorText ?? "";
    if (reason !== "net::ERR_ABORTED") wrong.push(`${reason}: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) wrong.push(`${response.status()} ${response.url()}`);
  });
  try {
    await use(page);
    assertEquals(wrong, []);
  } finally {
    await context.close();
  }
}

const size = (width: number) => ({ viewport: { width, height: width < 500 ? 844 : 900 } });

/** What axe finds on the page, one line a kind. */
async function accessibility(page: Page): Promise<string[]> {
  if (await page.evaluate("typeof axe") === "undefined") await page.evaluate(axe.source);
  const found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  const { violations } = found as AxeResults;
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

/** Links of the page to this site that lead to no page or to no id. */
async function brokenLinks(page: Page, ids: ReadonlyMap<string, ReadonlySet<string>>) {
  const links = await page.evaluate(() => {
    const anchors = [...document.querySelectorAll("a[href]")] as unknown as { href: string }[];
    return anchors.map((anchor) => anchor.href);
  });
  return links.filter((link) => {
    const { origin, pathname, hash } = new URL(link);
    if (origin !== new URL(page.url()).origin) return false;
    const known = ids.get(pathname);
    return known === undefined || (hash !== "" && !known.has(decodeURIComponent(hash.slice(1))));
  });
}

async function collectIds(browser: Browser, { base, pages }: Served) {
  const ids = new Map<string, Set<string>>();
  await withPage(browser, { javaScriptEnabled: true }, async (page) => {
    for (const path of pages) {
      await page.goto(base + path);
      const all = await page.evaluate(() =>
        [...document.querySelectorAll("[id]")].map((element) => element.id)
      );
      ids.set(path, new Set(all));
    }
  });
  return ids;
}

/** All checks of one book. */
async function look(t: Deno.TestContext, browser: Browser, served: Served): Promise<void> {
  const { base, pages } = served;
  const ids = await collectIds(browser, served);
  for (const path of pages) {
    await t.step(
      `${path}: no errors, no overflow, nothing for axe, light and dark`,
      () =>
        withPage(browser, size(1280), async (page) => {
          await page.goto(base + path);
          await page.evaluate(OPEN_DETAILS);
          for (const [width, colorScheme] of LOOKS) {
            await page.setViewportSize(size(width).viewport);
            await page.emulateMedia({ colorScheme });
            const at = `${width} wide, ${colorScheme}`;
            assertEquals(await page.evaluate("document.documentElement.scrollWidth"), width, at);
            assertEquals(await accessibility(page), [], at);
          }
        }),
    );
    await t.step(
      `${path}: every link and anchor resolves`,
      () =>
        withPage(browser, size(1280), async (page) => {
          await page.goto(base + path);
          assertEquals(await brokenLinks(page, ids), []);
        }),
    );
    await t.step(`${path}: without JavaScript the text is all there`, async () => {
      const texts: string[] = [];
      for (const javaScriptEnabled of [true, false]) {
        await withPage(browser, { ...size(1280), javaScriptEnabled }, async (page) => {
          await page.goto(base + path);
          texts.push(await page.locator("main").innerText());
          assertEquals(await page.locator("form.search").isVisible(), javaScriptEnabled);
        });
      }
      assert((texts[0] ?? "").length > 40);
      assertEquals(texts[1], texts[0]);
    });
    await t.step(
      `${path}: the first load is under ${FIRST_LOAD_MAX} bytes`,
      () =>
        withPage(browser, size(1280), async (page) => {
          // Awaited while the page is open: Chromium refuses the sizes of a closed page's requests.
          const sizes: ReturnType<Request["sizes"]>[] = [];
          page.on("requestfinished", (request) => sizes.push(request.sizes()));
          await page.goto(base + path, { waitUntil: "networkidle" });
          const bytes = (await Promise.all(sizes)).reduce(
            (sum, size) => sum + size.responseBodySize + size.responseHeadersSize,
            0,
          );
          assert(bytes > 1000, `only ${bytes} bytes were counted`);
          assert(bytes < FIRST_LOAD_MAX, `${bytes} bytes`);
        }),
    );
  }
  await t.step(
    "paper: a chapter prints its text, and nothing that is only for the screen",
    () =>
      withPage(browser, size(794), async (page) => {
        await page.goto(base + (pages.find((path) => /^\/\d\d-/.test(path)) ?? "/"));
        await page.emulateMedia({ media: "print", colorScheme: "dark" });
        assertEquals(await page.locator("header.bar").isVisible(), false);
        assertEquals(await page.locator("h1").isVisible(), true);
        assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 794);
        const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
        assertEquals(ground, "rgba(0, 0, 0, 0)");
      }),
  );
  await t.step(
    "search: mm_exit_active is found, and the result leads to it",
    () =>
      withPage(browser, size(1280), async (page) => {
        await page.goto(`${base}/names/`);
        await page.keyboard.press("/");
        await page.keyboard.type("mm_exit_active");
        const first = page.locator("#results li a").first();
        await first.waitFor({ timeout: 10_000 });
        assertEquals(await accessibility(page), []);
        await first.click();
        await page.waitForURL(/\/\d\d-/);
        assert((await page.locator("main").innerText()).includes("mm_exit_active"));
      }),
  );
  await t.step(
    "search: what is not there is said not to be there",
    () =>
      withPage(browser, size(390), async (page) => {
        await page.goto(`${base}/`);
        await page.locator("#query").fill("zzqqxxyy");
        const status = page.locator("#results [role=status]");
        await status.waitFor({ timeout: 10_000 });
        assertEquals(await status.innerText(), "Nothing found for “zzqqxxyy”.");
        await page.keyboard.press("Escape");
        assertEquals(await page.locator("#results").isVisible(), false);
      }),
  );
  await t.step(
    "theme: the choice wins over the system, and stays",
    () =>
      withPage(browser, { ...size(1280), colorScheme: "light" }, async (page) => {
        const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
        await page.goto(`${base}/`);
        const light = await ground();
        await page.locator("button.theme").click();
        const dark = await ground();
        assert(light !== dark, `${light} is ${dark}`);
        await page.goto(`${base}/names/`);
        assertEquals(await ground(), dark);
      }),
  );
}

const OPEN_DETAILS = "document.querySelectorAll('details').forEach((part) => part.open = true)";

const books: Record<string, () => Promise<Served>> = {
  "the small book": async () => serve(await fixtureRoot(), await fixtureResults()),
  "the book": async () => {
    const root = fromFileUrl(new URL("../..", import.meta.url)).replace(/\/$/, "");
    return serve(root, await loadResults(root));
  },
};

for (const [name, start] of Object.entries(books)) {
  Deno.test({
    name: `browser: ${name}`,
    ignore: executable === undefined,
    // Playwright keeps its own timers and pipes until the process ends.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(t) {
      await using served = await start();
      const options = {
        args: FLAGS,
        ...(executable === undefined ? {} : { executablePath: executable }),
      };
      const browser = await chromium.launch(options);
      try {
        await look(t, browser, served);
      } finally {
        await browser.close();
      }
    },
  });
}
