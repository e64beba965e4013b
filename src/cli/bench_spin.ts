/** SPIN beside the explorer: generates, compiles and runs the models of `tests/peers/`. */
import { root } from "./sources.ts";

/** At which granularity a model is taken. */
export type ModelSteps = "operations" | "sections";

/** What a model took; times are of whole processes, in seconds. */
export interface SpinRow {
  readonly family: ModelFamily;
  readonly size: number;
  readonly steps: ModelSteps;
  readonly states: number;
  readonly errors: number;
  readonly generateSeconds: number;
  readonly compileSeconds: number;
  readonly runSeconds: number;
}

/** Is there a SPIN and a C compiler on this machine? Otherwise what is missing. */
export async function missingTool(): Promise<string | null> {
  for (const [tool, argument] of [["spin", "-V"], ["gcc", "--version"]] as const) {
    try {
      const { success } = await new Deno.Command(tool, { args: [argument] }).output();
      if (!success) return tool;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return tool;
      throw error;
    }
  }
  return null;
}

/** The models, by the function of the book that makes the scenario. */
const MODELS = { exitUnbinds: "exit_unbinds.pml", exitWaiters: "exit_waiters.pml" };

/** A family that there is a model of. */
export type ModelFamily = keyof typeof MODELS;

/** Runs a model to its end, past all errors. Writes below `folder`, a path. */
export async function runSpin(
  folder: string,
  family: ModelFamily,
  size: number,
  steps: ModelSteps,
): Promise<SpinRow> {
  const model = decodeURI(new URL(`tests/peers/${MODELS[family]}`, root).pathname);
  const place = `${folder}/spin-${family}-${size}-${steps}`;
  Deno.mkdirSync(place, { recursive: true });
  const defines = [`-DN=${size}`, ...(steps === "sections" ? ["-DSECTIONS"] : [])];
  const generated = await timed("spin", [...defines, "-a", model], place);
  const compiled = await timed("gcc", ["-O2", "-DSAFETY", "-w", "-o", "pan", "pan.c"], place);
  const ran = await timed("./pan", ["-m100000", "-w22", "-c0"], place);
  const states = /^\s*(\d+(?:\.\d+)?(?:e\+\d+)?) states, stored/m.exec(ran.stdout)?.[1];
  const errors = /errors: (\d+)/.exec(ran.stdout)?.[1];
  if (states === undefined || errors === undefined || /max search depth/.test(ran.stdout)) {
    throw new Error(`Cannot read what SPIN's verifier says:\n${ran.stdout}`);
  }
  return {
    family,
    size,
    steps,
    states: Number(states),
    errors: Number(errors),
    generateSeconds: generated.seconds,
    compileSeconds: compiled.seconds,
    runSeconds: ran.seconds,
  };
}

async function timed(
  tool: string,
  args: string[],
  folder: string,
): Promise<{ readonly seconds: number; readonly stdout: string }> {
  const command = tool.startsWith("./") ? `${folder}/${tool.slice(2)}` : tool;
  const started = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd: folder })
    .output();
  const seconds = (performance.now() - started) / 1000;
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`Cannot run ${tool} ${args.join(" ")}: ${text(stderr)}`);
  return { seconds, stdout: text(stdout) };
}
