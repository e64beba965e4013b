/** Traces as JSON: the canonical form, and the only one that is read back. */
import { type Trace, TRACE_SCHEMA } from "./trace.ts";

/** The trace as JSON text that ends with a newline. */
export function traceAsJson(trace: Trace): string {
  return `${JSON.stringify(trace, null, 1)}\n`;
}

/** Thrown for a text that is no trace. */
export class TraceFormatError extends Error {
  override readonly name = "TraceFormatError";
}

type Check = (value: unknown) => boolean;

const isString: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const orNull = (check: Check): Check => (value) => value === null || check(value);
const listOf = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
const record = (fields: Readonly<Record<string, Check>>): Check => (value) =>
  typeof value === "object" && value !== null &&
  Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]));
const mapOf = (check: Check): Check => (value) =>
  typeof value === "object" && value !== null && Object.values(value).every(check);
const isValue: Check = (value) =>
  value === null || ["string", "number", "boolean"].includes(typeof value);

const isFrame = record({ name: isString, file: isString, line: isNumber, column: isNumber });
const isStack = listOf(isFrame);
const isSite = record({ task: isString, step: isNumber, stack: isStack });
const isChange = record({
  where: isString,
  before: isValue,
  after: isValue,
  at: orNull(isFrame),
});

/** What each property of a trace must be. */
const parts: Readonly<Record<keyof Trace, Check>> = {
  schema: (value) => value === TRACE_SCHEMA,
  id: isString,
  scenario: isString,
  text: record({
    edition: isString,
    module: orNull(isString),
    hash: isString,
    definitions: mapOf(isString),
  }),
  memory: (value) => value === "sequential" || value === "relaxed",
  granularity: (value) => value === "sections" || value === "operations",
  learned: record({ demoted: listOf(isString), spawned: listOf(isString) }),
  tasks: listOf(record({ id: isNumber, name: isString })),
  steps: listOf(record({
    task: isNumber,
    choices: (value) => value === undefined || listOf(isNumber)(value),
    label: isString,
    subject: orNull(isString),
    at: orNull(isFrame),
    changes: listOf(isChange),
    events: listOf(isString),
  })),
  fault: orNull(record({
    sanitizer: isString,
    kind: isString,
    subject: isString,
    message: isString,
    task: orNull(isString),
    object: orNull(isString),
    stack: isStack,
    allocated: orNull(isSite),
    freed: orNull(isSite),
    other: orNull(isSite),
  })),
  endings: listOf(record({
    task: isNumber,
    state: isString,
    label: isString,
    subject: orNull(isString),
    stack: isStack,
    holds: listOf(record({ name: isString, kind: isString, taken: orNull(isSite) })),
  })),
};

/**
 * Reads a trace from JSON text.
 * @throws {TraceFormatError} that says which part is wrong
 */
export function readTrace(text: string): Trace {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TraceFormatError(`Cannot read the trace: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null) {
    throw new TraceFormatError("Cannot read the trace: wanted a JSON object");
  }
  const { schema } = value as { schema?: unknown };
  if (schema !== TRACE_SCHEMA) {
    const found = schema === undefined ? "it has no schema" : `its schema is ${String(schema)}`;
    throw new TraceFormatError(`Cannot read the trace: ${found}, wanted ${TRACE_SCHEMA}`);
  }
  // Traces that were kept before there was another model do not name it.
  const trace: Record<string, unknown> = { memory: "sequential", ...value };
  for (const [name, check] of Object.entries(parts)) {
    if (!check(trace[name])) {
      throw new TraceFormatError(`Cannot read the trace: "${name}" is not what it must be`);
    }
  }
  return trace as unknown as Trace;
}
