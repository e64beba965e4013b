/** The page of all scenarios. */
import { inlineCode, markup } from "../html.ts";
import { scenarioCards, scenarioId } from "../scenario.ts";
import { count, duration } from "../tests.ts";
import { type LayoutData, shell } from "./shell.ts";

/** Sets a table of all results, then each with its counterexample. */
export default function layout(data: LayoutData): string {
  const scenarios = data.results.scenarios;
  const names = [...new Set((scenarios ?? []).map(({ scenario }) => scenario))];
  const main = markup`<article>
<h1>All scenarios</h1>
<p>A scenario puts a few threads on a few devices and address spaces. The explorer runs every order of their
steps within the stated scope, and the sanitizers watch. These are the results of the run that built this page.</p>
${
    scenarios === undefined
      ? markup`<p><span class="chip unknown">not run</span> This build did not explore any scenario.</p>`
      : markup`
        <div class="scroll" tabindex="0">
          <table>
            <thead>
              <tr>
                <th scope="col">Scenario</th>
                <th scope="col">Edition</th>
                <th scope="col">Found</th>
                <th scope="col">Executions</th>
                <th scope="col">Steps</th>
                <th scope="col">Time</th>
              </tr>
            </thead>
            <tbody>
        ${
        scenarios.map((result) =>
          markup`
            <tr>
              <th scope="row"><a href="#${scenarioId(result.scenario)}">${result.scenario}</a></th>
              <td>${result.edition}</td>
              <td>${result.found}${
            result.found !== result.expected && markup`
                (expected: ${inlineCode(result.expected)})
              `
          }</td>
              <td class="count">${count(result.executions)}</td>
              <td class="count">${count(result.steps)}</td>
              <td class="count">${duration(result.seconds)}</td>
            </tr>
          `
        )
      }</tbody>
          </table>
        </div>
        ${names.map((name) => scenarioCards(name, data.results, data.url, data.book))}
      `
  }
</article>`;
  const description = "Every scenario that the book explores, with its verdict and its numbers.";
  return shell(data, { main, description, kind: "scenarios" });
}
