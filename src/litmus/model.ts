import type { Graph } from "./graph.ts";
import { Relation } from "./relation.ts";

/**
 * The Linux-kernel memory model without RCU and SRCU, as it stands in tools/memory-model/linux-kernel.{bell,cat} and
 * lock.cat of Linux 6.4 and later: relations under the model's own names, and its axioms. The definitions state facts of
 * that model; explanation.txt there gives the reasons. Where 4.17's text differed (no plain accesses, no rmw-sequence,
 * no carried dependencies, unlock-lock pairs only through reads-from), the later one is used, as it describes the same
 * hardware more exactly.
 */
export interface Relations {
  readonly rf: Relation;
  readonly co: Relation;
  readonly fr: Relation;
  readonly rmb: Relation;
  readonly addr: Relation;
  readonly strongFence: Relation;
  readonly nonrwFence: Relation;
  readonly fence: Relation;
  readonly rmwSequence: Relation;
  readonly cumulFence: Relation;
  readonly hb: Relation;
  readonly pb: Relation;
}

/** The axiom that an execution breaks first, in the model's order. */
export type Axiom = "coherence" | "atomic" | "happens-before" | "propagation" | "plain-coherence";

/** smp_mb() and what acts as one: the barriers around atomics, and those after taking a lock. */
function strongFences(graph: Graph, co: Relation): Relation {
  const { po, sets } = graph;
  const poMaybe = po.maybe();
  const { RMW, LKW, UL } = sets;
  return graph.fence("mb").or(
    graph.fence("before-atomic").to(RMW).seq(poMaybe),
    poMaybe.to(RMW).seq(graph.fence("after-atomic")),
    poMaybe.to(LKW).seq(graph.fence("after-spinlock")),
    po.to(UL).seq(co.or(po).to(LKW), graph.fence("after-unlock-lock")),
  );
}

/** What is ordered by the instructions of one process. */
function preserved(
  graph: Graph,
  parts: {
    rfi: Relation;
    overwrite: Relation;
    wmb: Relation;
    fence: Relation;
    unlockLock: Relation;
  },
): { addr: Relation; ppo: Relation } {
  const { sets, int } = graph;
  const carry = graph.data.seq(parts.rfi).star();
  const addr = carry.seq(graph.addr);
  const dep = addr.or(carry.seq(graph.data));
  const toW = dep.or(carry.seq(graph.ctrl)).to(sets.W).or(
    parts.overwrite.and(int),
    addr.to(sets.Plain).seq(parts.wmb),
  );
  const toR = addr.to(sets.R).or(dep.to(sets.Marked).seq(parts.rfi));
  return { addr, ppo: toR.or(toW, parts.fence.and(int), parts.unlockLock.and(int)) };
}

/** Computes the model's relations for one choice of reads-from and coherence order. */
export function relate(graph: Graph, rf: Relation, co: Relation): Relations {
  const { po, sets, int, ext } = graph;
  const { R4rmb, W, Marked } = sets;
  const fr = rf.inverse().seq(co);
  const rfe = rf.and(ext);
  const overwrite = co.or(fr);

  const poRel = po.to(sets.Release);
  const unlockLock = po.to(sets.UL).seq(po.or(rf).to(sets.LKR), po);
  const rmb = graph.fence("rmb").from(R4rmb).to(R4rmb);
  const wmb = graph.fence("wmb").from(W).to(W);
  const strongFence = strongFences(graph, co);
  const nonrwFence = strongFence.or(poRel, po.from(sets.Acquire));
  const fence = nonrwFence.or(wmb, rmb);
  const rfi = rf.and(int);
  const { addr, ppo } = preserved(graph, { rfi, overwrite, wmb, fence, unlockLock });

  const cumulative = rfe.to(Marked).maybe().seq(strongFence.or(poRel));
  const rmwSequence = rf.seq(graph.rmw).star();
  const cumulFence = cumulative.or(wmb, unlockLock).from(Marked).to(Marked).seq(rmwSequence);
  const prop = overwrite.and(ext).maybe().from(Marked)
    .seq(cumulFence.star().to(Marked), rfe.maybe()).to(Marked);
  const identity = new Relation(graph.size).maybe();
  const hb = ppo.or(rfe, prop.minus(identity).and(int)).from(Marked).to(Marked);
  const pb = prop.seq(strongFence, hb.star()).to(Marked);
  return {
    rf,
    co,
    fr,
    rmb,
    addr,
    strongFence,
    nonrwFence,
    fence,
    rmwSequence,
    cumulFence,
    hb,
    pb,
  };
}

/** The first axiom that the execution breaks, plain-coherence left out; null where it breaks none. */
export function brokenAxiom(graph: Graph, relations: Relations): Axiom | null {
  const { rf, co, fr, hb, pb } = relations;
  if (!graph.poLoc.or(rf, co, fr).isAcyclic()) return "coherence";
  const between = fr.and(graph.ext).seq(co.and(graph.ext));
  if (!graph.rmw.and(between).isEmpty()) return "atomic";
  if (!hb.isAcyclic()) return "happens-before";
  if (!pb.isAcyclic()) return "propagation";
  return null;
}
