/** The formats that a trace can be had in, by name. */
import { traceAsEvents } from "./events.ts";
import { traceAsItf } from "./itf.ts";
import { traceAsJson } from "./json.ts";
import { traceAsMermaid } from "./mermaid.ts";
import { traceAsText } from "./text.ts";
import type { Trace } from "./trace.ts";

/** By name: from a trace to its text. JSON is the one that can be read back. */
export const formats: Readonly<Record<string, (trace: Trace) => string>> = {
  text: traceAsText,
  json: traceAsJson,
  itf: traceAsItf,
  mermaid: traceAsMermaid,
  perfetto: traceAsEvents,
};
