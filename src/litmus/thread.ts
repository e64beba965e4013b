import type { BinaryOperator, Call, Expression, LitmusTest, Process, Statement } from "./ast.ts";
import { LitmusError, type Position } from "./error.ts";
import type { ReadModifyWrite } from "./primitives.ts";
import { type Access, ADDRESS, type Fence, MAX_ACCESSES, type Trace, type Value } from "./trace.ts";

/** A value and the reads that it is computed from. */
interface Tainted {
  readonly value: Value;
  readonly deps: number;
}

/** Thrown where a run needs the value of a read that its prefix does not give. */
class NeedsValue {
  readonly location: number;
  constructor(location: number) {
    this.location = location;
  }
}

/** Thrown where a run cannot go on with the values that it was given. */
class Fault {
  readonly position: Position;
  readonly reason: string;
  constructor(position: Position, reason: string) {
    this.position = position;
    this.reason = reason;
  }
}

/** Runs one process with the values of its reads given in `prefix`. */
class Run {
  private readonly test: LitmusTest;
  private readonly process: Process;
  private readonly index: ReadonlyMap<string, number>;
  private readonly prefix: readonly Value[];
  private reads = 0;
  private readonly accesses: Access[] = [];
  private readonly fences: Fence[] = [];
  private readonly registers = new Map<string, Tainted>();
  private readonly held = new Set<number>();
  private ctrl = 0;

  constructor(
    test: LitmusTest,
    process: Process,
    index: ReadonlyMap<string, number>,
    prefix: readonly Value[],
  ) {
    this.test = test;
    this.process = process;
    this.index = index;
    this.prefix = prefix;
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
    const { accesses, fences } = this;
    return { process: this.process.index, accesses, fences, registers, fault };
  }

  private refuse(position: Position, reason: string): never {
    throw new LitmusError(this.test.file, position, reason);
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
        const target = this.evaluate(statement.address);
        const stored = this.evaluate(statement.value);
        this.access("W", target, statement.position, {
          value: stored.value,
          data: stored.deps,
          tag: "plain",
        });
        break;
      }
      case "evaluate":
        this.evaluate(statement.value);
        break;
      case "if": {
        const condition = this.evaluate(statement.condition);
        const outside = this.ctrl;
        this.ctrl |= condition.deps;
        this.statements(condition.value !== 0 ? statement.then : statement.otherwise);
        this.ctrl = outside;
      }
    }
  }

  private evaluate(expression: Expression): Tainted {
    switch (expression.kind) {
      case "int":
        return { value: expression.value, deps: 0 };
      case "address":
        return { value: ADDRESS + this.indexOf(expression.location), deps: 0 };
      case "local":
        // As in herd7, a local that was never set is 0.
        return this.registers.get(expression.name) ?? { value: 0, deps: 0 };
      case "unary": {
        const { value, deps } = this.evaluate(expression.operand);
        if (expression.operator === "!") return { value: value === 0 ? 1 : 0, deps };
        this.integer(value, expression.position);
        return { value: expression.operator === "-" ? -value | 0 : ~value, deps };
      }
      case "binary": {
        const left = this.evaluate(expression.left);
        const right = this.evaluate(expression.right);
        const value = this.binary(
          expression.operator,
          left.value,
          right.value,
          expression.position,
        );
        return { value, deps: left.deps | right.deps };
      }
      case "load":
        return this.read(this.evaluate(expression.address), expression.position, "plain");
      case "call":
        return this.call(expression);
    }
  }

  private indexOf(location: string): number {
    const index = this.index.get(location);
    if (index === undefined) throw new Error(`Cannot run: no location ${location}`);
    return index;
  }

  private integer(value: Value, position: Position): void {
    if (value >= ADDRESS) throw new Fault(position, "arithmetic on an address is not modelled");
  }

  private binary(operator: BinaryOperator, a: Value, b: Value, position: Position): Value {
    switch (operator) {
      case "&&":
        return a !== 0 && b !== 0 ? 1 : 0;
      case "||":
        return a !== 0 || b !== 0 ? 1 : 0;
      case "==":
        return a === b ? 1 : 0;
      case "!=":
        return a !== b ? 1 : 0;
      case "+":
        // A zero computed from a read makes an address dependency without moving the address.
        if (b === 0) return a;
        if (a === 0) return b;
    }
    if (operator === "-" && b === 0) return a;
    this.integer(a, position);
    this.integer(b, position);
    return arithmetic(operator, a, b) ??
      fault(position, "division by zero");
  }

  private target(address: Tainted, position: Position): number {
    const index = address.value - ADDRESS;
    if (index < 0) throw new Fault(position, `${address.value} is not the address of a location`);
    return index;
  }

  private access(
    kind: Access["kind"],
    address: Tainted,
    position: Position,
    rest: {
      value: Value;
      data?: number;
      tag: Access["tag"];
      lock?: Access["lock"];
      atomic?: boolean;
    },
  ): number {
    const location = this.target(address, position);
    const lock = rest.lock ?? null;
    if ((this.test.locations[location]?.lock ?? false) !== (lock !== null)) {
      const name = this.test.locations[location]?.name;
      this.refuse(
        position,
        lock === null
          ? `\`${name}\` is a lock: only lock operations may access it`
          : `\`${name}\` is not a spinlock_t`,
      );
    }
    if (this.accesses.length >= MAX_ACCESSES) {
      this.refuse(position, `more than ${MAX_ACCESSES} memory accesses in P${this.process.index}`);
    }
    const data = rest.data ?? 0;
    return this.accesses.push({
      kind,
      location,
      value: rest.value,
      tag: rest.tag,
      lock,
      atomic: rest.atomic ?? false,
      addr: address.deps,
      data,
      ctrl: this.ctrl,
      rmw: -1,
      position,
    }) - 1;
  }

  private fence(kind: Fence["kind"]): void {
    this.fences.push({ kind, after: this.accesses.length });
  }

  /** The value that the next read gets; the run stops where the prefix has none for it. */
  private given(location: number): Value {
    const value = this.prefix[this.reads];
    if (value === undefined) throw new NeedsValue(location);
    this.reads++;
    return value;
  }

  private read(
    address: Tainted,
    position: Position,
    tag: Access["tag"],
    lock: Access["lock"] = null,
  ): Tainted {
    const value = this.given(this.target(address, position));
    const at = this.access("R", address, position, { value, tag, lock });
    return { value, deps: 1 << at };
  }

  private pair(read: number, write: number): void {
    const [r, w] = [this.accesses[read], this.accesses[write]];
    if (r !== undefined) r.rmw = write;
    if (w !== undefined) w.rmw = read;
  }

  private call(call: Call): Tainted {
    const { primitive, position } = call;
    const none: Tainted = { value: 0, deps: 0 };
    if (primitive.kind === "fence") {
      this.fence(primitive.fence);
      return none;
    }
    const address = call.address === null ? none : this.evaluate(call.address);
    const values = call.values.map((each) => this.evaluate(each));
    switch (primitive.kind) {
      case "load":
        return this.read(address, position, primitive.ordering === "acquire" ? "acquire" : "once");
      case "store": {
        const stored = values[0] ?? { value: primitive.constant ?? 0, deps: 0 };
        const tag = primitive.ordering === "release" ? "release" : "once";
        this.access("W", address, position, { value: stored.value, data: stored.deps, tag });
        if (primitive.fenced) this.fence("mb");
        return none;
      }
      case "rmw":
        return this.modify(primitive, address, values, position);
      case "lock":
        this.lock(address, position);
        return none;
      case "unlock": {
        const location = this.target(address, position);
        if (!this.held.delete(location)) {
          throw new Fault(position, "this process does not hold the lock that it releases");
        }
        this.access("W", address, position, { value: 0, tag: "release", lock: "UL" });
        return none;
      }
      case "trylock": {
        const before = this.given(this.target(address, position));
        if (before === 0) return { value: 1, deps: 1 << this.lock(address, position, before) };
        const at = this.access("R", address, position, { value: before, tag: "once", lock: "LF" });
        return { value: 0, deps: 1 << at };
      }
      case "is-locked":
        return this.read(address, position, "once", "LF");
    }
  }

  /** A lock is a location that is 0 when free and 1 when held; taking it is an acquire read-modify-write of 0 to 1. */
  private lock(address: Tainted, position: Position, value: Value = 0): number {
    const read = this.access("R", address, position, { value, tag: "acquire", lock: "LKR" });
    this.pair(
      read,
      this.access("W", address, position, { value: 1, tag: "once", lock: "LKW" }),
    );
    this.held.add(this.target(address, position));
    return read;
  }

  /**
   * A read-modify-write. One that fails is a relaxed read and orders nothing by itself; one that succeeds has its tags, or an
   * smp_mb() on either side.
   */
  private modify(
    op: ReadModifyWrite,
    address: Tainted,
    values: readonly Tainted[],
    position: Position,
  ): Tainted {
    const before = this.given(this.target(address, position));
    const operands = values.map((each) => each.value);
    if (op.dependent) [before, ...operands].forEach((value) => this.integer(value, position));
    const after = op.apply(before, operands);
    if (after === null) {
      const at = this.access("R", address, position, {
        value: before,
        tag: "once",
        atomic: true,
      });
      return { value: op.result(before, after), deps: 1 << at };
    }
    if (op.ordering === "full") this.fence("mb");
    const tag = op.noreturn ? "noreturn" : op.ordering === "acquire" ? "acquire" : "once";
    const read = this.access("R", address, position, { value: before, tag, atomic: true });
    const written = values.at(op.dependent ? 0 : -1)?.deps ?? 0;
    const write = this.access("W", address, position, {
      value: after,
      data: op.dependent ? written | (1 << read) : written,
      tag: op.ordering === "release" ? "release" : "once",
      atomic: true,
    });
    this.pair(read, write);
    if (op.ordering === "full") this.fence("mb");
    return { value: op.result(before, after), deps: 1 << read };
  }
}

function fault(position: Position, reason: string): never {
  throw new Fault(position, reason);
}

/** Arithmetic of `int` as the kernel compiles it: 32 bits, wrapping. Null for a division by zero. */
function arithmetic(operator: BinaryOperator, a: number, b: number): number | null {
  switch (operator) {
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "&":
      return a & b;
    case "<":
      return a < b ? 1 : 0;
    case "<=":
      return a <= b ? 1 : 0;
    case ">":
      return a > b ? 1 : 0;
    case ">=":
      return a >= b ? 1 : 0;
    case "<<":
      return a << b;
    case ">>":
      return a >> b;
    case "+":
      return (a + b) | 0;
    case "-":
      return (a - b) | 0;
    case "*":
      return Math.imul(a, b);
    case "/":
      return b === 0 ? null : (a / b) | 0;
    case "%":
      return b === 0 ? null : (a % b) | 0;
    default:
      throw new Error(`Cannot evaluate ${operator}: it is no arithmetic operator`);
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
  const explore = (prefix: readonly Value[]): void => {
    let location: number;
    try {
      found.push(new Run(test, process, index, prefix).trace());
      if (found.length <= limit) return;
      throw new LitmusError(
        test.file,
        process.position,
        `P${process.index} has more than ${limit} traces: the test is too large`,
      );
    } catch (thrown) {
      if (!(thrown instanceof NeedsValue)) throw thrown;
      location = thrown.location;
    }
    for (const value of domains[location] ?? []) explore([...prefix, value]);
  };
  explore([]);
  return found;
}
