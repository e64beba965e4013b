/**
 * From a module of an edition to JavaScript whose positions lead back to the chapters.
 */

import { transform } from "sucrase";
import { alignTokens } from "./align.ts";
import type { Reference } from "./code.ts";
import { positionIn } from "./code_fence.ts";
import type { EditionModule } from "./edition.ts";
import { importLine, namesInUse, type Origin, type Scope } from "./scope.ts";
import { encodeMappings, type Mapping, type Place } from "./source_map.ts";
import type { Unit } from "./unit.ts";

/** A module as the engine runs it. */
export interface ModuleCode {
  readonly code: string;
  /** By generated line, in the order of columns. */
  readonly mappings: readonly (readonly Mapping[])[];
}

/** A run of generated TypeScript and where it comes from; lines and columns count from 1. */
interface Piece {
  readonly line: number;
  readonly lineCount: number;
  readonly origin: Place;
}

/**
 * Strips the types of a module.
 * @param scope what earlier chapters put in scope, with specifiers that the engine can load.
 * @param resolve makes a specifier loadable.
 */
export function generateModule(
  module: EditionModule,
  scope: Scope,
  resolve: (specifier: string) => string,
): ModuleCode {
  const { text, pieces } = layOut(module, importsOf(module, scope, resolve));
  const { code } = transform(text, {
    transforms: ["typescript"],
    disableESTransforms: true,
    keepUnusedImports: true,
    filePath: module.path,
  });
  const mappings = alignTokens(text, code).map((segments) =>
    segments.flatMap(({ column, sourceLine, sourceColumn }): Mapping[] => {
      const place = placeOf(pieces, sourceLine + 1, sourceColumn + 1);
      return place === null ? [] : [{ column, place }];
    })
  );
  return { code, mappings };
}

/** The comment that hands the mappings to the engine and to the browser's tools. */
export function sourceMapComment(
  { mappings }: ModuleCode,
  sourceUrl: (path: string) => string,
): string {
  const paths = [...new Set(mappings.flat().map(({ place }) => place.path))];
  const map = {
    version: 3,
    sources: paths.map(sourceUrl),
    names: [],
    mappings: encodeMappings(mappings, paths),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(map));
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `//# sourceMappingURL=data:application/json;base64,${base64}`;
}

/** The import statements of a module: what its values need, and imports without names. */
function importsOf(
  { units, fences }: EditionModule,
  scope: Scope,
  resolve: (specifier: string) => string,
): string {
  const origins = new Map<string, Origin>(scope);
  const bare = new Set<string>();
  for (const { code } of fences) {
    for (const { local, imported, specifier } of code.imports) {
      origins.set(local, { imported, specifier: resolve(specifier) });
    }
    for (const { specifier } of code.specifiers) {
      const hasNames = code.imports.some((other) => other.specifier === specifier);
      if (!hasNames) bare.add(`import ${JSON.stringify(resolve(specifier))};`);
    }
  }
  const declared = new Set(units.flatMap(({ names }) => names.map(({ name }) => name)));
  const values: Reference[] = units.flatMap(({ references }) =>
    references.filter(({ isType }) => !isType)
  );
  return [...bare, importLine(namesInUse(values, declared, origins))].join(" ");
}

/** Units of the chapter stand on their own lines as long as no longer replacement shifts them. */
function layOut(
  { path, units }: EditionModule,
  imports: string,
): { readonly text: string; readonly pieces: readonly Piece[] } {
  let text = imports;
  let line = 1;
  const pieces: Piece[] = [];
  for (const unit of units) {
    const origin = originOf(unit);
    const steps = origin.path === path ? Math.max(1, origin.line - line) : 1;
    text += "\n".repeat(steps) + unit.text;
    line += steps;
    const lineCount = unit.text.split("\n").length;
    pieces.push({ line, lineCount, origin });
    line += lineCount - 1;
  }
  return { text: `${text}\n`, pieces };
}

function originOf({ fence, start }: Unit): Place {
  return { path: fence.chapter.path, ...positionIn(fence, start) };
}

function placeOf(pieces: readonly Piece[], line: number, column: number): Place | null {
  const piece = pieces.find((piece) => piece.line <= line && line < piece.line + piece.lineCount);
  if (piece === undefined) return null;
  const { origin } = piece;
  const shift = line === piece.line ? origin.column - 1 : 0;
  return { path: origin.path, line: origin.line + line - piece.line, column: column + shift };
}
