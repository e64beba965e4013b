import type { Observable, Process, Proposition } from "./ast.ts";
import type { Cursor } from "./cursor.ts";

/** Parses propositions and observables over the given processes and shared locations. */
export class ConditionParser {
  readonly observed: Observable[] = [];
  private readonly cursor: Cursor;
  private readonly processes: readonly Process[];
  private readonly locks: ReadonlyMap<string, boolean>;

  /** `locks` maps each shared location to whether it is a lock; the final value of a lock cannot be asked for. */
  constructor(
    cursor: Cursor,
    processes: readonly Process[],
    locks: ReadonlyMap<string, boolean>,
  ) {
    this.cursor = cursor;
    this.processes = processes;
    this.locks = locks;
  }

  /** `=>` binds loosest, then `\/`, then `/\`, then `~`. */
  proposition(): Proposition {
    const left = this.disjunction();
    if (!this.cursor.accept("=>")) return left;
    return { kind: "implies", left, right: this.proposition() };
  }

  private disjunction(): Proposition {
    let left = this.conjunction();
    while (this.cursor.accept("\\/")) left = { kind: "or", left, right: this.conjunction() };
    return left;
  }

  private conjunction(): Proposition {
    let left = this.atom();
    while (this.cursor.accept("/\\")) left = { kind: "and", left, right: this.atom() };
    return left;
  }

  private atom(): Proposition {
    const cursor = this.cursor;
    if (cursor.accept("~") || cursor.accept("not")) return { kind: "not", operand: this.atom() };
    if (cursor.accept("true")) return { kind: "constant", value: true };
    if (cursor.accept("false")) return { kind: "constant", value: false };
    if (cursor.accept("(")) {
      const inner = this.proposition();
      cursor.expect(")", "to close a parenthesis");
      return inner;
    }
    const left = this.observable();
    const negated = cursor.accept("!=");
    if (!negated && !cursor.accept("==")) cursor.expect("=", "after what is compared");
    const equals: Proposition = { kind: "equals", left, right: this.value() };
    return negated ? { kind: "not", operand: equals } : equals;
  }

  private value(): number | { readonly address: string } | Observable {
    const token = this.cursor.peek();
    if (token.kind === "integer" && this.cursor.is(":", 1)) return this.observable();
    if (token.kind === "integer" || token.text === "-") return this.cursor.integer("a value");
    this.cursor.accept("&");
    const name = this.cursor.name("a value");
    if (!this.locks.has(name.text)) {
      this.cursor.fail(`unknown location \`${name.text}\``, name.position);
    }
    return { address: name.text };
  }

  /** `n:register`, `location` or `[location]`; remembered as observed. */
  observable(): Observable {
    const found = this.cursor.peek().kind === "integer" ? this.register() : this.location();
    this.observed.push(found);
    return found;
  }

  private register(): Observable {
    const position = this.cursor.peek().position;
    const index = this.cursor.integer("a process");
    this.cursor.expect(":", "between a process and its register");
    const name = this.cursor.name("a register");
    const process = this.processes[index];
    if (process === undefined) this.cursor.fail(`there is no process P${index}`, position);
    if (!process.locals.has(name.text)) {
      this.cursor.fail(`P${index} has no local \`${name.text}\``, name.position);
    }
    return { kind: "register", process: index, name: name.text };
  }

  private location(): Observable {
    const bracketed = this.cursor.accept("[");
    this.cursor.accept("*");
    const name = this.cursor.name("a register `n:name` or a location");
    if (bracketed) this.cursor.expect("]", "after a location");
    const lock = this.locks.get(name.text);
    if (lock === undefined) this.cursor.fail(`unknown location \`${name.text}\``, name.position);
    if (lock) {
      this.cursor.fail(
        `the final value of lock \`${name.text}\` is refused: locks have no value`,
        name.position,
      );
    }
    return { kind: "location", name: name.text };
  }
}
