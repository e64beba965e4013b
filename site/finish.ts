/** What is done to the folder once a driver has written the pages: fonts and the search index. */
import bold from "@fontsource/source-serif-4/files/source-serif-4-latin-600-normal.woff2" with {
  type: "bytes",
};
import italic from "@fontsource/source-serif-4/files/source-serif-4-latin-400-italic.woff2" with {
  type: "bytes",
};
import regular from "@fontsource/source-serif-4/files/source-serif-4-latin-400-normal.woff2" with {
  type: "bytes",
};

const FONTS = { "serif.woff2": regular, "serif-italic.woff2": italic, "serif-bold.woff2": bold };

const PAGEFIND = "npm:pagefind@1.5.2";

/** Files of Pagefind's own user interfaces, which this site does not use. */
const UNUSED = /^pagefind-(ui|component-ui|modular-ui|highlight)\.|^wasm\.unknown\./;

/** Adds the fonts and the search index to a built site. */
export async function finish(dest: string): Promise<void> {
  await writeFonts(`${dest}/assets/fonts`);
  await indexPages(dest);
}

/** Writes the fonts of the text. */
async function writeFonts(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(FONTS)) {
    await Deno.writeFile(`${folder}/${name}`, bytes);
  }
}

/**
 * Indexes the chapters with Pagefind. Its native program is started by the npm package, in a
 * process of its own, since it needs permissions that the site does not.
 */
async function indexPages(dest: string): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: [
      "run",
      "--no-prompt",
      "--no-config",
      "--quiet",
      "--allow-read",
      `--allow-write=${dest}`,
      "--allow-env",
      "--allow-run",
      "--allow-sys",
      PAGEFIND,
      ...["--site", dest, "--include-characters", "_", "--quiet"],
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (code !== 0) {
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    throw new Error(`Cannot index the site: pagefind ended with ${code}\n${said}`);
  }
  for await (const { name } of Deno.readDir(`${dest}/pagefind`)) {
    if (UNUSED.test(name)) await Deno.remove(`${dest}/pagefind/${name}`);
  }
}
