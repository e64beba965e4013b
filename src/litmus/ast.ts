import type { Position } from "./error.ts";
import type { Primitive } from "./primitives.ts";

/** C operators that the subset has. All of them evaluate both sides; `&&` and `||` take no memory access on the right. */
export type BinaryOperator =
  | "||"
  | "&&"
  | "|"
  | "^"
  | "&"
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "<<"
  | ">>"
  | "+"
  | "-"
  | "*"
  | "/"
  | "%";

/** An expression of a process body. `load` is a plain read through `address`. */
export type Expression =
  | { readonly kind: "int"; readonly value: number; readonly position: Position }
  | { readonly kind: "local"; readonly name: string; readonly position: Position }
  | { readonly kind: "address"; readonly location: string; readonly position: Position }
  | {
    readonly kind: "unary";
    readonly operator: "-" | "!" | "~";
    readonly operand: Expression;
    readonly position: Position;
  }
  | {
    readonly kind: "binary";
    readonly operator: BinaryOperator;
    readonly left: Expression;
    readonly right: Expression;
    readonly position: Position;
  }
  | { readonly kind: "load"; readonly address: Expression; readonly position: Position }
  | Call;

/** A use of a kernel primitive. `address` is null for fences; `values` are the other arguments in source order. */
export interface Call {
  readonly kind: "call";
  readonly name: string;
  readonly primitive: Primitive;
  readonly address: Expression | null;
  readonly values: readonly Expression[];
  readonly position: Position;
}

/** A statement of a process body. `store` is a plain write through `address`. */
export type Statement =
  | {
    readonly kind: "assign";
    readonly name: string;
    readonly value: Expression;
    readonly position: Position;
  }
  | {
    readonly kind: "store";
    readonly address: Expression;
    readonly value: Expression;
    readonly position: Position;
  }
  | { readonly kind: "evaluate"; readonly value: Expression; readonly position: Position }
  | {
    readonly kind: "if";
    readonly condition: Expression;
    readonly then: readonly Statement[];
    readonly otherwise: readonly Statement[];
    readonly position: Position;
  };

/** One process. Its locals are the registers that conditions name as `n:register`. */
export interface Process {
  readonly index: number;
  readonly locals: ReadonlySet<string>;
  readonly body: readonly Statement[];
  readonly position: Position;
}

/** A shared location. `initial` is an integer or, for a pointer, the name of the location it points to. */
export interface Location {
  readonly name: string;
  readonly lock: boolean;
  readonly initial: number | string;
}

/** What a condition or `locations` names: a register of a process, or a shared location. */
export type Observable =
  | { readonly kind: "register"; readonly process: number; readonly name: string }
  | { readonly kind: "location"; readonly name: string };

/** A proposition over a final state. `right` of `equals` is an integer, `{ address }`, or another register. */
export type Proposition =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "not"; readonly operand: Proposition }
  | {
    readonly kind: "and" | "or" | "implies";
    readonly left: Proposition;
    readonly right: Proposition;
  }
  | {
    readonly kind: "equals";
    readonly left: Observable;
    readonly right: number | { readonly address: string } | Observable;
  };

/** What the comment `Result: …` of a file promises. */
export type Expectation = "Never" | "Sometimes" | "Always" | "Deadlock";

/** A litmus test as read. `observed` lists what a state shows: the condition's observables and those of `locations`. */
export interface LitmusTest {
  readonly file: string;
  readonly name: string;
  readonly locations: readonly Location[];
  readonly processes: readonly Process[];
  readonly quantifier: "exists" | "forall" | "~exists";
  readonly condition: Proposition;
  readonly filter: Proposition | null;
  readonly observed: readonly Observable[];
  readonly expectation: Expectation | null;
}
