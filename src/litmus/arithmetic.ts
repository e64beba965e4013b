import type { BinaryOperator } from "./ast.ts";
import type { Position } from "./error.ts";
import { ADDRESS, type Value } from "./trace.ts";

/** Thrown where a process cannot go on with the values that its reads were given. */
export class Fault {
  readonly position: Position;
  readonly reason: string;
  constructor(position: Position, reason: string) {
    this.position = position;
    this.reason = reason;
  }
}

/** Checks that `value` is an integer. @throws Fault for an address. */
export function needInteger(value: Value, position: Position): void {
  if (value >= ADDRESS) throw new Fault(position, "arithmetic on an address is not modelled");
}

function divide(a: number, b: number, position: Position): number {
  if (b === 0) throw new Fault(position, "division by zero");
  return a / b;
}

const truth = (holds: boolean): number => holds ? 1 : 0;

/** Arithmetic of `int` as the kernel compiles it: 32 bits, wrapping. */
const INTEGERS: Readonly<
  Record<
    Exclude<BinaryOperator, "&&" | "||" | "==" | "!=">,
    (a: number, b: number, position: Position) => number
  >
> = {
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "&": (a, b) => a & b,
  "<": (a, b) => truth(a < b),
  "<=": (a, b) => truth(a <= b),
  ">": (a, b) => truth(a > b),
  ">=": (a, b) => truth(a >= b),
  "<<": (a, b) => a << b,
  ">>": (a, b) => a >> b,
  "+": (a, b) => (a + b) | 0,
  "-": (a, b) => (a - b) | 0,
  "*": (a, b) => Math.imul(a, b),
  "/": (a, b, position) => divide(a, b, position) | 0,
  "%": (a, b, position) => (divide(a, b, position), a % b | 0),
};

/**
 * The value of `a operator b`. Addresses can be compared, and zero can be added to or taken from one: a zero computed
 * from a read makes an address dependency without moving the address.
 * @throws Fault for other arithmetic on addresses, and for a division by zero.
 */
export function binary(operator: BinaryOperator, a: Value, b: Value, position: Position): Value {
  switch (operator) {
    case "&&":
      return truth(a !== 0 && b !== 0);
    case "||":
      return truth(a !== 0 || b !== 0);
    case "==":
      return truth(a === b);
    case "!=":
      return truth(a !== b);
  }
  if ((operator === "+" || operator === "-") && b === 0) return a;
  if (operator === "+" && a === 0) return b;
  needInteger(a, position);
  needInteger(b, position);
  return INTEGERS[operator](a, b, position);
}
