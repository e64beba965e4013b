/** A place in a litmus file; both counts start at 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Why a litmus file cannot be read or is refused. `message` starts with `file:line:column: `, `reason` does not.
 * Refusal is the only way in which the runner declines work: it never answers for a test outside its subset.
 */
export class LitmusError extends Error {
  readonly file: string;
  readonly position: Position;
  readonly reason: string;

  constructor(file: string, position: Position, reason: string) {
    super(`${file}:${position.line}:${position.column}: ${reason}`);
    this.name = "LitmusError";
    this.file = file;
    this.position = position;
    this.reason = reason;
  }
}
