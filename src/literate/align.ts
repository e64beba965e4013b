/**
 * Which token of stripped code was which token of its TypeScript.
 */

import { type Token, tokenize } from "./tokens.ts";

/** A position of a generated line and where it was in its source; all count from 0. */
export interface Segment {
  readonly column: number;
  readonly sourceLine: number;
  readonly sourceColumn: number;
}

/**
 * Aligns generated code with its source, by generated line. Stripping keeps every line and drops
 * tokens, so the tokens left on a line are found in order among those of the same source line;
 * what was inserted has no segment. (Sucrase's own map loses all columns behind a template that
 * ends in `${}`, because two tokens start at one place there.)
 */
export function alignTokens(source: string, generated: string): Segment[][] {
  const sourceLines = tokensByLine(source, (token) => !token.isType);
  return tokensByLine(generated, () => true).map((tokens, sourceLine) => {
    const candidates = sourceLines[sourceLine] ?? [];
    const segments: Segment[] = [];
    let next = 0;
    for (const { text, column } of tokens) {
      const at = candidates.findIndex((other, index) => index >= next && other.text === text);
      if (at < 0) continue;
      segments.push({ column, sourceLine, sourceColumn: candidates[at]?.column ?? 0 });
      next = at + 1;
    }
    return segments;
  });
}

interface PlacedToken {
  readonly text: string;
  readonly column: number;
}

function tokensByLine(text: string, keep: (token: Token) => boolean): PlacedToken[][] {
  const lines: PlacedToken[][] = text.split("\n").map(() => []);
  let line = 0;
  let lineStart = 0;
  let at = 0;
  for (const token of tokenize(text).tokens) {
    for (; at < token.start; at++) {
      if (text[at] !== "\n") continue;
      line++;
      lineStart = at + 1;
    }
    if (token.text !== "" && keep(token)) {
      lines[line]?.push({ text: token.text, column: token.start - lineStart });
    }
  }
  return lines;
}
