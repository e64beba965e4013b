/**
 * Stack traces of a loaded edition: from the modules' URLs to the chapters' lines.
 */

import type { ModuleCode } from "./module_code.ts";
import type { Place } from "./source_map.ts";

/**
 * The place in the chapters of a position of generated code.
 * @param line counted from 1
 * @param column counted from 1
 * @returns null where the generated line has no counterpart, as with its imports.
 */
export function locate({ mappings }: ModuleCode, line: number, column: number): Place | null {
  // As engines do it: the last mapping that does not start behind the position.
  return mappings[line - 1]?.findLast((mapping) => mapping.column < column)?.place ?? null;
}

/**
 * Returns a function that rewrites the text of a stack. Deno applies the source map of a module by
 * itself and names the chapter by a `file:` URL; browsers name the module's own URL and position.
 */
export function stackRewriter(codes: ReadonlyMap<string, ModuleCode>): (stack: string) => string {
  return (stack) => {
    const mapped = stack.replace(/blob:[^\s()]+?:(\d+):(\d+)/g, (all, line, column) => {
      const url = all.slice(0, all.length - line.length - column.length - 2);
      const code = codes.get(url);
      const place = code === undefined ? null : locate(code, Number(line), Number(column));
      return place === null ? all : `${place.path}:${place.line}:${place.column}`;
    });
    return mapped.replace(/file:\/\/(\/[^\s()]*?\.md)(?=:\d+:\d+)/g, (all, path) => {
      const plain = decodeURI(path);
      return paths(codes).find((known) => plain === known || plain === `/${known}`) ?? all;
    });
  };
}

function paths(codes: ReadonlyMap<string, ModuleCode>): string[] {
  const all = [...codes.values()].flatMap(({ mappings }) => mappings.flat());
  return [...new Set(all.map(({ place }) => place.path))];
}
