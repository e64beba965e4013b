/**
 * What the run that built the page found: the chapters' tests and the scenarios. They come from
 * files which that run wrote, and where there is none a page says "not run".
 */

import { readTrace } from "../src/explore/trace/json.ts";
import type { Trace } from "../src/explore/trace/trace.ts";

/** One test of a chapter. */
export interface TestResult {
  /** The chapter: `spec/05-attach.md`. */
  readonly file: string;
  /** Line of the chapter on which the test stands. */
  readonly line: number;
  readonly name: string;
  readonly outcome: "passed" | "failed" | "ignored";
  readonly seconds: number;
  /** What a failed test said. */
  readonly message?: string;
}

/** One kind of fault that a search found. */
export interface FoundFault {
  readonly sanitizer: string;
  readonly kind: string;
  readonly subject: string;
  /** In how many executions it showed. */
  readonly executions: number;
}

/** A scenario that the book defines. */
export interface KnownScenario {
  readonly scenario: string;
  readonly title: string;
  /** What is asked. */
  readonly about: string;
  /** The documented rules that its threads break, if they break any. */
  readonly breaks: readonly string[];
  /** Is it there to show a bug of the code as posted? */
  readonly isKnownBug: boolean;
}

/** What exploring one scenario in one edition found. */
export interface ScenarioResult {
  readonly scenario: string;
  readonly title: string;
  readonly edition: string;
  /** `holds` or `known bug`. */
  readonly expected: string;
  /** `holds`, `bug`, or `bounded` when nothing was found but something was cut off. */
  readonly found: string;
  readonly asExpected: boolean;
  readonly findings: readonly FoundFault[];
  /** Properties that had to be seen and were not. */
  readonly unreached: readonly string[];
  readonly executions: number;
  readonly steps: number;
  readonly seconds: number;
  readonly exhaustive: boolean;
  /** One sentence that says what the numbers cover. */
  readonly scope: string;
  readonly trace: Trace | null;
}

/** Everything a build knows of a run; a part that was not run is absent. */
export interface Results {
  readonly tests?: readonly TestResult[];
  /** Every scenario of the book, explored or not. */
  readonly known?: readonly KnownScenario[];
  readonly scenarios?: readonly ScenarioResult[];
}

/**
 * Reads the tests out of a JUnit file as `deno test --junit-path` writes it. The tests of a
 * chapter stand in its view `spec/NN-name_test.ts`, whose lines are the chapter's lines.
 */
export function readJunit(xml: string): TestResult[] {
  const tests: TestResult[] = [];
  for (const match of xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const attributes = readAttributes(match[1] ?? ""), body = match[2] ?? "";
    const view = /(?:^|\/)(spec\/[^/]+?)(?:_test)?\.(?:ts|md)$/.exec(
      attributes.get("classname") ?? "",
    );
    if (view === null) continue;
    const failure = /<(?:failure|error)\b([^>]*?)(?:\/>|>([\s\S]*?)<\/(?:failure|error)>)/.exec(
      body,
    );
    const said = failure === null
      ? undefined
      : readAttributes(failure[1] ?? "").get("message") ?? decode(failure[2] ?? "");
    tests.push({
      file: `${view[1]}.md`,
      line: Number(attributes.get("line") ?? 0),
      name: attributes.get("name") ?? "",
      outcome: failure !== null ? "failed" : /<skipped\b/.test(body) ? "ignored" : "passed",
      seconds: Number(attributes.get("time") ?? 0),
      ...(said === undefined ? {} : { message: said }),
    });
  }
  return tests;
}

function readAttributes(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = "", value = ""]) =>
      [name, decode(value)] as const
    ),
  );
}

function decode(text: string): string {
  return text
    .replace(
      /&#(?:x([0-9a-f]+)|(\d+));/gi,
      (_, hex?: string, decimal?: string) =>
        String.fromCodePoint(hex === undefined ? Number(decimal) : parseInt(hex, 16)),
    )
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'").replaceAll("&amp;", "&");
}

/**
 * Reads the array that `deno task check --list --json` prints.
 *
 * @throws {TypeError} when it is not such an array, with the place in it
 */
export function readListing(value: unknown): KnownScenario[] {
  if (!Array.isArray(value)) throw wrong("$", "an array", value);
  return value.map((item, index) => {
    const path = `$[${index}]`, fields = object(item, path);
    const expected = object(fields["expected"], `${path}.expected`);
    return {
      scenario: text(fields, "scenario", path),
      title: text(fields, "title", path),
      about: text(fields, "about", path),
      breaks: list(fields, "breaks", path).map(String),
      isKnownBug: text(expected, "verdict", `${path}.expected`) === "known bug",
    };
  });
}

/**
 * Reads the array that `deno task check --json` prints.
 *
 * @throws {TypeError} when it is not such an array, with the place in it
 * @throws {TraceFormatError} when a counterexample is not a trace of this version
 */
export function readScenarios(value: unknown): ScenarioResult[] {
  if (!Array.isArray(value)) throw wrong("$", "an array", value);
  return value.map((item, index) => readScenario(item, `$[${index}]`));
}

function readScenario(value: unknown, path: string): ScenarioResult {
  const item = object(value, path);
  const { trace } = item;
  return {
    scenario: text(item, "scenario", path),
    title: text(item, "title", path),
    edition: text(item, "edition", path),
    expected: text(item, "expected", path),
    found: text(item, "found", path),
    asExpected: boolean(item, "asExpected", path),
    findings: list(item, "findings", path).map((fault, index) => {
      const where = `${path}.findings[${index}]`, fields = object(fault, where);
      return {
        sanitizer: text(fields, "sanitizer", where),
        kind: text(fields, "kind", where),
        subject: text(fields, "subject", where),
        executions: number(fields, "executions", where),
      };
    }),
    unreached: list(item, "unreached", path).map(String),
    executions: number(item, "executions", path),
    steps: number(item, "steps", path),
    seconds: number(item, "seconds", path),
    exhaustive: boolean(item, "exhaustive", path),
    scope: text(item, "scope", path),
    trace: trace === null ? null : readTrace(JSON.stringify(trace)),
  };
}

function object(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw wrong(path, "an object", value);
  return value as Record<string, unknown>;
}

function text(item: Record<string, unknown>, key: string, path: string): string {
  const value = item[key];
  if (typeof value !== "string") throw wrong(`${path}.${key}`, "a string", value);
  return value;
}

function number(item: Record<string, unknown>, key: string, path: string): number {
  const value = item[key];
  if (typeof value !== "number") throw wrong(`${path}.${key}`, "a number", value);
  return value;
}

function boolean(item: Record<string, unknown>, key: string, path: string): boolean {
  const value = item[key];
  if (typeof value !== "boolean") throw wrong(`${path}.${key}`, "a boolean", value);
  return value;
}

function list(item: Record<string, unknown>, key: string, path: string): unknown[] {
  const value = item[key];
  if (!Array.isArray(value)) throw wrong(`${path}.${key}`, "an array", value);
  return value;
}

function wrong(path: string, wanted: string, value: unknown): TypeError {
  const is = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  return new TypeError(`Cannot read the results: ${path} is ${is}, wanted ${wanted}`);
}
