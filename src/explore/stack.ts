/**
 * Stacks in the reader's terms. A view has the lines of its chapter, so a frame in
 * `spec/06-detach.ts` or `spec/06-detach_test.ts` is told as one in `spec/06-detach.md`.
 */
import type { Frame } from "./fault.ts";

/** How many frames a recording keeps: `yield*` puts two frames of the engine between two of ours. */
export const STACK_DEPTH = 64;

/** `at name (url:line:column)` and `at url:line:column`, as V8 writes them. */
const V8_FRAME = /^\s*at (?:(.*?) \()?((?:[a-z-]+:)?\/{0,3}[^\s()]+?):(\d+):(\d+)\)?$/;
/** `name@url:line:column`, as other engines write them. */
const OTHER_FRAME = /^([^@\s]*)@(\S+?):(\d+):(\d+)$/;

const VIEW = /(?:^|\/)(spec\/\d\d-[\w-]+?)(?:_test)?\.(?:ts|md)\b/;
const SOURCE = /(?:^|\/)(src\/(?:explore|kernel|literate|cli)\/[\w/-]+\.ts)/;

/** A stack that was taken and is put into words only when somebody asks. */
export class Site {
  #taken: { stack?: string } | null = {};
  #frames: readonly Frame[] = [];

  /** Takes the stack of the caller of `below`. */
  constructor(below: (...args: never[]) => unknown) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = STACK_DEPTH;
    Error.captureStackTrace(this.#taken as object, below);
    Error.stackTraceLimit = limit;
  }

  /** The frames that belong to the kernel code, innermost first. */
  get frames(): readonly Frame[] {
    if (this.#taken !== null) {
      this.#frames = readStack(this.#taken.stack ?? "");
      this.#taken = null;
    }
    return this.#frames;
  }
}

/** Where kernel code was called from: what lies below is the search and its caller. */
const BOTTOM = /\bsrc\/explore\/(?:task|execution)\.ts$/, BOTTOM_NAME = /^(?:resume|step|end)$/;

let root = "";

/** Places under `url`, which ends with a slash, are told relative to it. */
export function showPlacesFrom(url: string): void {
  root = url;
}

const called = new Map<string, string>();

/** Frames in `url` are told as frames in `name`: for code that was not loaded from where it lies. */
export function callPlace(url: string, name: string): void {
  called.set(url, name);
}

/** The frames of an error's stack that belong to kernel code, innermost first. */
export function readStack(stack: string): Frame[] {
  const frames: Frame[] = [];
  for (const line of stack.split("\n")) {
    const match = V8_FRAME.exec(line) ?? OTHER_FRAME.exec(line);
    if (match === null) continue;
    const [, name = "", url = "", row = "", column = ""] = match;
    const bare = bareName(name), file = placeOf(url);
    if (BOTTOM.test(url) && BOTTOM_NAME.test(bare)) break;
    if (file === null) continue;
    frames.push({ name: bare, file, line: Number(row), column: Number(column) });
  }
  return frames;
}

/** Where a frame stands for a reader; null for the explorer's own and the engine's frames. */
function placeOf(url: string): string | null {
  const view = VIEW.exec(url)?.[1];
  if (view !== undefined) return `${view}.md`;
  const source = SOURCE.exec(url)?.[1];
  if (source !== undefined) return source.startsWith("src/kernel/") ? source : null;
  const name = called.get(url);
  if (name !== undefined) return name;
  if (/^(?:ext|node|native):/.test(url) || url.startsWith("<")) return null;
  return root !== "" && url.startsWith(root)
    ? url.slice(root.length)
    : url.replace(/^file:\/\//, "");
}

/** `Object.finally` is `finally`; `iommu_bond.get io_mm` is `io_mm`; `Object.f [as g]` is `f`. */
function bareName(name: string): string {
  const plain = name.replace(/^async /, "").replace(/ \[as [\w$.]+\]$/, "");
  return plain.replace(/^(?:[\w$]+\.)*(?:[gs]et )?/, "") || "(anonymous)";
}

/** The frame where a reader would look first: the innermost one outside of what the kernel gives. */
export function callSite(frames: readonly Frame[]): Frame | null {
  return frames.find(({ file }) => !file.startsWith("src/")) ?? frames[0] ?? null;
}

/** A frame's place as tools write it. */
export function showPlace({ file, line, column }: Frame): string {
  return `${file}:${line}:${column}`;
}
