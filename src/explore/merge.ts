/** Joins the verdicts on the shares of one search. */
import type { Premise } from "./search/share.ts";
import type { Verdict } from "./verdict.ts";
import { agrees, Findings, type ShareReport } from "./verdict.ts";

/** The verdicts cannot be joined. */
export class MergeError extends Error {
  override readonly name = "MergeError";
}

type Shared = Verdict & { readonly share: ShareReport };

/** How to join. */
export interface MergeOptions {
  /** How long the whole took; by default the sum over the shares. */
  readonly seconds?: number;
  /** Take shares that were ended early; the whole is then not exhaustive. */
  readonly allowCut?: boolean;
}

/**
 * The verdict on the whole search.
 * @throws {MergeError} for verdicts that are not all of the same search, or not all of it
 */
export function mergeVerdicts(
  verdicts: readonly Verdict[],
  { seconds, allowCut = false }: MergeOptions = {},
): Verdict {
  const shares = verdicts.map(asShared);
  const [first] = shares;
  if (first === undefined) throw new MergeError("Cannot merge nothing: wanted reports of shares");
  for (const other of shares) checkSame(first, other);
  checkWhole(shares, allowCut);
  const isWhole = shares.every(({ share }) => share.isCovered);
  const findings = new Findings(), finalStates = new Set<string>();
  for (const { findings: some, share } of shares) {
    for (const finding of some) findings.join(finding);
    for (const state of share.finalStates) finalStates.add(state);
  }
  const sum = (of: (share: Shared) => number): number =>
    shares.reduce((total, share) => total + of(share), 0);
  const all = findings.sorted();
  const unreached = first.unreached.filter((name) =>
    shares.every((share) => share.unreached.includes(name))
  );
  const { share, ...rest } = first;
  const tasks = shares.reduce((mask, one) => mask | one.share.taskMask, 0);
  return {
    ...rest,
    outcome: all.length > 0 ? "bug" : isWhole ? "holds" : "bounded",
    asExpected: agrees(first.expected, all, isWhole) && unreached.length === 0,
    findings: all,
    unreached,
    executions: sum(({ executions }) => executions),
    redundant: sum(({ redundant }) => redundant),
    known: sum(({ known }) => known),
    steps: sum(({ steps }) => steps),
    tasks: tasks.toString(2).replaceAll("0", "").length,
    finalStates: finalStates.size,
    exhaustive: isWhole,
    seconds: seconds ?? sum((one) => one.seconds),
    scope: isWhole ? share.wholeScope : first.scope,
  };
}

/**
 * All that any of the shares learned. Shares that learned different things cannot be merged; run
 * again with this, as `learned` and `visible`, they start from the same.
 */
export function joinPremises(verdicts: readonly Verdict[]): Premise {
  const demoted = new Set(verdicts.flatMap(({ learned }) => learned.demoted));
  const visible = new Set(verdicts.flatMap(({ share }) => share?.visible ?? []));
  // Ids are given out in one order; the share that came furthest gave out the most.
  const [first] = verdicts.map(({ learned }) => learned.spawned)
    .sort((one, two) => two.length - one.length);
  return {
    learned: { demoted: [...demoted].sort(), spawned: first ?? [] },
    visible: [...visible].sort((one, two) => one - two),
  };
}

function asShared(verdict: Verdict): Shared {
  if (verdict.share !== undefined) return verdict as Shared;
  throw new MergeError(`Cannot merge the verdict on ${verdict.scenario}: it is not of a share`);
}

const nameOf = ({ share }: Shared): string => `share ${share.index}/${share.of}`;

/** Are both of the same search, cut in the same way? */
function checkSame(first: Shared, other: Shared): void {
  const differ = (what: string, of: (verdict: Shared) => unknown): void => {
    const [one, two] = [first, other].map((verdict) => JSON.stringify(of(verdict)));
    if (one === two) return;
    throw new MergeError(
      `Cannot merge ${nameOf(first)} and ${nameOf(other)}: ${what} differs, ${one} and ${two}`,
    );
  };
  differ("the scenario", ({ scenario }) => scenario);
  differ("the edition", ({ edition }) => edition);
  differ("the mode", ({ mode }) => mode);
  differ("the granularity", ({ granularity }) => granularity);
  differ("the memory model", ({ memory }) => memory);
  differ("the bounds", ({ share }) => share.bounds);
  differ("the number of shares", ({ share }) => share.of);
  differ("what was expected", ({ expected }) => expected);
  differ("the layout of memory", ({ share }) => share.layout);
  differ("what the executions settled", ({ learned }) => learned);
  differ("the set of visible words", ({ share }) => share.visible);
  differ("the number of parts", ({ share }) => share.parts);
}

/** Is every share there, once and to its end? */
function checkWhole(shares: readonly Shared[], allowCut: boolean): void {
  const count = shares[0]?.share.of ?? 0;
  for (let index = 1; index <= count; index++) {
    const here = shares.filter(({ share }) => share.index === index);
    if (here.length === 1 && (allowCut || here[0]?.share.isCovered === true)) continue;
    const state = here.length === 0
      ? "is missing"
      : here.length > 1
      ? `is there ${here.length} times`
      : "was ended before it was explored";
    throw new MergeError(
      `Cannot merge: share ${index}/${count} ${state}, wanted all of each, once`,
    );
  }
}
