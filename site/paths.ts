/** Addresses of pages. Every link is relative, so that the site works below any base path. */

/** The address of a chapter's page: `spec/05-attach.md` is `/05-attach/`. */
export function chapterUrl(file: string): string {
  return `/${chapterName(file)}/`;
}

/** The name of a chapter: `spec/05-attach.md` is `05-attach`. */
export function chapterName(file: string): string {
  return file.replace(/^.*\//, "").replace(/\.md$/, "");
}

/**
 * The link that leads from one page to another address of the site.
 *
 * @param from address of the page that holds the link: `/05-attach/`
 * @param to address on the site, with or without a fragment: `/02-alloc/#io_mm_alloc`
 */
export function relative(from: string, to: string): string {
  const [path = "", fragment] = to.split("#");
  const hash = fragment === undefined ? "" : `#${fragment}`;
  if (path === from && hash !== "") return hash;
  const here = from.split("/").slice(1, -1), there = path.split("/").slice(1);
  let shared = 0;
  while (shared < here.length && shared < there.length - 1 && here[shared] === there[shared]) {
    shared++;
  }
  const up = "../".repeat(here.length - shared);
  const link = up + there.slice(shared).join("/");
  return (link === "" ? "./" : link) + hash;
}

/** A heading's text as an id: lower case, words joined with `-`; `_` stays. */
export function slug(text: string): string {
  const words = text.toLowerCase().replaceAll("`", "").match(/[\p{L}\p{N}_]+/gu);
  return words?.join("-") ?? "section";
}
