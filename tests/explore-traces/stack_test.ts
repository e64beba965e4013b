/** Frames of stacks, in the terms of the chapters. */
import { assertEquals } from "@std/assert";
import { callSite, readStack, showPlacesFrom } from "explore/stack.ts";

const places = (stack: string): string[] =>
  readStack(stack).map(({ name, file, line, column }) => `${name} ${file}:${line}:${column}`);

Deno.test("frames of views name the chapter, at the same line", () => {
  assertEquals(
    places(`Error: x
    at io_mm_detach (file:///home/me/sva-spec/spec/06-detach.ts:12:3)
    at io_mm_detach.next (<anonymous>)
    at file:///home/me/sva-spec/spec/06-detach_test.ts:30:5
    at unbind (file:///home/me/sva-spec/spec/09-driver.md:7:1)
    at unbind (spec/09-driver.ts:8:1)`),
    [
      "io_mm_detach spec/06-detach.md:12:3",
      "(anonymous) spec/06-detach.md:30:5",
      "unbind spec/09-driver.md:7:1",
      "unbind spec/09-driver.md:8:1",
    ],
  );
});

Deno.test("frames of the explorer and of the engine are left out, those of the kernel stay", () => {
  assertEquals(
    places(`Error
    at touch (file:///r/src/explore/memory.ts:1:1)
    at list_del (file:///r/src/kernel/list.ts:2:2)
    at iommu_bond.get io_mm (file:///r/spec/01-structures.ts:3:3)
    at Object.probe [as setup] (file:///r/spec/02-cast.ts:4:4)
    at resume (file:///r/src/explore/task.ts:5:5)
    at caller (file:///r/spec/03-alloc.ts:6:6)`),
    [
      "list_del src/kernel/list.ts:2:2",
      "io_mm spec/01-structures.md:3:3",
      "probe spec/02-cast.md:4:4",
    ],
  );
});

Deno.test("the stacks of other engines are read too", () => {
  assertEquals(places("io_mm_detach@https://example.org/spec/06-detach.ts:12:3\n@x.js:1:2"), [
    "io_mm_detach spec/06-detach.md:12:3",
    "(anonymous) x.js:1:2",
  ]);
});

Deno.test("places outside the book are told from the folder that was set", () => {
  showPlacesFrom("file:///r/");
  assertEquals(places("    at f (file:///r/mine/a.ts:1:2)\n    at g (file:///s/b.ts:3:4)"), [
    "f mine/a.ts:1:2",
    "g /s/b.ts:3:4",
  ]);
  showPlacesFrom("");
});

Deno.test("a reader looks first at the innermost frame that is not the kernel's", () => {
  const frames = readStack(`
    at list_del (file:///r/src/kernel/list.ts:2:2)
    at io_mm_detach (file:///r/spec/06-detach.ts:3:3)`);
  assertEquals(callSite(frames)?.name, "io_mm_detach");
  assertEquals(callSite(frames.slice(0, 1))?.name, "list_del");
  assertEquals(callSite([]), null);
});
