import { assertEquals, assertThrows } from "@std/assert";
import { LitmusError } from "../../src/litmus/error.ts";
import { parse } from "../../src/litmus/parser.ts";
import { run } from "../../src/litmus/run.ts";

/** A file whose P0 holds `body` on line 6, column 1. */
function withBody(body: string, condition = "exists (x=1)"): string {
  return `C t\n{}\n\nP0(int *x, int *y)\n{\n${body}\n}\n${condition}\n`;
}

const CASES: readonly (readonly [what: string, text: string, error: string])[] = [
  ["no header", "P0() {}", "1:1: the file must start with `C` and the name of the test"],
  ["another architecture", "PPC t\n{}", "1:1: the file must start with `C`"],
  ["no initial state", "C t\nP0(int *x) {}", "2:1: expected `{`, the initial state"],
  ["an open comment", "C t\n(* never closed", "2:1: this comment has no `*)`"],
  ["RCU", withBody("rcu_read_lock();"), "6:1: rcu_read_lock() is refused: RCU and SRCU"],
  ["SRCU", withBody("  synchronize_srcu(x);"), "6:3: synchronize_srcu() is refused: RCU and"],
  ["a 64-bit atomic", withBody("atomic64_inc(x);"), "6:1: atomic64_inc() is refused"],
  ["another lock", withBody("mutex_lock(x);"), "6:1: mutex_lock() is refused: of the locks"],
  ["an unknown function", withBody("frob(x);"), "6:1: unknown function `frob`"],
  ["a loop", withBody("while (1) ;"), "6:1: `while` is refused"],
  ["an array", withBody("*x = y[1];"), "6:7: `[` is refused: locations are scalars"],
  ["a structure", withBody("*x = y->z;"), "6:7: `->` is refused"],
  ["a wide integer", withBody("long r0;"), "6:1: type `long` is refused"],
  ["a large constant", withBody("WRITE_ONCE(*x, 99999999999);"), "6:16: 99999999999 is refused"],
  ["an increment", withBody("int r0 = 0; r0++;"), "6:15: `++` is refused"],
  ["?:", withBody("int r0 = *x ? 1 : 2;"), "6:13: `?:` is refused"],
  ["&& of accesses", withBody("int r0 = *x && *y;"), "6:16: a memory access to the right of `&&`"],
  [
    "an unknown name",
    withBody("int r0 = z;"),
    "6:10: `z` is neither a local nor a parameter of P0",
  ],
  ["no lvalue", withBody("WRITE_ONCE(x, 1);"), "6:12: WRITE_ONCE takes `*pointer`"],
  ["a wrong count", withBody("smp_mb(x);"), "6:1: smp_mb takes 0 argument(s), found 1"],
  ["a missing semicolon", withBody("smp_mb()\n"), "8:1: expected `;` after a statement"],
  ["an open block", "C t\n{}\nP0(int *x) {\n", "4:1: this block has no `}`"],
  ["processes out of order", "C t\n{}\nP1(int *x) { }\n", "3:1: expected P0"],
  ["no process", "C t\n{}\nexists (true)\n", "3:1: expected `P0(`"],
  ["a parameter by value", "C t\n{}\nP0(int x) { }\n", "3:8: expected `*` in a parameter"],
  ["an unknown register", withBody("", "exists (0:r9=1)"), "8:11: P0 has no local `r9`"],
  ["an unknown process", withBody("", "exists (3:r0=1)"), "8:9: there is no process P3"],
  ["an unknown location", withBody("", "exists (z=1)"), "8:9: unknown location `z`"],
  ["text after the end", withBody("", "exists (x=1) x"), "8:14: unexpected `x` after"],
  [
    "a register's initial value",
    "C t\n{ 0:r0=1; }\nP0(int *x) { }\n",
    "2:7: initial values of registers",
  ],
  [
    "a lock's value",
    "C t\n{}\nP0(spinlock_t *s) { spin_lock(s); }\nexists (s=1)",
    "4:9: the final value of lock `s` is refused",
  ],
  [
    "an access to a lock",
    "C t\n{}\nP0(spinlock_t *s) { WRITE_ONCE(*s, 1); }",
    "3:21: `s` is a lock: only lock operations may access it",
  ],
  ["a lock of an int", withBody("spin_lock(x);"), "6:1: `x` is no spinlock_t"],
  [
    "an unlock of what is not held",
    "C t\n{}\nP0(spinlock_t *s) { spin_unlock(s); }",
    "3:21: P0: this process does not hold the lock",
  ],
  [
    "an integer used as a pointer",
    withBody("int r0 = READ_ONCE(*x); WRITE_ONCE(*r0, 1);"),
    "6:25: P0: 0 is not the address of a location",
  ],
  ["a division by zero", withBody("int r0 = 1 / *x;"), "6:12: P0: division by zero"],
  [
    "a plain-access race",
    "C t\n{}\nP0(int *x) { *x = 1; }\nP1(int *x) {\n  int r0 = READ_ONCE(*x);\n}",
    "3:14: plain-access race on `x` with the access at line 5",
  ],
  [
    "a race of writes",
    "C t\n{}\nP0(int *x) { *x = 1; }\nP1(int *x) { WRITE_ONCE(*x, 2); }",
    "3:14: plain-access race on `x` with the access at line 4",
  ],
  [
    "a race seen only where the plain write is read",
    "C t\n{}\nP0(int *x) { *x = 1; }\nP1(int *x) { int r0 = READ_ONCE(*x); }\nfilter (1:r0=1)",
    "3:14: plain-access race on `x` with the access at line 4",
  ],
  [
    "a race seen only where the plain read comes first",
    "C t\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nP1(int *x) { int r0 = *x; }\nfilter (1:r0=0)",
    "4:23: plain-access race on `x` with the access at line 3",
  ],
  [
    "a race behind an unordered flag",
    "C t\n{}\nP0(int *x, int *y) {\n *x = 1;\n WRITE_ONCE(*y, 1);\n}\n" +
    "P1(int *x, int *y) {\n int r1;\n if (READ_ONCE(*y))\n  r1 = *x;\n}",
    "4:2: plain-access race on `x` with the access at line 10",
  ],
];

Deno.test("litmus: refusals name file, line and column and say why", async (t) => {
  for (const [what, text, wanted] of CASES) {
    await t.step(what, () => {
      const error = assertThrows(() => run(parse("t.litmus", text)), LitmusError);
      assertEquals(error.message.slice(0, 9 + wanted.length), `t.litmus:${wanted}`);
    });
  }
});

Deno.test("litmus: a test beyond the bounds is refused, not cut short", () => {
  const text = withBody("int r0 = READ_ONCE(*x); WRITE_ONCE(*y, 1);");
  assertThrows(() => run(parse("t", text), { maxTraces: 0 }), LitmusError, "too large");
  assertThrows(() => run(parse("t", text), { maxCandidates: 0 }), LitmusError, "too large");
});

Deno.test("litmus: what is nearly refused is accepted", () => {
  for (
    const body of [
      "int r0 = (int)READ_ONCE(*x) && 1;",
      "int *r0 = &*x; WRITE_ONCE(*(r0 + 0), -1);",
      "if (!READ_ONCE(*x)) { smp_mb(); } else if (1) ; else { barrier(); }",
      "r7 = (void)xchg(x, 0x7f);",
    ]
  ) run(parse("t", withBody(body)));
});
