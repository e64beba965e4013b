/**
 * Small programs as data, in the two forms that are compared: a scenario of ours, whose threads call
 * what chapters call, and a C litmus test.
 */
import { keep } from "explore/leak.ts";
import { type Scenario, scenario } from "explore/scenario.ts";
import { create, int, nullable, struct } from "explore/struct.ts";
import type { Task } from "explore/task.ts";
import {
  atomic_add_return,
  atomic_inc,
  atomic_inc_not_zero,
  atomic_read,
  atomic_set,
  atomic_t,
} from "linux/atomic.ts";
import {
  READ_ONCE,
  smp_load_acquire,
  smp_mb,
  smp_rmb,
  smp_store_release,
  smp_wmb,
  WRITE_ONCE,
} from "linux/barrier.ts";
import { kref, kref_get_unless_zero, kref_init } from "linux/kref.ts";
import { refcount_dec_and_test, refcount_inc, refcount_set } from "linux/refcount.ts";
import { spin_lock, spin_lock_init, spin_unlock, spinlock_t } from "linux/spinlock.ts";

/** Words that READ_ONCE and its like access; `p` points to one of them. */
export const WORDS = ["x", "y", "z"] as const;
type Word = typeof WORDS[number];

/** A statement of a thread. What reads, reads into the thread's next register. */
export type Op =
  | { readonly kind: "read"; readonly at: Word; readonly acquire?: boolean }
  | {
    readonly kind: "write";
    readonly at: Word;
    readonly value: number;
    readonly release?: boolean;
  }
  /** Writes one more than the last register holds, so that the write truly depends on it. */
  | { readonly kind: "copy"; readonly at: Word }
  | { readonly kind: "fence"; readonly fence: "smp_mb" | "smp_rmb" | "smp_wmb" }
  | { readonly kind: "inc" | "atomic-set" | "refcount-inc" | "kref-init" }
  | { readonly kind: "add-return" | "inc-not-zero" | "atomic-read" | "kref-get" | "put" }
  | { readonly kind: "plain-read"; readonly at: Word }
  | { readonly kind: "plain-write"; readonly at: Word; readonly value: number }
  /** Only if the last register is not 0. */
  | { readonly kind: "if"; readonly then: Op }
  /** Points p at a word; reads the word that p points to. */
  | { readonly kind: "point"; readonly at: Word; readonly release?: boolean }
  | { readonly kind: "follow" }
  | { readonly kind: "section"; readonly lock: "a" | "b"; readonly body: readonly Op[] };

type Count = Extract<
  Op["kind"],
  | "inc"
  | "add-return"
  | "inc-not-zero"
  | "atomic-read"
  | "atomic-set"
  | "kref-get"
  | "kref-init"
  | "refcount-inc"
  | "put"
>;
type Silent =
  | Extract<Op, { readonly kind: "write" | "plain-write" | "copy" | "fence" | "point" }>
  | { readonly kind: "inc" | "atomic-set" | "refcount-inc" | "kref-init" };

/** The threads of a program. */
export type Program = readonly (readonly Op[])[];

/** What a final state lists, before the registers of each thread. */
export const LOCATIONS = [...WORDS, "n", "k", "p"];

/** What counters and the target of p hold when a program begins: who follows p can tell the target. */
const ATOMIC = 0, COUNT = 0, TARGET = 9;

class cell extends struct("cell", { value: int }) {}
class registers extends struct("registers", {
  r0: int,
  r1: int,
  r2: int,
  r3: int,
  r4: int,
  r5: int,
}) {}
const REGISTERS = ["r0", "r1", "r2", "r3", "r4", "r5"] as const;

class shared extends struct("shared", {
  n: atomic_t,
  k: kref,
  p: nullable<cell>(),
  a: spinlock_t,
  b: spinlock_t,
}) {}

interface State {
  readonly s: shared;
  readonly cells: Readonly<Record<Word, cell>>;
  readonly results: readonly registers[];
}

function* setup(program: Program): Task<State> {
  const s = keep(create(shared));
  yield* atomic_set(s.n, ATOMIC);
  yield* refcount_set(s.k.refcount, COUNT);
  spin_lock_init(s.a);
  spin_lock_init(s.b);
  const cells = { x: keep(create(cell)), y: keep(create(cell)), z: keep(create(cell)) };
  s.p = cells.z;
  cells.z.value = TARGET;
  return { s, cells, results: program.map(() => keep(create(registers))) };
}

/** A statement of a thread that keeps what it reads in its own registers. */
class Thread {
  #next = 0;
  #last = 0;

  constructor(readonly state: State, readonly index: number) {}

  *run(ops: readonly Op[]): Task {
    for (const op of ops) yield* this.#perform(op);
  }

  #keep(value: number): void {
    const mine = this.state.results[this.index] as registers;
    mine[REGISTERS[this.#next++] as typeof REGISTERS[number]] = this.#last = value;
  }

  *#perform(op: Op): Task {
    const { s, cells } = this.state;
    switch (op.kind) {
      case "read": {
        const read = op.acquire === true ? smp_load_acquire : READ_ONCE;
        this.#keep(yield* read(cells[op.at], "value"));
        break;
      }
      case "write":
        yield* (op.release === true ? smp_store_release : WRITE_ONCE)(
          cells[op.at],
          "value",
          op.value,
        );
        break;
      case "copy":
        yield* WRITE_ONCE(cells[op.at], "value", this.#last + 1);
        break;
      case "plain-read":
        this.#keep(cells[op.at].value);
        break;
      case "plain-write":
        cells[op.at].value = op.value;
        break;
      case "if":
        if (this.#last !== 0) yield* this.#perform(op.then);
        else this.#next += reads([op.then]);
        break;
      case "fence":
        ({ smp_mb, smp_rmb, smp_wmb })[op.fence]();
        break;
      case "point":
        yield* (op.release === true ? smp_store_release : WRITE_ONCE)(s, "p", cells[op.at]);
        break;
      case "follow": {
        const found = (yield* READ_ONCE(s, "p")) as cell;
        this.#keep(yield* READ_ONCE(found, "value"));
        break;
      }
      case "section":
        yield* spin_lock(s[op.lock]);
        yield* this.run(op.body);
        yield* spin_unlock(s[op.lock]);
        break;
      default:
        yield* this.#count(op.kind);
    }
  }

  *#count(kind: Count): Task {
    const { n, k } = this.state.s;
    switch (kind) {
      case "inc":
        yield* atomic_inc(n);
        break;
      case "add-return":
        this.#keep(yield* atomic_add_return(1, n));
        break;
      case "inc-not-zero":
        this.#keep((yield* atomic_inc_not_zero(n)) ? 1 : 0);
        break;
      case "atomic-read":
        this.#keep(yield* atomic_read(n));
        break;
      case "atomic-set":
        yield* atomic_set(n, 4);
        break;
      case "kref-get":
        this.#keep((yield* kref_get_unless_zero(k)) ? 1 : 0);
        break;
      case "kref-init":
        yield* kref_init(k);
        break;
      case "refcount-inc":
        yield* refcount_inc(k.refcount);
        break;
      case "put":
        this.#keep((yield* refcount_dec_and_test(k.refcount)) ? 1 : 0);
    }
  }
}

const SILENT: readonly Op["kind"][] = [
  "write",
  "plain-write",
  "copy",
  "fence",
  "point",
  "inc",
  "kref-init",
  "refcount-inc",
  "atomic-set",
];

/** How many registers the statements fill. */
function reads(ops: readonly Op[]): number {
  const of = (op: Op): number => {
    if (op.kind === "section") return reads(op.body);
    if (op.kind === "if") return of(op.then);
    return SILENT.includes(op.kind) ? 0 : 1;
  };
  return ops.reduce((sum, op) => sum + of(op), 0);
}

/** The program as a scenario; `outcomes` gets each final state. */
export function asScenario(program: Program, outcomes: Set<string>): Scenario<State> {
  return scenario<State>({
    name: "generated",
    title: "a generated program",
    about: "Only there to compare two deciders.",
    setup: () => setup(program),
    threads: Object.fromEntries(program.map((ops, index) => [
      `P${index}`,
      (state: State) => new Thread(state, index).run(ops),
    ])),
    finally({ s, cells, results }) {
      const counts = [s.n.counter, s.k.refcount.refs];
      const target = WORDS.find((word) => cells[word] === s.p);
      const values = results.flatMap((mine, index) =>
        REGISTERS.slice(0, reads(program[index] as readonly Op[])).map((name) => mine[name])
      );
      outcomes.add(
        [...WORDS.map((word) => cells[word].value), ...counts, target, ...values].join(" "),
      );
    },
    expect: { verdict: "holds" },
  });
}

/** Writes C for the statements of a thread. */
class Writer {
  readonly lines: string[] = [];
  #registers = 0;
  #pointers = 0;
  #last = "0";

  write(ops: readonly Op[]): void {
    for (const op of ops) this.#write(op);
  }

  declarations(): string[] {
    const names = (letter: string, count: number, type: string): string[] =>
      Array.from({ length: count }, (_, at) => `${type}${letter}${at};`);
    return [...names("r", this.#registers, "int "), ...names("q", this.#pointers, "int *")];
  }

  #read(call: string): void {
    this.#last = `r${this.#registers++}`;
    this.lines.push(`${this.#last} = ${call};`);
  }

  #write(op: Op): void {
    switch (op.kind) {
      case "read":
        return this.#read(
          op.acquire === true ? `smp_load_acquire(${op.at})` : `READ_ONCE(*${op.at})`,
        );
      case "plain-read":
        return this.#read(`*${op.at}`);
      case "follow": {
        const pointer = `q${this.#pointers++}`;
        this.lines.push(`${pointer} = READ_ONCE(*p);`);
        return this.#read(`READ_ONCE(*${pointer})`);
      }
      case "section":
        this.lines.push(`spin_lock(${op.lock});`);
        this.write(op.body);
        return void this.lines.push(`spin_unlock(${op.lock});`);
      case "if":
        this.lines.push(`if (${this.#last}) {`);
        this.#write(op.then);
        return void this.lines.push("}");
      case "add-return":
        return this.#read("atomic_add_return(1, n)");
      case "inc-not-zero":
        return this.#read("atomic_inc_not_zero(n)");
      case "atomic-read":
        return this.#read("atomic_read(n)");
      case "kref-get":
        return this.#read("kref_get_unless_zero(k)");
      case "put":
        return this.#read("refcount_dec_and_test(k)");
      default:
        this.lines.push(this.#silent(op));
    }
  }

  #silent(op: Silent): string {
    switch (op.kind) {
      case "write":
        return op.release === true
          ? `smp_store_release(${op.at}, ${op.value});`
          : `WRITE_ONCE(*${op.at}, ${op.value});`;
      case "plain-write":
        return `*${op.at} = ${op.value};`;
      case "copy":
        return `WRITE_ONCE(*${op.at}, ${this.#last} + 1);`;
      case "fence":
        return `${op.fence}();`;
      case "point":
        return op.release === true
          ? `smp_store_release(p, ${op.at});`
          : `WRITE_ONCE(*p, ${op.at});`;
      case "inc":
        return "atomic_inc(n);";
      case "atomic-set":
        return "atomic_set(n, 4);";
      case "kref-init":
        return "kref_init(k);";
      case "refcount-inc":
        return "refcount_inc(k);";
    }
  }
}

/** The program as a C litmus test; its states list what {@link asScenario} lists, in the same order. */
export function asLitmus(program: Program): string {
  const parameters =
    "int *x, int *y, int *z, atomic_t *n, struct kref *k, int **p, spinlock_t *a, spinlock_t *b";
  const bodies = program.map((ops, index) => {
    const writer = new Writer();
    writer.write(ops);
    const lines = [...writer.declarations(), ...writer.lines];
    return `P${index}(${parameters})\n{\n\t${lines.join("\n\t")}\n}\n`;
  });
  const registers = program.flatMap((ops, index) =>
    REGISTERS.slice(0, reads(ops)).map((name) => `${index}:${name};`)
  );
  return `C generated\n\n{\n\tk=${COUNT};\n\tz=${TARGET};\n\tint *p = &z;\n}\n\n${
    bodies.join("\n")
  }\n` +
    `locations [x; y; z; n; k; p; ${registers.join(" ")}]\n`;
}
