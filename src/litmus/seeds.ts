import type { Expression, LitmusTest, Statement } from "./ast.ts";

function integersOf(expression: Expression): number[] {
  switch (expression.kind) {
    case "int":
      return [expression.value];
    case "unary":
      return integersOf(expression.operand);
    case "binary":
      return [...integersOf(expression.left), ...integersOf(expression.right)];
    case "load":
      return integersOf(expression.address);
    case "call":
      return expression.values.flatMap(integersOf);
    default:
      return [];
  }
}

function integersIn(statements: readonly Statement[]): number[] {
  return statements.flatMap((statement) =>
    statement.kind === "if"
      ? [
        ...integersOf(statement.condition),
        ...integersIn(statement.then),
        ...integersIn(statement.otherwise),
      ]
      : integersOf(statement.value)
  );
}

function assignsInBranch(statements: readonly Statement[], inside = false): boolean {
  return statements.some((statement) =>
    statement.kind === "if"
      ? assignsInBranch(statement.then, true) || assignsInBranch(statement.otherwise, true)
      : inside && statement.kind === "assign"
  );
}

/**
 * Values that reads may return though no run has written them yet. A local assigned in a branch carries a value past
 * the branch without a dependency that the model sees, so a value may then justify itself through other processes; the
 * values that can do so are the integers of the program. Empty where no process assigns a local in a branch.
 */
export function seeds(test: LitmusTest): number[] {
  if (!test.processes.some((process) => assignsInBranch(process.body))) return [];
  return [...new Set(test.processes.flatMap((process) => integersIn(process.body)))];
}
