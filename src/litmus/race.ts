import type { Graph } from "./graph.ts";
import type { Relations } from "./model.ts";
import { Relation } from "./relation.ts";

/**
 * Judges the plain accesses of an execution that breaks no other axiom: whether they respect visibility (the axiom
 * plain-coherence), and the pairs that race. Without plain accesses both are trivial.
 */
export function plainAccesses(
  graph: Graph,
  relations: Relations,
): { readonly coherent: boolean; readonly races: readonly [number, number][] } {
  const { sets, ext, int, size, events } = graph;
  if (sets.Plain.every((word) => word === 0)) return { coherent: true, races: [] };
  const { rf, co, fr, hb, pb, fence, nonrwFence, addr, cumulFence } = relations;
  const { Marked, R4rmb, Returning, W } = sets;

  const xbstar = hb.or(pb).star();
  const seen = relations.strongFence.to(Marked).seq(xbstar).or(xbstar.and(int)).from(Marked);
  const vis = cumulFence.star().seq(rf.and(ext).maybe(), seen);

  const rmb = graph.fence("rmb");
  const wPre = addr.or(fence).maybe().from(Marked);
  const rPre = addr.or(nonrwFence, rmb.from(R4rmb).to(Returning)).maybe().from(Marked);
  const wPost = fence.maybe().to(Marked).seq(relations.rmwSequence);
  const rPost = nonrwFence.or(rmb.from(Returning).to(R4rmb)).maybe().to(Marked);

  const strong = relations.strongFence.seq(xbstar);
  const wwVis = fence.or(strong.seq(wPre), wPost.seq(vis, wPre));
  const wrVis = fence.or(strong.seq(rPre), wPost.seq(vis, rPre));
  const rwOrder = fence.or(rPost.seq(xbstar, wPre));

  const plain = (e: number) => events[e]?.access?.tag === "plain";
  const initial = (e: number) => events[e]?.access === null;
  const candidates = Relation.of(size, (a, b) => plain(a) || (!initial(a) && plain(b))).and(ext);
  const coherent = candidates.and(rf).and(rwOrder.inverse()).isEmpty() &&
    candidates.and(fr).and(wrVis.inverse()).isEmpty() &&
    candidates.and(co).and(wwVis.inverse()).isEmpty();

  const all = Relation.of(size, () => true);
  const settled = wwVis
    .and(all.from(Marked).to(W).or(rwOrder))
    .and(all.from(W).to(Marked).or(wrVis));
  const races = candidates.and(co).minus(settled).or(
    candidates.and(co.maybe().seq(rf)).minus(wrVis),
    candidates.and(fr).minus(rwOrder),
  );
  return { coherent, races: races.pairs() };
}
