/** The README's worked example: the README is an edition, and gives the report that it shows. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { command, fixture } from "../fixtures/command.ts";
import { present } from "../fixtures/present.ts";

const path = fixture("../../README.md");
const readme = Deno.readTextFileSync(path);

/** The bodies of the fences of `language` under the heading `title`. */
function fences(title: string, language: string): string[] {
  const section = present(readme.split(/^## /m).find((part) => part.startsWith(title)), title);
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, word]) => word === language)
    .map(([, , body = ""]) => body);
}

Deno.test("README: the worked example prints what the README says", async () => {
  const [line = ""] = fences("Try a change", "sh");
  const words = line.trim().split(" ");
  assertEquals(words.slice(0, 3), ["deno", "task", "check"]);
  const args = words.slice(2).map((word) => word.replace("README.md", path));
  const { code, stdout } = await command(...args);
  assertEquals(code, 1);
  const [report = ""] = fences("Try a change", "text");
  for (const wanted of report.trimEnd().split("\n")) assertStringIncludes(stdout, wanted);
});

Deno.test("README: each command that it names is a task, each option is read", async () => {
  const tasks = Object.keys(JSON.parse(Deno.readTextFileSync(fixture("../../deno.json"))).tasks);
  for (const [, task = ""] of readme.matchAll(/\btask ([a-z:]+)/g)) {
    assert(tasks.includes(task), `there is no task ${task}`);
  }
  for (const [, option = ""] of readme.matchAll(/`--([a-z-]+)/g)) {
    const verb = ["format", "relaxed"].includes(option) ? "replay" : "check";
    // An empty value is wrong for every option, and the message tells how a known one is written.
    const { code, stderr } = await command(verb, `--${option}=`);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `wanted --${option}`);
  }
});

Deno.test("README: links lead to files of the repository", () => {
  for (const [, target = ""] of readme.matchAll(/\]\(((?!https?:)[^)]+)\)/g)) {
    assert(Deno.statSync(fixture(`../../${target}`)).isFile, target);
  }
});
