/**
 * Makes the messages of tools name the chapter instead of its views. Line n of a view is line n of
 * the chapter, so only the name of the file changes.
 */

/** Where the book is, as messages may spell it. */
export interface BookPlace {
  /** The folder of the chapters as an absolute path: `/home/me/book/spec`. */
  readonly root: string;
  /** How the folder shall be called in messages: `spec`. */
  readonly label: string;
}

const ANSI = "(?:\\x1b\\[[\\d;]*m)*";
/** A view's file name: two digits and words, then what kind of view it is. */
const VIEW = "(\\d\\d(?:-[a-z0-9]+)+)(?:_test|@[a-z][a-z0-9-]*)?\\.ts";
/** Line and column, with colours around the colons. */
const PLACE = `(${ANSI}:${ANSI})(\\d+)(${ANSI}:${ANSI})(\\d+)`;

/**
 * Returns a function that rewrites text: `file:///…/spec/06-detach_test.ts:12:3`, the absolute and
 * the relative path, with or without a place and with colours in between, become
 * `spec/06-detach.md:12:3`. A place on line 1 of a view lies in the imports that stand before the
 * title; its column says nothing about the chapter and becomes 1. Files elsewhere stay as they are.
 */
export function messageRewriter({ root, label }: BookPlace): (text: string) => string {
  const parent = root.slice(0, root.lastIndexOf("/") + 1);
  const parents = [`file://${encodeURI(parent)}`, parent, "./"].map(escape).join("|");
  const folder = `(?:(?:${parents})?(${ANSI})${escape(label)}/|\\./)?`;
  // A path starts at the start, after a colour, or after what is no part of a path.
  const pattern = new RegExp(
    `(?<=^|\\x1b\\[[\\d;]*m|[^\\w./%-])${folder}${VIEW}(?![\\w-])(?:${PLACE})?`,
    "gm",
  );
  return (text) =>
    text.replace(pattern, (_all, colour = "", name, colon1, line, colon2, column) => {
      const chapter = `${colour}${label}/${name}.md`;
      if (line === undefined) return chapter;
      return `${chapter}${colon1}${line}${colon2}${line === "1" ? "1" : column}`;
    });
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
