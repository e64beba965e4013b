/** The tables of `deno task bench`. */
import type { ProcessRow, TeamRow } from "./bench_process.ts";
import type { Row } from "./bench_row.ts";
import type { SpinRow } from "./bench_spin.ts";
import { growth, seconds, table, whole } from "./bench_table.ts";

/** How whole processes are measured: the default, over states, and so with every operation as a step. */
export const CHECKED = [
  { mode: "reduced", granularity: "sections" },
  { mode: "states", granularity: "sections" },
  { mode: "states", granularity: "operations" },
] as const;

/** Searches. */
export function rowsTable(rows: readonly Row[]): string {
  const heads =
    "scenario,mode,sanitizers,found,executions,redundant,known,states,steps,seconds,warm s,steps/s warm,MB"
      .split(",");
  return table(
    heads,
    rows.map((row) => [
      row.size === undefined ? row.name : `${row.name}(${row.size})`,
      row.mode,
      row.sanitizers ? "on" : "off",
      row.isExhaustive ? row.outcome : `${row.outcome}, cut`,
      whole(row.executions),
      whole(row.redundant),
      whole(row.known),
      row.states === undefined ? "-" : whole(row.states),
      whole(row.steps),
      seconds(row.seconds),
      seconds(row.warmSeconds),
      whole(row.stepsPerSecond),
      row.peakMegabytes.toFixed(0),
    ]),
  );
}

/** How the cost of a family grows from N to N + 1, and what the sanitizers add to it. */
export interface Growth {
  readonly name: string;
  readonly mode: string;
  readonly sizes: string;
  readonly executions: number | null;
  readonly seconds: number | null;
  /** Executions at the largest N over those at the one before: what grows as a power of N grows ever slower. */
  readonly last: number | null;
  /** The time of a step with sanitizers over that without: at the largest N, and at N = 4. */
  readonly sanitizers: number | null;
  readonly sanitizersAtFour: number | null;
}

/** The growth of what was measured of a family in a mode, as far as it went. */
export function growthOf(rows: readonly Row[], name: string, mode: string): Growth {
  const all = rows.filter((row) => row.name === name && row.mode === mode && row.isExhaustive);
  const whole = all.filter((row) => row.sanitizers), last = whole.at(-1);
  const fit = (of: (row: Row) => number) => growth(whole.map((row) => [row.size ?? 0, of(row)]));
  return {
    name,
    mode,
    sizes: whole.map((row) => row.size).join(" "),
    executions: fit((row) => row.executions),
    seconds: fit((row) => row.seconds),
    last: last === undefined || whole.length < 2
      ? null
      : last.executions / (whole.at(-2) as Row).executions,
    sanitizers: last === undefined ? null : costAt(all, last.size),
    sanitizersAtFour: costAt(all, 4),
  };
}

function costAt(rows: readonly Row[], size: number | undefined): number | null {
  const [on, off] = [true, false].map((sanitizers) =>
    rows.find((row) => row.size === size && row.sanitizers === sanitizers)
  );
  return on === undefined || off === undefined ? null : off.stepsPerSecond / on.stepsPerSecond;
}

/** Growths, in factors. */
export function growthTable(growths: readonly Growth[]): string {
  const factor = (value: number | null): string => value === null ? "-" : `x${value.toFixed(2)}`;
  return table(
    ["family", "mode", "N", "executions", "of these the last", "seconds", "sanitizers", "at N = 4"],
    growths.map((row) => [
      row.name,
      row.mode,
      row.sizes,
      factor(row.executions),
      factor(row.last),
      factor(row.seconds),
      factor(row.sanitizers),
      factor(row.sanitizersAtFour),
    ]),
  );
}

/** Whole processes, beside those of SPIN. */
export function spinTable(processes: readonly ProcessRow[], spins: readonly SpinRow[]): string {
  const rows = spins.map((spin) => {
    const whole = spin.generateSeconds + spin.compileSeconds + spin.runSeconds;
    const ours = CHECKED.flatMap(({ mode, granularity }) => {
      const took = processes.find((row) =>
        row.family === spin.family && row.size === spin.size && row.mode === mode &&
        row.granularity === granularity
      )?.seconds ?? NaN;
      return [seconds(took), (spin.runSeconds / took).toFixed(2), (whole / took).toFixed(2)];
    });
    return [
      `${spin.family}(${spin.size}), ${spin.steps}`,
      String(spin.states),
      String(spin.errors),
      seconds(spin.runSeconds),
      seconds(whole),
      ...ours,
    ];
  });
  const heads =
    "model,states,errors,verifier s,model to verdict s,check s,verifier/check,whole/check";
  const others = ["by states s", "by operations s"].flatMap((
    head,
  ) => [head, "verifier/it", "whole/it"]);
  return table([...heads.split(","), ...others], rows);
}

/** One worker beside two. */
export function teamTable(teams: readonly TeamRow[]): string {
  return table(
    ["scenario", "one s", "two s", "one/two", "same report"],
    teams.map(({ name, one, two, isSame }) => [
      name,
      seconds(one),
      seconds(two),
      (one / two).toFixed(2),
      isSame ? "yes" : "NO",
    ]),
  );
}
