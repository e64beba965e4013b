/**
 * The Worker behind `--workers`: loads a text by itself, and runs the parts that it is handed. It
 * reads files and does nothing else.
 */
import type { Progress } from "explore/explore.ts";
import { Parts, type PartsSetup } from "explore/parts.ts";
import type { Scenario } from "explore/scenario.ts";
import type { Premise } from "explore/search/share.ts";
import { openText, type TextAddress } from "./address.ts";
import { drive } from "./drive.ts";
import { takenApart, type Thrown } from "./thrown.ts";

/** Which scenario of which text. */
export interface Assignment {
  readonly text: TextAddress;
  readonly scenario: string;
  readonly setup: PartsSetup;
  /** One number; anything but 0 tells the worker to stop. */
  readonly stop: Int32Array;
}

/** What a Worker is asked. */
export type Question =
  | { readonly id: number; readonly prepare: Premise }
  | { readonly id: number; readonly run: number; readonly premise: Premise };

/** What it is told first, and then asked. */
export type ToWorker = { readonly id: number; readonly open: Assignment } | Question;

/** What it says: an answer, what went wrong, or how far it is in between. */
export type FromWorker =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: Thrown }
  | { readonly soFar: Progress };

let parts: Parts<unknown> | null = null;
let stop: Int32Array = new Int32Array(1);

/** The Worker's own end; the types of a window do not have it. */
const port = self as unknown as {
  postMessage(message: FromWorker): void;
  onmessage: (event: MessageEvent<ToWorker>) => void;
};

function say(message: FromWorker): void {
  port.postMessage(message);
}

async function open(assignment: Assignment): Promise<null> {
  const { text, scenario: name, setup } = assignment, source = await openText(text);
  const scenario = source.scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`Cannot find ${name} in a worker`);
  parts = new Parts(scenario as Scenario, setup);
  stop = assignment.stop;
  return null;
}

function run(part: number, premise: Premise): unknown {
  const running = (parts as Parts<unknown>).run(part, premise);
  return drive(running, () => Atomics.load(stop, 0) === 0, (soFar) => say({ soFar }));
}

function answer(message: ToWorker): unknown {
  if ("open" in message) return open(message.open);
  if ("prepare" in message) return (parts as Parts<unknown>).prepare(message.prepare);
  return run(message.run, message.premise);
}

port.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  const { id } = data;
  try {
    say({ id, answer: await answer(data) });
  } catch (error) {
    say({ id, error: takenApart(error) });
  }
};
