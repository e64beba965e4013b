/** What the leak check takes for a root, and for how long. */
import { assertEquals, assertThrows } from "@std/assert";
import { KernelFault } from "explore/fault.ts";
import { keep } from "explore/leak.ts";
import { run } from "explore/run.ts";
import { create, int, struct } from "explore/struct.ts";
import type { Task } from "explore/task.ts";

class widget extends struct("widget", { value: int }) {}

function leakOf(body: () => Task): string {
  return assertThrows(() => run(body), KernelFault).kind;
}

Deno.test("leak check: an object that nothing points to is a leak, a kept one is not", () => {
  run(function* () {
    keep(create(widget));
  });
  assertEquals(
    leakOf(function* () {
      create(widget);
    }),
    "unreferenced object",
  );
});

Deno.test("leak check: a root does not outlive its storage", () => {
  const addresses: number[] = [];
  run(function* () {
    addresses.push(keep(create(widget)).address);
  });
  leakOf(function* () {
    addresses.push(create(widget).address);
  });
  assertEquals(addresses[0], addresses[1]);
});

Deno.test("module code allocates in the static region, before and after a run", () => {
  run(function* () {});
  const after = keep(create(widget)).address;
  const inside = run(function* () {
    return keep(create(widget)).address;
  });
  assertEquals(inside, after + 2);
});
