/**
 * Source maps (ECMA-426): just what is needed to point from the code that runs to the chapters.
 */

import type { Position } from "./finding.ts";

/** A place in a chapter or in a reader's file. */
export interface Place extends Position {
  readonly path: string;
}

/** From a column of a generated line, counted from 0, to a place. */
export interface Mapping {
  readonly column: number;
  readonly place: Place;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Writes the mappings of generated lines against a list of sources. */
export function encodeMappings(
  lines: readonly (readonly Mapping[])[],
  sources: readonly string[],
): string {
  let source = 0;
  let sourceLine = 1;
  let sourceColumn = 1;
  return lines.map((line) => {
    let column = 0;
    return line.map((mapping) => {
      const { path, line: toLine, column: toColumn } = mapping.place;
      const index = sources.indexOf(path);
      const text = [
        mapping.column - column,
        index - source,
        toLine - sourceLine,
        toColumn - sourceColumn,
      ].map(encodeNumber).join("");
      [column, source, sourceLine, sourceColumn] = [mapping.column, index, toLine, toColumn];
      return text;
    }).join(",");
  }).join(";");
}

/** Base64 VLQ: five bits a digit, least first, the lowest bit of the number is its sign. */
function encodeNumber(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}
