/**
 * Which names a chapter has in scope without importing them, and the line that imports them.
 */

import type { Reference } from "./code.ts";

/** Where a name comes from: the export `imported` of the module `specifier`. */
export interface Origin {
  readonly imported: string;
  readonly specifier: string;
}

/** From local name to origin. */
export type Scope = ReadonlyMap<string, Origin>;

/**
 * The names out of `scope` that the code refers to and does not declare or import itself, with
 * whether types are all that it needs them for. Sorted by name.
 */
export function namesInUse(
  references: readonly Reference[],
  declared: ReadonlySet<string>,
  scope: Scope,
): Map<string, { readonly origin: Origin; readonly isType: boolean }> {
  const uses = new Map<string, { origin: Origin; isType: boolean }>();
  for (const { name, isType } of references) {
    const origin = scope.get(name);
    if (origin === undefined || declared.has(name)) continue;
    uses.set(name, { origin, isType: isType && (uses.get(name)?.isType ?? true) });
  }
  return new Map([...uses].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The import statements for some names, on one line, `""` for none. A name that is needed for
 * types only is imported as a type, as `verbatimModuleSyntax` wants it.
 */
export function importLine(uses: ReturnType<typeof namesInUse>): string {
  const modules = new Map<string, { local: string; imported: string; isType: boolean }[]>();
  for (const [local, { origin, isType }] of uses) {
    const names = modules.get(origin.specifier) ?? [];
    names.push({ local, imported: origin.imported, isType });
    modules.set(origin.specifier, names);
  }
  const statements: string[] = [];
  for (const [specifier, names] of [...modules].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // The mark that ends the imports must not stand in a specifier; the escape reads the same.
    const literal = JSON.stringify(specifier).replaceAll("//|", "/\\u002f|");
    const from = `from ${literal};`;
    const named = names.filter(({ imported }) => imported !== "*");
    for (const { local, imported, isType } of names) {
      if (imported === "*") statements.push(`import ${isType ? "type " : ""}* as ${local} ${from}`);
    }
    if (named.length === 0) continue;
    const allTypes = named.every(({ isType }) => isType);
    const list = named.map(({ local, imported, isType }) => {
      const renamed = imported === local ? local : `${imported} as ${local}`;
      return isType && !allTypes ? `type ${renamed}` : renamed;
    });
    statements.push(`import ${allTypes ? "type " : ""}{ ${list.join(", ")} } ${from}`);
  }
  return statements.join(" ");
}
