/**
 * Serves the book while it is written: `deno task serve [--port=N]`.
 *
 * It builds the pages, prints the address, and then runs the tests and the scenarios if their
 * results are not known for these sources; until they are, pages say "not run". When a chapter,
 * the code or the site changes, it builds again and open pages reload. The files are served from
 * memory, so a page is always of one build. What fails to build is said, and the last good pages stay.
 */
import { isDerived, loadResults } from "./run.ts";

const DEST = "_site";
const HOSTNAME = "127.0.0.1";
const DEFAULT_PORT = 8000;
/** How many ports after the default are tried when it is taken. */
const PORT_TRIES = 20;
const QUIET_MS = 200;
const WATCHED = ["spec", "src", "site"];

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  svg: "image/svg+xml",
  woff2: "font/woff2",
};

const RELOAD = `<script>new EventSource("/_built").onmessage = () => location.reload()</script>`;

/** The port that the command line asks for, or a message. */
export function readPort(args: readonly string[]): number | undefined | string {
  const [first, second, ...rest] = args;
  if (first === undefined) return undefined;
  const isPair = first === "--port" && second !== undefined;
  const text = isPair ? second : /^--port=(.*)$/.exec(first)?.[1];
  const extra = isPair ? rest[0] : second;
  const port = Number(text);
  if (text === undefined || extra !== undefined) {
    return `Cannot serve: unknown argument ${extra ?? first}`;
  }
  const isPort = Number.isInteger(port) && port >= 0 && port < 65536 && text !== "";
  return isPort ? port : `Cannot serve on port "${text}": wanted a number from 0 to 65535`;
}

/** A built site in memory. */
export class Files {
  #files: ReadonlyMap<string, Uint8Array<ArrayBuffer>> = new Map();

  /** Reads the folder; until it is read, what was read before stands. */
  async load(folder: string): Promise<void> {
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    await readInto(files, folder, "");
    this.#files = files;
  }

  /** The addresses of all pages, in order. */
  pages(): string[] {
    const pages = [...this.#files.keys()].filter((name) => name.endsWith("/index.html"));
    return pages.map((name) => name.slice(0, -"index.html".length)).sort();
  }

  /**
   * Answers a request for a path.
   *
   * @param reload whether pages reload themselves when they are built again
   */
  respond(path: string, { reload }: { reload: boolean }): Response {
    const name = path.endsWith("/") ? `${path}index.html` : path;
    const bytes = this.#files.get(name);
    if (bytes !== undefined) {
      return new Response(reload ? withReload(name, bytes) : bytes, { headers: headers(name) });
    }
    if (this.#files.has(`${path}/index.html`)) {
      return new Response(null, { status: 308, headers: { location: `${path}/` } });
    }
    return new Response(`No page at ${path}\n`, { status: 404 });
  }
}

async function readInto(
  files: Map<string, Uint8Array<ArrayBuffer>>,
  folder: string,
  path: string,
): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(`${folder}${path}`)) {
    const inner = `${path}/${name}`;
    if (isDirectory) await readInto(files, folder, inner);
    else files.set(inner, await Deno.readFile(`${folder}${inner}`));
  }
}

function withReload(name: string, bytes: Uint8Array<ArrayBuffer>): BodyInit {
  if (!name.endsWith(".html")) return bytes;
  return new TextDecoder().decode(bytes).replace("</body>", `${RELOAD}</body>`);
}

function headers(name: string): HeadersInit {
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  return { "content-type": type, "cache-control": "no-cache" };
}

/** Builds, serves and watches. */
class Server {
  readonly #files = new Files();
  readonly #listeners = new Set<ReadableStreamDefaultController<Uint8Array>>();
  #child: Deno.ChildProcess | undefined;
  #round = 0;

  /** Builds once more; a build that is under way is given up. */
  async rebuild(): Promise<boolean> {
    const round = ++this.#round;
    this.#child?.kill();
    if (!await this.#build(["--no-run"]) || round !== this.#round) return false;
    await this.#publish();
    return true;
  }

  /** Finds out what the pages cannot say yet, and builds with it. */
  async complete(): Promise<void> {
    const round = this.#round;
    if ((await loadResults(".")).tests !== undefined || round !== this.#round) return;
    if (await this.#build([]) && round === this.#round) await this.#publish();
  }

  async #build(flags: readonly string[]): Promise<boolean> {
    const child = new Deno.Command("deno", {
      args: ["task", "--quiet", "site", "lite", DEST, ...flags],
      stdin: "null",
    }).spawn();
    this.#child = child;
    const { success } = await child.status;
    if (this.#child === child) this.#child = undefined;
    return success;
  }

  async #publish(): Promise<void> {
    await this.#files.load(DEST);
    for (const listener of this.#listeners) listener.enqueue(encoder.encode("data: built\n\n"));
  }

  handle(request: Request): Response {
    const path = decodeURIComponent(new URL(request.url).pathname);
    return path === "/_built" ? this.#events() : this.#files.respond(path, { reload: true });
  }

  #events(): Response {
    let mine: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        mine = controller;
        this.#listeners.add(controller);
        controller.enqueue(encoder.encode(": open\n\n"));
      },
      cancel: () => {
        if (mine !== undefined) this.#listeners.delete(mine);
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}

const encoder = new TextEncoder();

/** Listens on the port asked for, or on the first free one from the default on. */
function listen(port: number | undefined, handler: (request: Request) => Response): void {
  const first = port ?? DEFAULT_PORT;
  const last = port === undefined ? first + PORT_TRIES : first;
  for (let candidate = first;; candidate++) {
    try {
      Deno.serve({
        port: candidate,
        hostname: HOSTNAME,
        automaticCompression: true,
        onListen: ({ port }) => console.log(`\n  The book: http://localhost:${port}/\n`),
      }, handler);
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || candidate >= last) throw error;
    }
  }
}

async function watch(server: Server): Promise<never> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  for await (const { kind, paths } of Deno.watchFs(WATCHED)) {
    const root = `${Deno.cwd()}/`;
    const changed = paths.map((path) => path.replace(root, "")).filter((path) => !isDerived(path));
    if (kind === "access" || changed.length === 0) continue;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      console.log(`Changed: ${changed[0]}`);
      if (await server.rebuild()) await server.complete();
    }, QUIET_MS);
  }
  throw new Error("Cannot watch the files any longer");
}

if (import.meta.main) {
  const port = readPort(Deno.args);
  if (typeof port === "string") {
    console.error(`${port}\nUsage: deno task serve [--port=N]`);
    Deno.exit(2);
  }
  const server = new Server();
  console.log("Building the pages");
  const isBuilt = await server.rebuild();
  if (!isBuilt) console.error("The pages will be built when the chapters are mended.");
  try {
    listen(port, (request) => server.handle(request));
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    console.error(`Cannot serve on port ${port}: it is in use; choose another with --port=N`);
    Deno.exit(1);
  }
  const watching = watch(server);
  if (isBuilt) await server.complete();
  await watching;
}
