import { binary, Fault, needInteger } from "./arithmetic.ts";
import type { Call, Expression, LitmusTest, Process, Statement } from "./ast.ts";
import { LitmusError } from "./error.ts";
import { NeedsValue, Recorder, type Tainted } from "./recorder.ts";
import { ADDRESS, type Trace, type Value } from "./trace.ts";

const NOTHING: Tainted = { value: 0, deps: 0 };

/** Runs one process with the values of its reads given. */
class Run {
  private readonly process: Process;
  private readonly index: ReadonlyMap<string, number>;
  private readonly registers = new Map<string, Tainted>();
  private readonly memory: Recorder;

  constructor(
    test: LitmusTest,
    process: Process,
    index: ReadonlyMap<string, number>,
    given: readonly Value[],
  ) {
    this.process = process;
    this.index = index;
    this.memory = new Recorder(test, process.index, given);
  }

  trace(): Trace {
    let fault: Trace["fault"] = null;
    try {
      this.statements(this.process.body);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      fault = { position: thrown.position, reason: thrown.reason };
    }
    const registers = new Map([...this.registers].map(([name, { value }]) => [name, value]));
    const { accesses, fences } = this.memory;
    return { process: this.process.index, accesses, fences, registers, fault };
  }

  private statements(statements: readonly Statement[]): void {
    for (const statement of statements) this.statement(statement);
  }

  private statement(statement: Statement): void {
    switch (statement.kind) {
      case "assign":
        this.registers.set(statement.name, this.evaluate(statement.value));
        break;
      case "store": {
        const address = this.evaluate(statement.address);
        const stored = this.evaluate(statement.value);
        this.memory.write(address, stored, statement.position, "plain");
        break;
      }
      case "evaluate":
        this.evaluate(statement.value);
        break;
      case "if": {
        // As in herd7, a control dependency reaches as far as the branch, not past it.
        const condition = this.evaluate(statement.condition);
        const outside = this.memory.ctrl;
        this.memory.ctrl |= condition.deps;
        this.statements(condition.value !== 0 ? statement.then : statement.otherwise);
        this.memory.ctrl = outside;
      }
    }
  }

  private evaluate(expression: Expression): Tainted {
    const { position } = expression;
    switch (expression.kind) {
      case "int":
        return { value: expression.value, deps: 0 };
      case "address":
        return { value: ADDRESS + this.indexOf(expression.location), deps: 0 };
      case "local":
        // As in herd7, a local that was never set is 0.
        return this.registers.get(expression.name) ?? NOTHING;
      case "unary": {
        const { value, deps } = this.evaluate(expression.operand);
        if (expression.operator === "!") return { value: value === 0 ? 1 : 0, deps };
        needInteger(value, position);
        return { value: expression.operator === "-" ? -value | 0 : ~value, deps };
      }
      case "binary": {
        const left = this.evaluate(expression.left);
        const right = this.evaluate(expression.right);
        const value = binary(expression.operator, left.value, right.value, position);
        return { value, deps: left.deps | right.deps };
      }
      case "load":
        return this.memory.read(this.evaluate(expression.address), position, "plain");
      case "call":
        return this.call(expression);
    }
  }

  private indexOf(location: string): number {
    const index = this.index.get(location);
    if (index === undefined) throw new Error(`Cannot run: no location ${location}`);
    return index;
  }

  private call(call: Call): Tainted {
    const { primitive, position } = call;
    const { memory } = this;
    if (primitive.kind === "fence") {
      memory.fence(primitive.fence);
      return NOTHING;
    }
    const address = call.address === null ? NOTHING : this.evaluate(call.address);
    const values = call.values.map((each) => this.evaluate(each));
    switch (primitive.kind) {
      case "load": {
        const tag = primitive.ordering === "acquire" ? "acquire" : "once";
        return memory.read(address, position, tag);
      }
      case "store": {
        const stored = values[0] ?? { value: primitive.constant ?? 0, deps: 0 };
        memory.write(
          address,
          stored,
          position,
          primitive.ordering === "release" ? "release" : "once",
        );
        if (primitive.fenced) memory.fence("mb");
        return NOTHING;
      }
      case "rmw":
        return memory.modify(primitive, address, values, position);
      case "lock":
        memory.lock(address, position);
        return NOTHING;
      case "unlock":
        memory.unlock(address, position);
        return NOTHING;
      case "trylock":
        return memory.trylock(address, position);
      case "is-locked":
        return memory.read(address, position, "once", "LF");
    }
  }
}

/**
 * All traces of a process where each read of location i returns one of `domains[i]`.
 * @throws LitmusError where there are more than `limit` of them, or where the process misuses a lock.
 */
export function traces(
  test: LitmusTest,
  process: Process,
  index: ReadonlyMap<string, number>,
  domains: readonly ReadonlySet<Value>[],
  limit: number,
): Trace[] {
  const found: Trace[] = [];
  const explore = (given: readonly Value[]): void => {
    let location: number;
    try {
      found.push(new Run(test, process, index, given).trace());
      if (found.length <= limit) return;
      const reason = `P${process.index} has more than ${limit} traces: the test is too large`;
      throw new LitmusError(test.file, process.position, reason);
    } catch (thrown) {
      if (!(thrown instanceof NeedsValue)) throw thrown;
      location = thrown.location;
    }
    for (const value of domains[location] ?? []) explore([...given, value]);
  };
  explore([]);
  return found;
}
