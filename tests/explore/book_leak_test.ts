/**
 * Goal: what the patch could lose is missed when it is lost. Method: a bind and an exit of the book,
 * in which one reference or object is not given back; beside it the same with all given back.
 */
import { assertEquals } from "@std/assert";
import { explore } from "explore/explore.ts";
import { scenario } from "explore/scenario.ts";
import type { Task } from "explore/task.ts";
import { type kref, kref_get } from "linux/kref.ts";
import { list_del, type list_head } from "linux/list.ts";
import { mmdrop, mmgrab } from "linux/mm.ts";
import type { mm_struct } from "linux/mm_types.ts";
import { readChapters } from "../../src/literate/files.ts";
import { loadEdition } from "../../src/literate/load.ts";

/** What this test uses of the book, whose views need not be there before it runs. */
interface Book {
  startProcess(pages: number): Task<mm_struct>;
  exit_mm(mm: mm_struct): Task;
  io_mm_put(shared: Shared): Task;
  allBonds(): Bond[];
  checkFinalLaws(): void;
  exitIdle(): Task<number>;
  readyDevice(name: string, handler: Book["exitIdle"]): Task<unknown>;
  bindIdle(dev: unknown, mm: mm_struct): Task<Binding>;
}

interface Binding {
  readonly mm: mm_struct;
}

interface Shared {
  readonly kref: kref;
}

interface Bond {
  readonly io_mm: Shared;
  readonly mm_head: list_head;
  readonly domain_head: list_head;
  readonly dev_head: list_head;
}

const { modules } = await loadEdition({
  chapters: readChapters(new URL("../../spec", import.meta.url).pathname),
  resolve: (specifier) => import.meta.resolve(specifier),
});
const {
  startProcess,
  exit_mm,
  io_mm_put,
  allBonds,
  checkFinalLaws,
  exitIdle,
  readyDevice,
  bindIdle,
}: Book = Object.assign({}, ...modules.values());

/** What is found when a bound process does `body` and then dies: by the laws, or without them. */
function foundAfter(body: Body, laws: boolean): string[] {
  const { findings, exhaustive } = explore(
    scenario({
      name: "lost",
      title: "exit",
      about: "Is it missed?",
      *setup() {
        return yield* bindIdle(yield* readyDevice("nic", exitIdle), yield* startProcess(0));
      },
      threads: {
        *exit(bound) {
          yield* body(bound);
          yield* exit_mm(bound.mm);
        },
      },
      finally: () => laws ? checkFinalLaws() : undefined,
      expect: { verdict: "holds" },
    }),
    { mode: "reduced" },
  );
  assertEquals(exhaustive, true);
  return findings.map(({ sanitizer, subject }) => `${sanitizer}: ${subject}`);
}

// deno-lint-ignore require-yield
function* unlink(): Task {
  for (const bond of allBonds()) {
    for (const link of [bond.mm_head, bond.domain_head, bond.dev_head]) list_del(link);
  }
}

const cases: Record<string, readonly [law: string, leak: string[], seeded: Body, harmless: Body]> =
  {
    "a bond": [
      "law: no PASID is held without a bond",
      ["kmemleak: iommu_bond"],
      unlink,
      function* () {},
    ],
    "a reference on an io_mm, with it its PASID": [
      "law: no PASID is held without a bond",
      // The IDR still knows it: only the law can tell.
      [],
      function* () {
        for (const { io_mm } of allBonds()) yield* kref_get(io_mm.kref);
      },
      function* () {
        for (const { io_mm } of allBonds()) {
          yield* kref_get(io_mm.kref);
          yield* io_mm_put(io_mm);
        }
      },
    ],
    "a reference on an mm": [
      "law: no mm stays without users",
      ["kmemleak: mm_struct"],
      ({ mm }) => grab(mm),
      function* ({ mm }) {
        yield* grab(mm);
        yield* mmdrop(mm);
      },
    ],
  };

type Body = (bound: Binding) => Task;

function* grab(mm: Binding["mm"]): Task {
  yield* mmgrab(mm);
}

for (const [what, [law, leak, seeded, harmless]] of Object.entries(cases)) {
  Deno.test(`leaks: ${what} that is lost is missed`, () => {
    assertEquals(foundAfter(seeded, true), [law]);
    assertEquals(foundAfter(seeded, false), leak);
    assertEquals([...foundAfter(harmless, true), ...foundAfter(harmless, false)], []);
  });
}
