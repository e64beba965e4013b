/** `deno task hw`: the traces in tests/hw, and what is said of those that are wrong. */
import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";

const folder = new URL("hw/", import.meta.url);
const { tangleFolder } = await import("../src/literate/files.ts");

/** Runs `src/cli/hw.ts` on a text. The views it loads are written first, as the task does. */
async function hw(input: string, ...args: readonly string[]) {
  tangleFolder("spec");
  const process = new Deno.Command("deno", {
    args: ["run", "--no-prompt", "--allow-read=spec,src", "src/cli/hw.ts", ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  // A process that refuses its arguments does not read.
  await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

for (const name of ["outcomes", "unmap", "devices", "tags", "pages", "random"]) {
  const text = Deno.readTextFileSync(new URL(`${name}.jsonl`, folder));

  Deno.test(`hw: ${name}.jsonl is what is printed, from its commands alone and as it stands`, async () => {
    assertEquals(await hw(text), { code: 0, stdout: text, stderr: "" });
    const commands = text.replaceAll(/,"allowed":\[.*\](?=\}$)/gm, "");
    assertEquals(commands.includes("allowed"), false);
    assertEquals((await hw(commands)).stdout, text);
  });
}

Deno.test("hw: random commands are those of their seed, as in random.jsonl", async () => {
  const text = Deno.readTextFileSync(new URL("random.jsonl", folder));
  const commands = text.replaceAll(/,"(?:answer|allowed)":.*(?=\}$)/gm, "");
  assertEquals(await hw("", "--random=7", "--lines=120"), {
    code: 0,
    stdout: commands,
    stderr: "",
  });
  assertNotEquals((await hw("", "--random=8", "--lines=120")).stdout, commands);
  const alone = await hw("", "--lines=120");
  assertEquals(alone.code, 2);
  assertStringIncludes(alone.stderr, "Cannot use --lines: wanted --random with it");
});

Deno.test("hw: an answer that is not allowed ends with 1 and the line", async () => {
  const text = Deno.readTextFileSync(new URL("unmap.jsonl", folder));
  const stale = '{"do":"ats","device":0,"pasid":1,"address":"0x1000","access":"write",' +
    '"answer":{"is":"translation","rights":"rw","field":"0x5000"}}';
  const lines = text.trimEnd().split("\n");
  assertEquals((await hw([...lines.slice(0, 11), stale].join("\n"))).code, 0, "before the fence");
  const { code, stderr } = await hw([...lines.slice(0, 12), stale].join("\n"));
  assertEquals(code, 1);
  assertStringIncludes(stderr, "-:13: Cannot allow");
  assertStringIncludes(stderr, 'wanted one of [{"is":"not present"}]');
});

Deno.test("hw: what cannot be read ends with 2, line and column", async () => {
  const { code, stderr, stdout } = await hw('{"do":"fence"}\n\n{"do":"fence","tag":1}\n');
  assertEquals([code, stdout], [2, '{"do":"fence","allowed":[{"is":"done"}]}\n']);
  assertEquals(stderr, '-:3:15: Cannot read "tag": "fence" has no such field\n');
  const late = await hw('{"do":"fence"}\n{"do":"machine"}\n');
  assertEquals(late.code, 2);
  assertStringIncludes(late.stderr, "-:2:1: Cannot change the machine");
  const usage = await hw("", "commands.jsonl");
  assertEquals(usage.code, 2);
  assertStringIncludes(usage.stderr, "usage: deno task hw < COMMANDS");
});
