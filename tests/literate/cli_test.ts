// Goal: the verbs tangle, untangle and dev say what they did and end with the right code.
// Method: tangle and untangle are called with a captured console, dev runs as a process.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { main as positions } from "../../src/cli/positions.ts";
import { main as tangle } from "../../src/cli/tangle.ts";
import { main as untangle } from "../../src/cli/untangle.ts";
import { COUNTER, text, USER, withBook } from "./support.ts";

const BOOK = { "01-counter.md": COUNTER, "02-user.md": USER };

/** Runs an action and returns its result and what it printed. */
async function captured<T>(action: () => T | Promise<T>): Promise<readonly [T, string]> {
  const { log, error } = console;
  const lines: string[] = [];
  console.log = console.error = (line: string) => void lines.push(line);
  try {
    return [await action(), lines.join("\n")];
  } finally {
    console.log = log;
    console.error = error;
  }
}

Deno.test("tangle says how many views it wrote, and 1 with the places for a broken book", async () => {
  await withBook(BOOK, async (folder) => {
    assertEquals(await captured(() => tangle([`${folder}/spec/`])), [
      0,
      "4 views, 4 written, 0 removed",
    ]);
    Deno.writeTextFileSync(`${folder}/spec/03-bad.md`, text("# b", "```ts", "```", "```ts"));
    const [code, output] = await captured(() => tangle([`${folder}/spec`]));
    assertEquals(code, 1);
    assertEquals(
      output,
      `${folder}/spec/03-bad.md:4:1: [unclosed-fence] Cannot find the end of the fence`,
    );
  });
});

Deno.test("tangle reports an edition that cannot be composed", async () => {
  const errata = text(
    "# 14 Errata",
    "```ts edition=mended",
    "export const twice = 1;",
    "",
    "export const twice = 2;",
    "```",
  );
  await withBook({ ...BOOK, "14-errata.md": errata }, async (folder) => {
    const [code, output] = await captured(() => tangle([`${folder}/spec`]));
    assertEquals(code, 1);
    assertStringIncludes(output, "14-errata.md:5:1: [duplicate-name]");
  });
});

Deno.test("untangle names the chapters that changed, and 1 when a rule is broken now", async () => {
  await withBook(BOOK, async (folder) => {
    await captured(() => tangle([`${folder}/spec`]));
    const path = `${folder}/spec/02-user.ts`;
    const view = Deno.readTextFileSync(path);
    assertEquals(await captured(() => untangle([`${folder}/spec`])), [0, "0 chapters changed"]);
    Deno.writeTextFileSync(path, view.replace("put(2)", "put(3)"));
    const [code, output] = await captured(() => untangle([`${folder}/spec`]));
    assertEquals([code, output], [0, `1 chapters changed\n  ${folder}/spec/02-user.md`]);
    const renamed = Deno.readTextFileSync(path).replace("function twice", "function thrice");
    Deno.writeTextFileSync(path, renamed);
    const [broken, report] = await captured(() => untangle([`${folder}/spec`]));
    assertEquals(broken, 1);
    assertStringIncludes(report, "02-user.md:3:4: [missing-definition]");
    assertStringIncludes(Deno.readTextFileSync(`${folder}/spec/02-user.md`), "function thrice");
  });
});

Deno.test("bad usage is told, with code 2", async () => {
  for (const verb of [tangle, untangle]) {
    for (const args of [["a", "b"], ["--help"], ["/no/such/folder"], ["deno.json"]]) {
      const [code, output] = await captured(() => verb(args));
      assertEquals(code, 2);
      assertEquals(output.length > 0, true);
    }
  }
  assertEquals((await captured(() => positions(["publish"])))[0], 2);
  assertEquals((await captured(() => positions(["--book=spec"])))[0], 2);
});

Deno.test("dev tangles again when a chapter is saved", async () => {
  await withBook(BOOK, async (folder) => {
    const root = `${folder}/spec`;
    const child = new Deno.Command("deno", {
      args: [
        "run",
        "--quiet",
        `--allow-read=${root}`,
        `--allow-write=${root}`,
        "src/cli/dev.ts",
        root,
      ],
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const until = async (wanted: string) => {
      let seen = "";
      while (!seen.includes(wanted)) {
        const { value, done } = await output.read();
        if (done) throw new Error(`dev ended before "${wanted}": ${seen}`);
        seen += value;
      }
    };
    try {
      await until("watching");
      const saved = USER.replace("# 02 User", "# 02 Reader");
      Deno.writeTextFileSync(`${root}/02-user.md`, saved);
      await until("02-user.ts");
      assertStringIncludes(Deno.readTextFileSync(`${root}/02-user.ts`), "//|# 02 Reader");
    } finally {
      child.kill();
      await output.cancel();
      await child.stderr.cancel();
      await child.status;
    }
  });
});
