import type { LitmusTest, Location, Observable, Process, Proposition } from "./ast.ts";
import { Cursor } from "./cursor.ts";
import { lex } from "./lexer.ts";
import { BodyParser } from "./parse_body.ts";
import { ConditionParser } from "./parse_condition.ts";
import { acceptType } from "./parse_type.ts";

interface Declared {
  lock: boolean;
  initial: number | string;
}

class TestParser {
  private readonly cursor: Cursor;
  private readonly declared = new Map<string, Declared>();

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  private declare(name: string): Declared {
    let entry = this.declared.get(name);
    if (entry === undefined) {
      entry = { lock: false, initial: 0 };
      this.declared.set(name, entry);
    }
    return entry;
  }

  /** `{ x=1; int *p=&x; atomic_t r = ATOMIC_INIT(1); }`. */
  initialState(): void {
    const cursor = this.cursor;
    const targets: string[] = [];
    cursor.expect("{", "to open the initial state");
    while (!cursor.accept("}")) {
      if (cursor.accept(";")) continue;
      const type = acceptType(cursor);
      while (cursor.accept("*")) { /* pointers and integers share one representation */ }
      if (cursor.peek().kind === "integer" && cursor.is(":", 1)) {
        this.registerType();
        continue;
      }
      const bracketed = cursor.accept("[");
      const name = cursor.name("a location");
      if (bracketed) cursor.expect("]", "after a location");
      else if (cursor.is("[")) cursor.fail("arrays are refused");
      const entry = this.declare(name.text);
      if (type === "spinlock_t") entry.lock = true;
      if (cursor.accept("=")) {
        if (cursor.accept("ATOMIC_INIT") || cursor.accept("REFCOUNT_INIT")) {
          cursor.expect("(", "after the initialiser");
          entry.initial = cursor.integer("an initial value");
          cursor.expect(")", "after the initial value");
        } else if (cursor.accept("&") || cursor.peek().kind === "name") {
          const target = cursor.name("a location");
          entry.initial = target.text;
          targets.push(target.text);
        } else entry.initial = cursor.integer("an initial value");
        if (entry.lock) {
          cursor.fail("a lock starts unlocked: it takes no initial value", name.position);
        }
      }
      if (!cursor.is("}")) cursor.expect(";", "after an initial value");
    }
    for (const target of targets) this.declare(target);
  }

  /** `int 0:r1;` declares a register's type, which the process declares as well. */
  private registerType(): void {
    this.cursor.next();
    this.cursor.next();
    this.cursor.name("a register");
    if (this.cursor.is("=")) {
      this.cursor.fail("initial values of registers are refused: assign them in the process");
    }
    if (!this.cursor.is("}")) this.cursor.expect(";", "after a declaration");
  }

  /** `P0(int *x, …) { … }`, numbered from 0 in order. */
  processes(): Process[] {
    const cursor = this.cursor;
    const processes: Process[] = [];
    while (/^P[0-9]+$/.test(cursor.peek().text)) {
      const head = cursor.next();
      const index = processes.length;
      if (head.text !== `P${index}`) cursor.fail(`expected P${index}`, head.position);
      const parameters = this.parameters();
      const parser = new BodyParser(cursor, index, parameters);
      const body = parser.block();
      processes.push({ index, locals: parser.locals, body, position: head.position });
    }
    if (processes.length === 0) cursor.fail(`expected \`P0(\`, found \`${cursor.peek().text}\``);
    return processes;
  }

  private parameters(): Set<string> {
    const cursor = this.cursor;
    const names = new Set<string>();
    cursor.expect("(", "after the name of a process");
    if (cursor.is("void") && cursor.is(")", 1)) cursor.next();
    while (!cursor.accept(")")) {
      const type = acceptType(cursor);
      if (type === null) cursor.fail(`type \`${cursor.peek().text}\` is refused`);
      cursor.expect("*", "in a parameter: processes take pointers to shared locations");
      while (cursor.accept("*")) {
        /* a pointer to a pointer is a location that holds an address */
      }
      const name = cursor.name("the name of a parameter");
      const entry = this.declare(name.text);
      if (type === "spinlock_t") {
        if (entry.initial !== 0) {
          cursor.fail("a lock takes no initial value", name.position);
        }
        entry.lock = true;
      }
      names.add(name.text);
      if (!cursor.is(")")) cursor.expect(",", "between parameters");
    }
    return names;
  }

  locations(): Location[] {
    return [...this.declared].map(([name, entry]) => ({ name, ...entry }));
  }

  lockFlags(): Map<string, boolean> {
    return new Map([...this.declared].map(([name, entry]) => [name, entry.lock]));
  }
}

function sortKey(observable: Observable): string {
  return observable.kind === "register"
    ? `0${String(observable.process).padStart(4, "0")}:${observable.name}`
    : `1${observable.name}`;
}

function distinct(observed: readonly Observable[]): Observable[] {
  const byKey = new Map(observed.map((each) => [sortKey(each), each]));
  return [...byKey].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0).map(([, each]) => each);
}

/** `locations […]`, `filter (…)`, then `exists|forall|~exists (…)`, which may be missing: then it is `exists (true)`. */
function finalPart(cursor: Cursor, parser: ConditionParser) {
  if (cursor.accept("locations")) {
    cursor.expect("[", "after locations");
    while (!cursor.accept("]")) {
      parser.observable();
      while (cursor.accept(";")) { /* separators may repeat and may end the list */ }
    }
  }
  const shown = parser.observed.length;
  const filter = cursor.accept("filter") ? parser.proposition() : null;
  parser.observed.length = shown;
  let quantifier: LitmusTest["quantifier"] = "exists";
  let condition: Proposition = { kind: "constant", value: true };
  if (cursor.peek().kind !== "end") {
    const negated = cursor.accept("~");
    if (cursor.accept("exists")) quantifier = negated ? "~exists" : "exists";
    else if (!negated && cursor.accept("forall")) quantifier = "forall";
    else cursor.fail(`expected exists, forall or ~exists, found \`${cursor.peek().text}\``);
    condition = parser.proposition();
  }
  if (cursor.peek().kind !== "end") {
    cursor.fail(`unexpected \`${cursor.peek().text}\` after the condition`);
  }
  return { filter, quantifier, condition, observed: distinct(parser.observed) };
}

/**
 * Reads a C litmus file of the Linux-kernel memory model.
 * @param file the name that errors carry.
 * @throws LitmusError for what is malformed or outside the subset (RCU, SRCU, arrays, structures, loops, wide integers).
 */
export function parse(file: string, text: string): LitmusTest {
  const lexed = lex(file, text);
  const cursor = new Cursor(file, lexed.tokens);
  const parser = new TestParser(cursor);
  parser.initialState();
  const processes = parser.processes();
  const conditions = new ConditionParser(cursor, processes, parser.lockFlags());
  const final = finalPart(cursor, conditions);
  return {
    file,
    name: lexed.name,
    locations: parser.locations(),
    processes,
    ...final,
    expectation: lexed.expectation,
  };
}
