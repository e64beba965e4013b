import { assertEquals, assertStringIncludes } from "@std/assert";
import { tempFolder } from "../fixtures/temp.ts";
import { readArguments } from "../../site/build.ts";
import { Files, readPort } from "../../site/serve.ts";

Deno.test("readPort: a port, none, or what is wrong", () => {
  assertEquals(readPort([]), undefined);
  assertEquals(readPort(["--port=8123"]), 8123);
  assertEquals(readPort(["--port", "8123"]), 8123);
  assertEquals(readPort(["--port=0"]), 0);
  assertEquals(readPort(["--port=x"]), 'Cannot serve on port "x": wanted a number from 0 to 65535');
  assertEquals(readPort(["--port="]), 'Cannot serve on port "": wanted a number from 0 to 65535');
  assertEquals(readPort(["--open"]), "Cannot serve: unknown argument --open");
  assertEquals(readPort(["--port=1", "2"]), "Cannot serve: unknown argument 2");
});

Deno.test("readArguments: driver, folder and flag, or what is wrong", () => {
  assertEquals(readArguments([]), { driver: "auto", dest: "_site", run: true });
  assertEquals(readArguments(["lite", "out", "--no-run"]), {
    driver: "lite",
    dest: "out",
    run: false,
  });
  assertEquals(readArguments(["hugo"]), "Cannot build with hugo: wanted auto, lume or lite");
  assertEquals(readArguments(["lite", "out", "more"]), "Cannot build: unknown argument more");
  assertEquals(readArguments(["--fast"]), "Cannot build: unknown argument --fast");
});

Deno.test("Files: pages, folders without their slash, and what is not there", async () => {
  const folder = tempFolder("site-test-");
  await Deno.mkdir(`${folder}/a`);
  await Deno.writeTextFile(`${folder}/a/index.html`, "<body>A</body>");
  await Deno.writeTextFile(`${folder}/a/x.css`, "a {}");
  const files = new Files();
  assertEquals(files.respond("/a/", { reload: true }).status, 404);
  await files.load(folder);
  const found = files.respond("/a/", { reload: true });
  assertEquals(found.headers.get("content-type"), "text/html; charset=utf-8");
  assertStringIncludes(await found.text(), "EventSource");
  assertEquals(await files.respond("/a/x.css", { reload: true }).text(), "a {}");
  assertEquals(files.respond("/a", { reload: true }).headers.get("location"), "/a/");
  assertEquals(files.respond("/../deno.json", { reload: true }).status, 404);
});
