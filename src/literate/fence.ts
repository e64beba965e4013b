/**
 * The grammar of a fence's opening line: which language, which word, which edition.
 */

/**
 * What a fence is for: a definition (`ts`), a test (`ts test`), a replacement in an edition
 * (`ts edition=NAME`), or text that is only shown (`ts ignore` and every other language). What
 * `text trace=NAME` shows is held against what the explorer finds.
 */
export type FenceKind = "definition" | "test" | "edition" | "shown";

/** What stands behind the backticks of an opening line. */
export interface FenceInfo {
  readonly kind: FenceKind;
  /** The first word, `""` if there is none. */
  readonly language: string;
  /** The words after the language that are not attributes. */
  readonly words: readonly string[];
  /** The words of the form `key=value`. */
  readonly attributes: ReadonlyMap<string, string>;
  /** The edition of an edition fence. */
  readonly edition: string | null;
  /** The scenario of a fence that shows the trace of what was found in it: `text trace=NAME`. */
  readonly trace: string | null;
}

/** The name of the edition that is the book itself; no fence may claim it. */
export const BASE_EDITION = "as-posted";

/** What an edition may be called. */
export const EDITION_NAME = /^[a-z][a-z0-9-]*$/;

/** What a scenario may be called where a fence names it. */
const SCENARIO_NAME = /^[a-z][a-z0-9-]*$/;

/** Languages that a reader may take for `ts` while no tool would run them. */
const NEAR_MISS = /^(?:ts|tsx|mts|cts|typescript)\b/i;

/**
 * Reads the text behind the backticks of an opening line.
 * @returns the parts, or a message that says which word is unknown and what would be right.
 */
export function readFenceInfo(info: string): FenceInfo | string {
  const [language = "", ...rest] = info.trim().split(/[ \t]+/);
  const words = rest.filter((word) => !word.includes("="));
  const attributes = new Map<string, string>();
  for (const word of rest.filter((word) => word.includes("="))) {
    const at = word.indexOf("=");
    attributes.set(word.slice(0, at), word.slice(at + 1));
  }
  const shown = { kind: "shown", language, words, attributes, edition: null, trace: null } as const;
  if (language === "text") return readTextInfo(shown, rest);
  if (language !== "ts") {
    if (!NEAR_MISS.test(language)) return shown;
    return `Cannot tell what the fence "${language}" is for: write "ts", or "text" to only show it`;
  }
  const wanted = 'wanted "ts", "ts test", "ts ignore" or "ts edition=NAME"';
  if (rest.length > 1) return `Cannot combine the fence words "${rest.join(" ")}": ${wanted}`;
  const [word] = rest;
  if (word === undefined) return { ...shown, kind: "definition" };
  if (word === "test") return { ...shown, kind: "test" };
  if (word === "ignore") return shown;
  const edition = attributes.get("edition");
  if (edition === undefined) return `Cannot read the fence word "${word}": ${wanted}`;
  if (edition === BASE_EDITION) return `Cannot replace in "${BASE_EDITION}": it is the book itself`;
  if (!EDITION_NAME.test(edition)) {
    return `Cannot use the edition name "${edition}": wanted lower case letters, digits and "-"`;
  }
  return { ...shown, kind: "edition", edition };
}

/** A text has no words, or is the trace of a scenario. */
function readTextInfo(shown: FenceInfo, rest: readonly string[]): FenceInfo | string {
  const [word] = rest;
  if (word === undefined) return shown;
  const trace = shown.attributes.get("trace");
  if (rest.length > 1 || trace === undefined) {
    return `Cannot read the fence words "${
      rest.join(" ")
    }": wanted "text" or "text trace=SCENARIO"`;
  }
  if (SCENARIO_NAME.test(trace)) return { ...shown, trace };
  return `Cannot use the scenario name "${trace}": wanted lower case letters, digits and "-"`;
}
