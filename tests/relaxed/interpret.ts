/**
 * Runs a parsed litmus test as a scenario: each statement does to the machine's memory what the C
 * does to its own. So the files of tests/litmus can be explored under relaxed memory.
 */
import { keep } from "explore/leak.ts";
import { load, loadMarked, store, storeMarked } from "explore/memory.ts";
import { relaxed } from "explore/relaxed/hook.ts";
import { type Scenario, scenario } from "explore/scenario.ts";
import { create, link, type Struct, struct } from "explore/struct.ts";
import type { Task } from "explore/task.ts";
import { atomically } from "linux/atomic.ts";
import { smp_mb, smp_rmb, smp_wmb } from "linux/barrier.ts";
import { spin_lock, spin_lock_init, spin_unlock, spinlock_t } from "linux/spinlock.ts";
import { words } from "linux/words.ts";
import { binary } from "../../src/litmus/arithmetic.ts";
import type { Call, Expression, LitmusTest, Process, Statement } from "../../src/litmus/ast.ts";
import { type FinalState, holds } from "../../src/litmus/condition.ts";
import type { Ordering, Primitive } from "../../src/litmus/primitives.ts";
import { ADDRESS, type Value } from "../../src/litmus/trace.ts";
import { showState } from "./decide.ts";

/** Moves the locations up in memory, so that no integer of a test looks like the address of one. */
class padding extends struct("padding", { unused: words(256) }) {}

class location extends struct("location", { word: link }) {}

/** The test's memory here. */
interface Machine {
  readonly test: LitmusTest;
  readonly cells: readonly Struct[];
  /** By process: its registers in the execution under way. */
  readonly registers: Map<string, Value>[];
}

const FENCES = { mb: smp_mb, rmb: smp_rmb, wmb: smp_wmb, barrier: () => {} } as const;

/** What of the test is outside of what both can do; null when it is inside. */
export function refusal(test: LitmusTest): string | null {
  const visit = (primitive: Primitive, name: string): string | null => {
    if (primitive.kind === "trylock" || primitive.kind === "is-locked") return `${name}()`;
    return primitive.kind === "fence" && !Object.hasOwn(FENCES, primitive.fence)
      ? `${name}()`
      : null;
  };
  // Dependencies of addresses are known by the pointers that were read.
  const inAddress = (of: Expression): string | null =>
    of.kind === "binary" ? "an address computed from a number" : inExpression(of);
  const inExpression = (of: Expression): string | null => {
    switch (of.kind) {
      case "unary":
        return inExpression(of.operand);
      case "binary":
        return inExpression(of.left) ?? inExpression(of.right);
      case "load":
        return inAddress(of.address);
      case "call":
        return visit(of.primitive, of.name) ??
          (of.address === null ? null : inAddress(of.address)) ??
          of.values.map(inExpression).find(Boolean) ?? null;
      default:
        return null;
    }
  };
  const inStatements = (all: readonly Statement[]): string | null =>
    all.map((one) =>
      one.kind === "if"
        ? inExpression(one.condition) ?? inStatements(one.then) ?? inStatements(one.otherwise)
        : inExpression(one.value)
    ).find(Boolean) ?? null;
  return test.processes.map(({ body }) => inStatements(body)).find(Boolean) ?? null;
}

/** The test as a scenario; `states` gets its final states, as {@link showState} shows them. */
export function interpreted(test: LitmusTest, states: Set<string>): Scenario<Machine> {
  const indexOf = (name: string): number => test.locations.findIndex((one) => one.name === name);
  return scenario<Machine>({
    name: test.name,
    title: "a litmus test",
    about: "Only there to compare two deciders.",
    *setup() {
      keep(create(padding));
      const cells = test.locations.map(({ lock }) =>
        keep<Struct>(lock ? create(spinlock_t) : create(location))
      );
      const machine = { test, cells, registers: [] };
      for (const [at, { lock, initial }] of test.locations.entries()) {
        const cell = cells[at] as Struct;
        const value = typeof initial === "number" ? initial : ADDRESS + indexOf(initial);
        if (lock) spin_lock_init(cell as spinlock_t);
        else store(cell.address + 1, toWord(machine, value));
      }
      return machine;
    },
    threads: Object.fromEntries(test.processes.map((process) => [
      `P${process.index}`,
      (machine: Machine) => new Run(machine, process).statements(process.body),
    ])),
    finally(machine) {
      const { registers, cells } = machine;
      const state: FinalState = {
        address: (name) => ADDRESS + indexOf(name),
        get: (each) =>
          each.kind === "register"
            ? registers[each.process]?.get(each.name) ?? 0
            : toValue(machine, load((cells[indexOf(each.name)] as Struct).address + 1)),
      };
      if (test.filter !== null && !holds(test.filter, state)) return;
      states.add(showState(test, test.observed, state));
    },
    expect: { verdict: "holds" },
  });
}

/** Locations by the address of their word; a test's integers are smaller than any of these. */
function toWord({ cells }: Machine, value: Value): number {
  return value >= ADDRESS ? (cells[value - ADDRESS] as Struct).address + 1 : value;
}

function toValue({ cells }: Machine, word: number): Value {
  const at = cells.findIndex(({ address }) => address + 1 === word);
  return at >= 0 ? ADDRESS + at : word;
}

/** One process in one execution. */
class Run {
  readonly #machine: Machine;
  readonly #registers = new Map<string, Value>();

  constructor(machine: Machine, { index }: Process) {
    this.#machine = machine;
    machine.registers[index] = this.#registers;
  }

  *statements(all: readonly Statement[]): Task {
    for (const one of all) yield* this.#statement(one);
  }

  *#statement(one: Statement): Task {
    switch (one.kind) {
      case "assign":
        this.#registers.set(one.name, yield* this.#evaluate(one.value));
        break;
      case "store": {
        const address = yield* this.#word(one.address);
        store(address, toWord(this.#machine, yield* this.#evaluate(one.value)));
        break;
      }
      case "evaluate":
        yield* this.#evaluate(one.value);
        break;
      case "if": {
        const chosen = (yield* this.#evaluate(one.condition)) !== 0 ? one.then : one.otherwise;
        yield* this.statements(chosen);
      }
    }
  }

  *#word(address: Expression): Task<number> {
    return toWord(this.#machine, yield* this.#evaluate(address));
  }

  *#evaluate(of: Expression): Task<Value> {
    switch (of.kind) {
      case "int":
        return of.value;
      case "local":
        return this.#registers.get(of.name) ?? 0;
      case "address":
        return ADDRESS + this.#machine.test.locations.findIndex(({ name }) => name === of.location);
      case "unary": {
        const value = yield* this.#evaluate(of.operand);
        if (of.operator === "!") return value === 0 ? 1 : 0;
        return of.operator === "-" ? -value | 0 : ~value;
      }
      case "binary": {
        const left = yield* this.#evaluate(of.left), right = yield* this.#evaluate(of.right);
        return binary(of.operator, left, right, of.position);
      }
      case "load":
        return toValue(this.#machine, load(yield* this.#word(of.address)));
      case "call":
        return yield* this.#call(of);
    }
  }

  *#call({ primitive, name, address, values }: Call): Task<Value> {
    if (primitive.kind === "fence") {
      FENCES[primitive.fence as keyof typeof FENCES]();
      return 0;
    }
    const word = address === null ? 0 : yield* this.#word(address);
    const given: Value[] = [];
    for (const value of values) given.push(yield* this.#evaluate(value));
    const cell = this.#machine.cells.find((one) => one.address + 1 === word) as Struct;
    if (primitive.kind === "lock" || primitive.kind === "unlock") {
      yield* (primitive.kind === "lock" ? spin_lock : spin_unlock)(cell as spinlock_t);
      return 0;
    }
    const answer = yield* atomically(name, cell, word, () => this.#access(primitive, word, given));
    if (primitive.kind === "store" && primitive.fenced) smp_mb();
    return answer;
  }

  #access(primitive: Primitive, word: number, given: readonly Value[]): Value {
    const machine = this.#machine;
    switch (primitive.kind) {
      case "load": {
        const value = toValue(machine, loadMarked(word));
        order(primitive.ordering);
        return value;
      }
      case "store":
        storeMarked(word, toWord(machine, given[0] ?? primitive.constant ?? 0));
        order(primitive.ordering);
        return 0;
      case "rmw": {
        const before = toValue(machine, loadMarked(word)), after = primitive.apply(before, given);
        if (after !== null) {
          storeMarked(word, toWord(machine, after));
          order(primitive.ordering);
          if (primitive.noreturn) relaxed?.orders("noreturn");
        }
        return primitive.result(before, after);
      }
      default:
        throw new Error(`Cannot interpret ${primitive.kind}`);
    }
  }
}

function order(ordering: Ordering): void {
  if (ordering !== "once") relaxed?.orders(ordering);
}
