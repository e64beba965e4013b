/**
 * Editions: the book with some of its definitions replaced. An edition is composed as data first,
 * a list of modules made of units, each of which knows the fence it comes from; loading is apart.
 */

import type { Book } from "./book.ts";
import { parseChapter, type Source } from "./chapter.ts";
import { type CodeFence, emptyFence, findingIn, readCodeFences } from "./code_fence.ts";
import { checkComposition } from "./edition_check.ts";
import { BASE_EDITION } from "./fence.ts";
import { type Finding, throwFindings } from "./finding.ts";
import { hashText } from "./hash.ts";
import { tokenize } from "./tokens.ts";
import { readUnits, type Unit } from "./unit.ts";

/** The definitions of one chapter in an edition. */
export interface EditionModule {
  /** The name of the chapter: `06-detach`. */
  readonly chapter: string;
  readonly path: string;
  readonly units: readonly Unit[];
  /** The fences whose imports the units may use, those of the chapter first. */
  readonly fences: readonly CodeFence[];
}

/** A composed edition. */
export interface Edition {
  readonly name: string;
  readonly book: Book;
  readonly modules: readonly EditionModule[];
  /** Tells editions apart by their code; prose, comments and layout do not count. */
  readonly hash: string;
}

/** The names of all editions of a book, the base first. */
export function editionNames(book: Book): string[] {
  const names = new Set([BASE_EDITION]);
  for (const { editions } of book.chapters) {
    for (const { fence } of editions) if (fence.edition !== null) names.add(fence.edition);
  }
  return [...names];
}

/**
 * Composes an edition.
 * @param name the edition; the book as it stands by default.
 * @param overrides a reader's Markdown file, whose `ts` fences replace definitions of the same
 * names on top of the edition.
 * @throws {RangeError} when the book has no such edition.
 * @throws {LiterateError} when a fence replaces nothing, or breaks a rule in its new place.
 */
export function composeEdition(
  book: Book,
  name: string = BASE_EDITION,
  overrides: Source | null = null,
): Edition {
  const known = editionNames(book);
  if (!known.includes(name)) {
    throw new RangeError(`Cannot load the edition "${name}": the book has ${known.join(", ")}`);
  }
  const findings: Finding[] = [];
  let modules = book.chapters.map(({ chapter, definitions }): EditionModule => ({
    chapter: chapter.name,
    path: chapter.path,
    units: definitions.flatMap((fence) => readUnits(fence, 0)),
    fences: definitions,
  }));
  const replacing = book.chapters.flatMap(({ editions }) => editions)
    .filter(({ fence }) => fence.edition === name);
  modules = replaceUnits(modules, replacing, 1, findings);
  if (overrides !== null) modules = replaceUnits(modules, readOverrides(overrides), 2, findings);
  throwFindings(findings);
  throwFindings(checkComposition(modules));
  return { name, book, modules, hash: hashModules(modules) };
}

/**
 * The hash of each exported name's definition in an edition, so that a message can say which
 * definition changed since something was recorded.
 */
export function definitionHashes(edition: Edition): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const unit of edition.modules.flatMap(({ units }) => units)) {
    if (!unit.exported) continue;
    for (const { name } of unit.names) {
      hashes.set(name, hashText((hashes.get(name) ?? "") + unitTokens(unit)));
    }
  }
  return hashes;
}

function hashModules(modules: readonly EditionModule[]): string {
  return hashText(
    modules.map(({ chapter, units }) => [chapter, ...units.map(unitTokens)].join("\n")).join("\n"),
  );
}

function unitTokens({ text }: Unit): string {
  return tokenize(text).tokens.map((token) => token.text).join(" ");
}

function readOverrides(source: Source): readonly CodeFence[] {
  const { chapter, definitions, tests, editions } = readCodeFences(
    parseChapter(source.path, source.text),
  );
  const findings: Finding[] = [...tests, ...editions].map(({ fence }) => ({
    path: source.path,
    ...fence.open,
    rule: "foreign-fence",
    message: 'Cannot use this fence in a reader\'s file: wanted "ts" fences, which replace ' +
      "definitions of the same names",
  }));
  if (definitions.length === 0) {
    const message = "Cannot replace anything: the file has no `ts` fence";
    findings.push({ path: chapter.path, line: 1, column: 1, rule: "empty-edition", message });
  }
  for (const fence of definitions) {
    for (const offset of fence.code.looseExports) {
      const message = 'Cannot see what this exports: wanted "export" in front of a declaration';
      findings.push(findingIn(fence, offset, "export-form", message));
    }
  }
  throwFindings(findings);
  return definitions;
}

/** Puts the units of some fences in the place of those that export the same names. */
function replaceUnits(
  modules: readonly EditionModule[],
  fences: readonly CodeFence[],
  layer: number,
  findings: Finding[],
): EditionModule[] {
  let result = [...modules];
  for (const fence of fences) {
    // Units without a counterpart are helpers: they go where the next replacement goes.
    let helpers: Unit[] = [];
    let last: Unit | null = null;
    const touched = new Set<string>();
    for (const unit of readUnits(fence, layer)) {
      const targets = findTargets(result, unit);
      const [place] = targets;
      if (place === undefined) {
        helpers.push(unit);
        continue;
      }
      findings.push(...checkTargets(unit, targets));
      const added = [...helpers, unit];
      result = result.map((module) => {
        if (!module.units.some((other) => targets.includes(other))) return module;
        touched.add(module.chapter);
        const units = module.units.flatMap((other) =>
          other === place ? added : targets.includes(other) ? [] : [other]
        );
        return { ...module, units };
      });
      helpers = [];
      last = unit;
    }
    if (last === null) findings.push(emptyFence(fence));
    result = result.map((module) => {
      const at = last === null ? -1 : module.units.indexOf(last);
      const units = at < 0 ? module.units : module.units.toSpliced(at + 1, 0, ...helpers);
      const used = touched.has(module.chapter) ? [...module.fences, fence] : module.fences;
      return { ...module, units, fences: used };
    });
  }
  return result;
}

/** Units that export a name of this one; a type and a value of one name are told apart. */
function findTargets(modules: readonly EditionModule[], unit: Unit): Unit[] {
  if (!unit.exported) return [];
  const units = modules.flatMap((module) => module.units).filter(({ exported }) => exported);
  return unit.names.flatMap(({ name, isType }) => {
    const same = units.filter((other) => other.names.some((declared) => declared.name === name));
    if (same.length < 2) return same;
    return same.filter((other) =>
      other.names.some((declared) => declared.name === name && declared.isType === isType)
    );
  }).filter((target, index, all) => all.indexOf(target) === index);
}

function checkTargets(unit: Unit, targets: readonly Unit[]): Finding[] {
  const findings: Finding[] = [];
  const names = unit.names.map(({ name }) => name);
  for (const target of targets) {
    if (target.layer === unit.layer) {
      const message = `Cannot replace ${names.join(", ")} twice in one edition`;
      findings.push(findingIn(unit.fence, unit.start, "duplicate-name", message));
    }
    const missing = target.names.map(({ name }) => name).filter((name) => !names.includes(name));
    if (missing.length > 0) {
      const message = `Cannot replace ${names.join(", ")}: the same statement of ` +
        `${target.fence.chapter.path} defines ${missing.join(", ")}, which would be lost`;
      findings.push(findingIn(unit.fence, unit.start, "split-definition", message));
    }
  }
  return findings;
}
