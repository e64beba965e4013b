/** Errors in the place of a pointer (include/linux/err.h). */
import { errname } from "./errno.ts";

/** What a function answers in place of a pointer when it fails. Test with {@link IS_ERR}. */
export class ErrPtr {
  /** The error code, negative. */
  readonly error: number;

  constructor(error: number) {
    this.error = error;
  }

  toString(): string {
    return `ERR_PTR(${errname(this.error)})`;
  }
}

const known: (ErrPtr | undefined)[] = [];

/**
 * Wraps a negative error code, so that equal codes give the same object.
 * @throws {RangeError} for a number that no error code has: err.h allows -1 down to -4095
 */
export function ERR_PTR(error: number): ErrPtr {
  if (!(error < 0 && error >= -4095)) {
    throw new RangeError(`Cannot make an error pointer: ${error} is not in -4095 to -1`);
  }
  return known[-error] ??= new ErrPtr(error);
}

/** Is `pointer` an error? */
export function IS_ERR(pointer: unknown): pointer is ErrPtr {
  return pointer instanceof ErrPtr;
}

/** The error code in an error pointer, negative. */
export function PTR_ERR(pointer: ErrPtr): number {
  return pointer.error;
}
