/**
 * What the literate tools say when they cannot accept a text: where, which rule, and why.
 */

/** The rules that a chapter, an edition or a view can break. */
export type Rule =
  | "line-end"
  | "unclosed-fence"
  | "unknown-word"
  | "nested-definition"
  | "hidden-fence"
  | "long-fence"
  | "view-mark"
  | "syntax"
  | "export-form"
  | "duplicate-name"
  | "forward-reference"
  | "missing-definition"
  | "empty-edition"
  | "split-definition"
  | "foreign-fence"
  | "chapter-name"
  | "stale-view"
  | "edited-view"
  | "code-outside-fence"
  | "lost-import"
  | "conflict"
  | "walk-keeps"
  | "unknown-scenario"
  | "no-trace"
  | "stale-trace";

/** A place in a text; lines and columns count from 1, columns in UTF-16 units as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One broken rule at one place. */
export interface Finding extends Position {
  readonly path: string;
  readonly rule: Rule;
  readonly message: string;
}

/** A finding as one line: `spec/06-detach.md:12:1: [unclosed-fence] …`. */
export function formatFinding(finding: Finding): string {
  const { path, line, column, rule, message } = finding;
  return `${path}:${line}:${column}: [${rule}] ${message}`;
}

/**
 * The one error of the literate tools. It carries every finding of the attempt, in the order of
 * chapter and line, and nothing was written or loaded when it is thrown.
 */
export class LiterateError extends Error {
  override readonly name = "LiterateError";
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(formatFinding).join("\n"));
    this.findings = findings;
  }
}

/** Throws a {@link LiterateError} when there is anything to report. */
export function throwFindings(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new LiterateError(findings);
}
