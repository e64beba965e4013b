/**
 * The Worker behind a batch of scenarios: loads a text by itself, and explores one scenario of it after
 * the other, each time the next that nobody has. It reads files and does nothing else.
 */
import { exploring } from "explore/explore.ts";
import type { Scenario } from "explore/scenario.ts";
import { openText } from "./address.ts";
import {
  type BatchAssignment,
  type Explored,
  type FromBatchWorker,
  NEXT,
  STOP,
} from "./batch_messages.ts";
import { drive } from "./drive.ts";
import { isLarge } from "./large.ts";
import { takenApart } from "./thrown.ts";

/** The Worker's own end; the types of a window do not have it. */
const port = self as unknown as {
  postMessage(message: FromBatchWorker): void;
  onmessage: (event: MessageEvent<BatchAssignment>) => void;
};

port.onmessage = async ({ data: assignment }: MessageEvent<BatchAssignment>) => {
  const { shared, scenarios, text } = assignment;
  try {
    const source = await openText(text);
    for (;;) {
      const index = Atomics.add(shared, NEXT, 1);
      if (index >= scenarios.length || Atomics.load(shared, STOP) !== 0) break;
      const named = scenarios[index]?.name;
      const scenario = source.scenarios.find(({ name }) => name === named);
      if (scenario === undefined) throw new Error(`Cannot find ${named} in a worker`);
      try {
        port.postMessage({ index, explored: explore(assignment, index, scenario) });
      } catch (error) {
        port.postMessage({ index, error: takenApart(error) });
      }
    }
  } catch (error) {
    port.postMessage({ error: takenApart(error) });
  }
  port.postMessage({ hasEnded: true });
};

function explore(
  { shared, scenarios, options }: BatchAssignment,
  index: number,
  scenario: Scenario,
): Explored {
  const canSplit = scenarios[index]?.canSplit === true;
  let isDropped = false;
  const verdict = drive(
    exploring(scenario, options),
    (soFar) => {
      const isStopped = Atomics.load(shared, STOP) !== 0;
      isDropped = !isStopped && canSplit && isLarge(soFar);
      return !isStopped && !isDropped;
    },
    (soFar) => port.postMessage({ index, soFar }),
  );
  return { verdict, isDropped };
}
