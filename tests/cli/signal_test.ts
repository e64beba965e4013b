/** What only a process of its own can show: Ctrl-C. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fixture } from "../fixtures/command.ts";

const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;

function start(...args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command("deno", {
    args: ["run", "--no-prompt", "--allow-read", "--allow-env=INIT_CWD", main, "check", ...args],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test("check: Ctrl-C ends long work with what was covered; progress went to stderr", async () => {
  const child = start(fixture("wide.ts"), "--mode=naive");
  const [stdout, stderr] = [new Response(child.stdout).text(), startedReading(child.stderr)];
  await stderr.first;
  child.kill("SIGINT");
  const { code, signal } = await child.status;
  assertEquals([code, signal], [1, null]);
  assertStringIncludes(await stdout, "wide: NOT AS EXPECTED, bounded");
  assertMatch(
    await stderr.all,
    /wide: \d+ executions, \d+ steps, \d+ executions\/s, [a-z0-9 ]+ left/,
  );
});

/** Reads a stream to its end, and tells when the first text has come. */
function startedReading(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const first = Promise.withResolvers<void>();
  const all = (async () => {
    let text = "";
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      text += part;
      first.resolve();
    }
    first.resolve();
    return text;
  })();
  return { first: first.promise, all };
}
