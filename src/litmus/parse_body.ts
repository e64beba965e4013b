import type { BinaryOperator, Call, Expression, Statement } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import type { Position } from "./error.ts";
import type { Token } from "./lexer.ts";
import { type Primitive, primitiveOf, refusalOf } from "./primitives.ts";
import { acceptType } from "./parse_type.ts";

/** Binding strength of the binary operators, as in C. */
const STRENGTH: Readonly<Record<BinaryOperator, number>> = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "==": 6,
  "!=": 6,
  "<": 7,
  "<=": 7,
  ">": 7,
  ">=": 7,
  "<<": 8,
  ">>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
};

const UNSUPPORTED = /^(while|for|do|switch|goto|return|break|continue|asm|struct|union|typedef)$/;

function isBinary(text: string): text is BinaryOperator {
  return Object.hasOwn(STRENGTH, text);
}

/** Parses the statements of one process. `parameters` are the shared locations that it names. */
export class BodyParser {
  readonly locals = new Set<string>();
  private readonly cursor: Cursor;
  private readonly process: number;
  private readonly parameters: ReadonlySet<string>;

  constructor(cursor: Cursor, process: number, parameters: ReadonlySet<string>) {
    this.cursor = cursor;
    this.process = process;
    this.parameters = parameters;
  }

  /** `{ statement… }`. */
  block(): Statement[] {
    this.cursor.expect("{", "to open a block");
    const statements: Statement[] = [];
    while (!this.cursor.accept("}")) {
      if (this.cursor.peek().kind === "end") this.cursor.fail("this block has no `}`");
      statements.push(...this.statement());
    }
    return statements;
  }

  private statement(): Statement[] {
    const cursor = this.cursor;
    if (cursor.accept(";")) return [];
    if (cursor.is("{")) return this.block();
    const { position, text } = cursor.peek();
    if (cursor.accept("if")) return [this.conditional(position)];
    if (acceptType(cursor)) return this.declaration();
    if (UNSUPPORTED.test(text)) {
      cursor.fail(`\`${text}\` is refused: bodies are straight C with if`);
    }
    const statement = this.simple(position);
    cursor.expect(";", "after a statement");
    return [statement];
  }

  private conditional(position: Position): Statement {
    this.cursor.expect("(", "after if");
    const condition = this.expression();
    this.cursor.expect(")", "after the condition of if");
    const then = this.statement();
    const otherwise = this.cursor.accept("else") ? this.statement() : [];
    return { kind: "if", condition, then, otherwise, position };
  }

  private declaration(): Statement[] {
    const statements: Statement[] = [];
    do {
      while (this.cursor.accept("*")) { /* a pointer held in a register is a register */ }
      const token = this.cursor.name("the name of a local variable");
      const name = token.text;
      if (this.parameters.has(name)) {
        this.cursor.fail(`\`${name}\` is a parameter of P${this.process} already`, token.position);
      }
      if (this.cursor.is("[")) this.cursor.fail("arrays are refused");
      this.locals.add(name);
      if (this.cursor.accept("=")) {
        const value = this.expression();
        statements.push({ kind: "assign", name, value, position: token.position });
      }
    } while (this.cursor.accept(","));
    this.cursor.expect(";", "after a declaration");
    return statements;
  }

  private simple(position: Position): Statement {
    const target = this.cursor.peek();
    if (target.kind === "name" && this.cursor.is("=", 1) && !this.parameters.has(target.text)) {
      // Assigning to an unknown name declares it, as in herd7.
      this.locals.add(target.text);
    }
    const left = this.expression();
    const operator = this.cursor.peek();
    if (this.cursor.accept("=")) {
      const value = this.expression();
      if (left.kind === "local") return { kind: "assign", name: left.name, value, position };
      if (left.kind === "load") return { kind: "store", address: left.address, value, position };
      this.cursor.fail("cannot assign to this: wanted a local or `*pointer`", position);
    }
    if (/^(\+\+|--|[-+*/%&|^]=|<<=|>>=)$/.test(operator.text)) {
      this.cursor.fail(`\`${operator.text}\` is refused: write the assignment out`);
    }
    return { kind: "evaluate", value: left, position };
  }

  private expression(strength = 1): Expression {
    let left = this.unary();
    for (;;) {
      const { text, position } = this.cursor.peek();
      if (text === "?") this.cursor.fail("`?:` is refused: write an if");
      if (!isBinary(text) || STRENGTH[text] < strength) return left;
      this.cursor.next();
      const right = this.expression(STRENGTH[text] + 1);
      if ((text === "&&" || text === "||") && accesses(right)) {
        this.cursor.fail(
          `a memory access to the right of \`${text}\` is refused: write a nested if`,
          right.position,
        );
      }
      left = { kind: "binary", operator: text, left, right, position };
    }
  }

  private unary(): Expression {
    const cursor = this.cursor;
    const { position, text } = cursor.peek();
    if (text === "-" || text === "!" || text === "~") {
      cursor.next();
      return { kind: "unary", operator: text, operand: this.unary(), position };
    }
    if (cursor.accept("*")) return { kind: "load", address: this.unary(), position };
    if (cursor.accept("&")) {
      const operand = this.unary();
      if (operand.kind === "load") return operand.address;
      cursor.fail(
        "`&` is refused except in `&*pointer`: name the location as a parameter",
        position,
      );
    }
    return this.postfix(this.primary());
  }

  private postfix(operand: Expression): Expression {
    const { text } = this.cursor.peek();
    if (text === "[" || text === "." || text === "->") {
      this.cursor.fail(`\`${text}\` is refused: locations are scalars`);
    }
    return operand;
  }

  private primary(): Expression {
    const cursor = this.cursor;
    const token = cursor.peek();
    const position = token.position;
    if (token.kind === "integer") return { kind: "int", value: cursor.integer(""), position };
    if (cursor.accept("(")) {
      if (cursor.accept("void") || acceptType(cursor)) {
        while (cursor.accept("*")) { /* a cast between pointers changes no value */ }
        cursor.expect(")", "after a cast");
        return this.unary();
      }
      const inner = this.expression();
      cursor.expect(")", "to close a parenthesis");
      return inner;
    }
    if (token.kind !== "name") cursor.fail(`expected an expression, found \`${token.text}\``);
    if (UNSUPPORTED.test(token.text)) cursor.fail(`\`${token.text}\` is refused here`);
    cursor.next();
    if (cursor.is("(")) return this.call(token);
    if (token.text === "NULL") return { kind: "int", value: 0, position };
    if (this.locals.has(token.text)) return { kind: "local", name: token.text, position };
    if (this.parameters.has(token.text)) return { kind: "address", location: token.text, position };
    return cursor.fail(
      `\`${token.text}\` is neither a local nor a parameter of P${this.process}`,
      position,
    );
  }

  private call(token: Token): Call {
    const name = token.text;
    const primitive = primitiveOf(name);
    if (primitive === undefined) {
      this.cursor.fail(refusalOf(name) ?? `unknown function \`${name}\``, token.position);
    }
    this.cursor.expect("(", `after ${name}`);
    const values: Expression[] = [];
    while (!this.cursor.is(")")) {
      values.push(this.expression());
      if (!this.cursor.is(")")) this.cursor.expect(",", `between the arguments of ${name}`);
    }
    this.cursor.expect(")", `after the arguments of ${name}`);
    const shape = shapeOf(primitive);
    if (values.length !== shape.length) {
      this.cursor.fail(
        `${name} takes ${shape.length} argument(s), found ${values.length}`,
        token.position,
      );
    }
    const at = shape.indexOf("x");
    let address: Expression | null = at < 0 ? null : values.splice(at, 1)[0] ?? null;
    if (address !== null && "lvalue" in primitive && primitive.lvalue) {
      if (address.kind !== "load") {
        this.cursor.fail(`${name} takes \`*pointer\`, not an expression`, address.position);
      }
      address = address.address;
    }
    return { kind: "call", name, primitive, address, values, position: token.position };
  }
}

function shapeOf(primitive: Primitive): string {
  switch (primitive.kind) {
    case "rmw":
      return primitive.arguments;
    case "store":
      return primitive.constant === null ? "xv" : "x";
    case "fence":
      return "";
    default:
      return "x";
  }
}

function accesses(expression: Expression): boolean {
  switch (expression.kind) {
    case "load":
    case "call":
      return true;
    case "unary":
      return accesses(expression.operand);
    case "binary":
      return accesses(expression.left) || accesses(expression.right);
    default:
      return false;
  }
}
