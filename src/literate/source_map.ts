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

/** A position of a generated line and where it was in its source; all count from 0. */
export interface Segment {
  readonly column: number;
  readonly sourceLine: number;
  readonly sourceColumn: number;
}

/** Reads the mappings of a map with one source, by generated line. */
export function decodeMappings(mappings: string): Segment[][] {
  let sourceLine = 0;
  let sourceColumn = 0;
  return mappings.split(";").map((line) => {
    let column = 0;
    return line.split(",").filter((text) => text !== "").map((text) => {
      const [columnStep = 0, , lineStep = 0, sourceColumnStep = 0] = decodeNumbers(text);
      column += columnStep;
      sourceLine += lineStep;
      sourceColumn += sourceColumnStep;
      return { column, sourceLine, sourceColumn };
    });
  });
}

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

function decodeNumbers(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of text) {
    const digit = DIGITS.indexOf(character);
    value |= (digit & 31) << shift;
    shift += 5;
    if ((digit & 32) !== 0) continue;
    numbers.push((value & 1) === 0 ? value >>> 1 : -(value >>> 1));
    value = 0;
    shift = 0;
  }
  return numbers;
}
