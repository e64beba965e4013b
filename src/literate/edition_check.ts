/**
 * The rules that an edition must keep after replacing: names stay unique in a module, and a
 * replaced definition uses only what its chapter or an earlier one defines.
 */

import { findingIn } from "./code_fence.ts";
import type { EditionModule } from "./edition.ts";
import type { Finding } from "./finding.ts";
import type { Unit } from "./unit.ts";

/** All findings about units that an edition brought in. */
export function checkComposition(modules: readonly EditionModule[]): Finding[] {
  const exporters = new Map<string, number>();
  for (const [index, { units }] of modules.entries()) {
    for (const { exported, names } of units) {
      if (exported) { for (const { name } of names) exporters.set(name, index); }
    }
  }
  return modules.flatMap((module, index) =>
    module.units.filter(({ layer }) => layer > 0).flatMap((unit) => [
      ...checkUnique(module, unit, exporters, index),
      ...checkForward(module, unit, exporters, modules, index),
    ])
  );
}

function checkUnique(
  { units, path }: EditionModule,
  unit: Unit,
  exporters: ReadonlyMap<string, number>,
  index: number,
): Finding[] {
  return unit.names.filter(({ name, isType }) => {
    const elsewhere = unit.exported && exporters.get(name) !== index;
    return elsewhere ||
      units.some((other) =>
        other !== unit &&
        other.names.some((declared) => declared.name === name && declared.isType === isType)
      );
  }).map(({ name, offset }) => {
    const message = `Cannot define "${name}" twice: ${path} defines it already`;
    return findingIn(unit.fence, offset, "duplicate-name", message);
  });
}

function checkForward(
  { units, path }: EditionModule,
  unit: Unit,
  exporters: ReadonlyMap<string, number>,
  modules: readonly EditionModule[],
  index: number,
): Finding[] {
  const own = new Set(units.flatMap(({ names }) => names.map(({ name }) => name)));
  return unit.references.flatMap(({ name, offset }) => {
    const home = exporters.get(name);
    if (home === undefined || home <= index || own.has(name)) return [];
    const message = `Cannot use "${name}" in a definition of ${path}: it is defined later, in ` +
      `${modules[home]?.path}`;
    return [findingIn(unit.fence, offset, "forward-reference", message)];
  });
}
