import { assert, assertEquals } from "@std/assert";
import { main } from "../../src/cli/litmus.ts";

const here = new URL("./", import.meta.url).pathname;

/** Runs the verb; gives its exit code and what it wrote. */
function verb(...args: string[]): { code: number; out: string; err: string } {
  const { log, error } = console;
  const written = { out: "", err: "" };
  console.log = (text: string) => written.out += text + "\n";
  console.error = (text: string) => written.err += text + "\n";
  try {
    return { code: main(args), ...written };
  } finally {
    console.log = log;
    console.error = error;
  }
}

Deno.test("litmus verb: prints as herd7 does", () => {
  const { code, out, err } = verb(`${here}SB.litmus`);
  assertEquals([code, err], [0, ""]);
  assertEquals(
    out.trim().split("\n"),
    [
      "Test SB Allowed",
      "States 4",
      "0:r0=0; 1:r0=0;",
      "0:r0=0; 1:r0=1;",
      "0:r0=1; 1:r0=0;",
      "0:r0=1; 1:r0=1;",
      "Ok",
      "Witnesses",
      "Positive: 1 Negative: 3",
      "Condition exists (0:r0=0 /\\ 1:r0=0)",
      "Observation SB Sometimes 1 3",
    ],
  );
});

Deno.test("litmus verb: addresses, ~exists and time", () => {
  const pointers = verb(`${here}MP+assign+deref.litmus`, "--time");
  assertEquals(pointers.code, 0);
  assert(pointers.out.includes("1:r0=z; 1:r1=2;"), pointers.out);
  assert(/\nTime MP\+assign\+deref [0-9]+\.[0-9]{2}\n/.test(pointers.out), pointers.out);
  const forbidden = verb(`${here}mutual-exclusion.litmus`);
  assert(forbidden.out.startsWith("Test mutual-exclusion Forbidden\n"));
  assert(forbidden.out.includes("\nOk\nWitnesses\nPositive: 2 Negative: 0\n"), forbidden.out);
  assert(forbidden.out.includes("Observation mutual-exclusion Never 0 2"), forbidden.out);
});

Deno.test("litmus verb: exit 1 where the Result comment is not matched", () => {
  const { code, err } = verb(`${here}bad/mismatch.litmus`, `${here}SB.litmus`);
  assertEquals(code, 1);
  assert(err.includes("mismatch.litmus: Cannot confirm Result: Sometimes: the model says Never"));
});

Deno.test("litmus verb: exit 2 for what it refuses or cannot read, after the rest has run", () => {
  const { code, out, err } = verb(`${here}bad/rcu.litmus`, `${here}none`, `${here}SB.litmus`);
  assertEquals(code, 2);
  assert(err.includes("bad/rcu.litmus:11:2: rcu_read_lock() is refused"), err);
  assert(err.includes("none: no such file"), err);
  assert(out.includes("Test SB Allowed"));
  assertEquals(verb().code, 2);
  assertEquals(verb("--frob", `${here}SB.litmus`).code, 2);
  assertEquals(verb("--help").code, 0);
});

Deno.test("litmus verb: --json is one array with an entry for each file", () => {
  const { code, out } = verb("--json", `${here}SB.litmus`, `${here}bad/rcu.litmus`);
  assertEquals(code, 2);
  const [first, second] = JSON.parse(out);
  assertEquals([first.name, first.observation, first.positive], ["SB", "Sometimes", 1]);
  assertEquals(first.states[0], { "0:r0": "0", "1:r0": "0" });
  assert(second.error.includes("bad/rcu.litmus:11:2:"));
});
