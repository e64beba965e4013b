/** The hardware's scenarios, which a chapter exports as a list, and the mutations as editions. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { command } from "../fixtures/command.ts";

Deno.test("check: a scenario out of a list is found, and says what it covers", async () => {
  const { code, stdout } = await command("check", "hw-superpage", "hw-domain");
  assertEquals(code, 0);
  assertMatch(
    stdout,
    /hw-superpage: ok, holds\n {2}\d+ executions.*every interleaving of cpu \|\| a/,
  );
  assertStringIncludes(stdout, "hw-domain: ok, TLB: NoDmaAfterUnbind in frame 0");
});

Deno.test("check: in the edition of a mutation the law falls that the script names", async () => {
  const { code, stdout } = await command("check", "hw-superpage", "--edition=exact-match");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "hw-superpage: ok, TLB: NoStaleDmaAfterInvalidate in frame 0");
  assertStringIncludes(stdout, "spec/13-hardware-laws.md");
});
