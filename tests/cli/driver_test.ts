/** `deno task check --driver`: a reader's IOMMU driver against the contract. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { command, fixture } from "../fixtures/command.ts";

Deno.test("check: --driver says which law a wrong driver breaks, and by which schedule", async () => {
  const { code, stdout } = await command("check", `--driver=${fixture("atc_first_driver.ts")}`);
  assertEquals(code, 1);
  assertStringIncludes(stdout, "atc-first-invalidate: munmap || a DMA write");
  assertStringIncludes(stdout, "TLB: OrderIotlbBeforeAtc in frame 0");
  assertStringIncludes(stdout, "ATC_INV: execute ATC_INV");
  assertEquals(stdout.match(/holds, in all of \d+ states/g)?.length, 3);
});

Deno.test("check: the driver that the chapter shows is the fixture, and is told what stands there", async () => {
  const chapter = Deno.readTextFileSync(new URL("../../spec/12-iommu-drivers.md", import.meta.url));
  const [, shown, said] = /```ts ignore\n(import[\s\S]*?)```\n[\s\S]*?```text\n([\s\S]*?)```/
    .exec(chapter) ?? [];
  const path = fixture("atc_first_driver.ts");
  const text = Deno.readTextFileSync(new URL("../fixtures/atc_first_driver.ts", import.meta.url));
  assertEquals(text.slice(text.indexOf("import")), shown);
  assertEquals(`${(await command("check", `--driver=${path}`)).stdout}\n`, said);
});

Deno.test("check: --driver wants a driver, and nothing beside it", async () => {
  const none = await command("check", `--driver=${fixture("scenarios.ts")}`);
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, 'wanted an export "driver"');
  const both = await command("check", "--driver=a.ts", "--json");
  assertEquals(both.code, 2);
  assertStringIncludes(both.stderr, "Cannot use --driver with anything else");
});
