import { assertEquals, assertThrows } from "@std/assert";
import { fixtureResults } from "./support.ts";
import { readJunit, readScenarios } from "../../site/results.ts";

const JUNIT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="3" failures="1" errors="0" time="0.1">
  <testsuite name="./spec/05-attach_test.ts" tests="2" disabled="1" errors="0" failures="1">
    <testcase name="attach: no &quot;device&quot;" classname="./spec/05-attach_test.ts" time="0.002" line="44" col="6">
    </testcase>
    <testcase name="attach: twice" classname="./spec/05-attach_test.ts" time="0.003" line="60" col="6">
      <failure message="Uncaught AssertionError: 1 &lt; 2">AssertionError: 1 &lt; 2</failure>
    </testcase>
    <testcase name="attach: later" classname="./spec/05-attach_test.ts" time="0" line="70" col="6">
      <skipped/>
    </testcase>
  </testsuite>
  <testsuite name="./tests/a_test.ts" tests="1" disabled="0" errors="0" failures="0">
    <testcase name="no chapter" classname="./tests/a_test.ts" time="0" line="1" col="6"/>
  </testsuite>
</testsuites>`;

Deno.test("readJunit: outcome, place and time of each chapter's test", () => {
  assertEquals(readJunit(JUNIT), [
    {
      file: "spec/05-attach.md",
      line: 44,
      name: 'attach: no "device"',
      outcome: "passed",
      seconds: 0.002,
    },
    {
      file: "spec/05-attach.md",
      line: 60,
      name: "attach: twice",
      outcome: "failed",
      seconds: 0.003,
      message: "Uncaught AssertionError: 1 < 2",
    },
    { file: "spec/05-attach.md", line: 70, name: "attach: later", outcome: "ignored", seconds: 0 },
  ]);
});

Deno.test("readScenarios: what it cannot read it names with its place", () => {
  assertThrows(() => readScenarios({}), TypeError, "$ is object, wanted an array");
  assertThrows(() => readScenarios([{}]), TypeError, "$[0].scenario is undefined, wanted a string");
});

Deno.test("readScenarios: what the check prints is read whole, traces too", async () => {
  const { scenarios } = await fixtureResults();
  assertEquals(readScenarios(JSON.parse(JSON.stringify(scenarios))), scenarios);
});
