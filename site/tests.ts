/** How the results of a chapter's tests look on its page. */
import type { Chapter, Fence } from "./book.ts";
import { type Html, markup } from "./html.ts";
import type { Results, TestResult } from "./results.ts";

/** The tests of a fence, joined by line; nothing when the tests were not run. */
export function testsOf(results: Results, chapter: Chapter, fence: Fence): readonly TestResult[] {
  return (results.tests ?? []).filter(({ file, line }) =>
    file.endsWith(chapter.file) && fence.open < line && line < fence.close
  );
}

/** How the tests of a fence went, in a word or two. */
export function testChip(results: Results, chapter: Chapter, fence: Fence): Html {
  if (!fence.hasTests) return markup`<span class="chip none">for the tests below</span>`;
  const tests = testsOf(results, chapter, fence);
  if (tests.length === 0) return markup`<span class="chip unknown">not run</span>`;
  const failed = tests.filter(({ outcome }) => outcome === "failed");
  const ignored = tests.filter(({ outcome }) => outcome === "ignored").length;
  const time = duration(tests.reduce((sum, { seconds }) => sum + seconds, 0));
  const count = tests.length === 1 ? "" : `${tests.length} `;
  if (failed.length > 0) {
    return markup`
      <span class="chip bad">${failed.length} of ${tests.length} failed</span>
      <details class="failure">
        <summary>What failed</summary>
        <pre tabindex="0">${
      failed.map(({ name, message }) => `${name}\n${message ?? ""}`).join(
        "\n\n",
      )
    }</pre>
      </details>
    `;
  }
  if (ignored > 0) return markup`<span class="chip unknown">${ignored} ignored</span>`;
  return markup`<span class="chip good">${count}passed</span>
<span class="time">${time}</span>`;
}

/** All tests of a chapter, counted: for the head of its page and for the contents. */
export function chapterChip(results: Results, chapter: Chapter): Html {
  const fences = chapter.fences.filter(({ hasTests }) => hasTests);
  if (fences.length === 0) return markup`<span class="chip none">no tests</span>`;
  const tests = fences.flatMap((fence) => testsOf(results, chapter, fence));
  const unseen = fences.filter((fence) => testsOf(results, chapter, fence).length === 0).length;
  const failed = tests.filter(({ outcome }) => outcome === "failed").length;
  const passed = tests.filter(({ outcome }) => outcome === "passed").length;
  if (tests.length === 0) return markup`<span class="chip unknown">tests not run</span>`;
  if (failed > 0) {
    return markup`<span class="chip bad">${failed} of ${tests.length} tests failed</span>`;
  }
  if (unseen > 0 || passed < tests.length) {
    return markup`<span class="chip unknown">${passed} tests passed, some not run</span>`;
  }
  return markup`<span class="chip good">${passed} ${passed === 1 ? "test" : "tests"} passed</span>`;
}

/** A time that a reader can compare: `12 ms`, `3.4 s`. */
export function duration(seconds: number): string {
  if (seconds < 0.0005) return "under 1 ms";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`;
}

/** A whole number with thin groups of three: `12 345`. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
