import type { Observable, Proposition } from "./ast.ts";
import type { Value } from "./trace.ts";

/** A final state: what an observable holds, and the address that a location's name stands for. */
export interface FinalState {
  readonly get: (observable: Observable) => Value;
  readonly address: (location: string) => Value;
}

/** Whether `proposition` holds in `state`. */
export function holds(proposition: Proposition, state: FinalState): boolean {
  switch (proposition.kind) {
    case "constant":
      return proposition.value;
    case "not":
      return !holds(proposition.operand, state);
    case "and":
      return holds(proposition.left, state) && holds(proposition.right, state);
    case "or":
      return holds(proposition.left, state) || holds(proposition.right, state);
    case "implies":
      return !holds(proposition.left, state) || holds(proposition.right, state);
    case "equals": {
      const { right } = proposition;
      const wanted = typeof right === "number"
        ? right
        : "address" in right
        ? state.address(right.address)
        : state.get(right);
      return state.get(proposition.left) === wanted;
    }
  }
}

/** `1:r0` or `[x]`, as herd7 names them. */
export function showObservable(observable: Observable): string {
  return observable.kind === "register"
    ? `${observable.process}:${observable.name}`
    : `[${observable.name}]`;
}

const STRENGTH = { implies: 0, or: 1, and: 2 } as const;
const SIGN = { implies: "=>", or: "\\/", and: "/\\" } as const;

/** `proposition` in herd's syntax, with no more parentheses than it needs. */
export function showProposition(proposition: Proposition, strength = 0): string {
  switch (proposition.kind) {
    case "constant":
      return String(proposition.value);
    case "not":
      return proposition.operand.kind === "equals"
        ? `~(${showProposition(proposition.operand)})`
        : `~${showProposition(proposition.operand, 3)}`;
    case "equals": {
      const { left, right } = proposition;
      const value = typeof right === "number"
        ? String(right)
        : "address" in right
        ? right.address
        : showObservable(right);
      return `${showObservable(left)}=${value}`;
    }
    default: {
      const own = STRENGTH[proposition.kind];
      const rightmost = proposition.kind === "implies" ? own : own + 1;
      const text = `${
        showProposition(proposition.left, proposition.kind === "implies" ? own + 1 : own)
      } ${SIGN[proposition.kind]} ${showProposition(proposition.right, rightmost)}`;
      return own < strength ? `(${text})` : text;
    }
  }
}
