/** The page of all scenarios. */
import { type Html, markup } from "../html.ts";
import type { ScenarioResult } from "../results.ts";
import { isUnexpected, scenarioCards, scenarioId, verdictText } from "../scenario.ts";
import { count, duration } from "../tests.ts";
import { type LayoutData, shell } from "./shell.ts";

/** Sets a table of all results, then each with its counterexample. */
export default function layout(data: LayoutData): string {
  const { scenarios } = data.results;
  const names = (data.results.known ?? []).map(({ scenario }) => scenario);
  const main = markup`
    <article>
    <h1>All scenarios</h1>
    <p>A scenario puts a few threads on a few devices and address spaces. The explorer runs every order
    of their steps within the stated scope, and the sanitizers watch. These are the results of the run
    that built this page.</p>
    ${scenarios === undefined ? NOT_RUN : overview(scenarios)}
    ${names.map((name) => scenarioCards(name, data.results, data.url, data.book))}
    </article>`;
  const description = "Every scenario that the book explores, with its verdict and its numbers.";
  return shell(data, { main, description, kind: "scenarios" });
}

const NOT_RUN = markup`
  <p><span class="chip unknown">not run</span> This build did not explore any scenario.</p>`;

function overview(scenarios: readonly ScenarioResult[]): Html {
  return markup`
    <div class="scroll" tabindex="0">
    <table>
    <thead><tr>
      <th scope="col">Scenario</th>
      <th scope="col">Edition</th>
      <th scope="col">Found</th>
      <th scope="col" class="count">Executions</th>
      <th scope="col" class="count">Steps</th>
      <th scope="col" class="count">Time</th>
    </tr></thead>
    <tbody>
    ${scenarios.map(row)}
    </tbody>
    </table>
    </div>`;
}

function row(result: ScenarioResult): Html {
  const { scenario, edition, expected, executions, steps, seconds } = result;
  const found = verdictText(result);
  return markup`
    <tr>
    <th scope="row"><a href="#${scenarioId(scenario)}">${scenario}</a></th>
    <td>${edition}</td>
    <td>${isUnexpected(result) ? `${found} (expected: ${expected})` : found}</td>
    <td class="count">${count(executions)}</td>
    <td class="count">${count(steps)}</td>
    <td class="count">${duration(seconds)}</td>
    </tr>`;
}
