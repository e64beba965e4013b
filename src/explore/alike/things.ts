/**
 * Which of the objects that a setup made belong to which of the threads that are alike.
 *
 * A thread owns what can be reached by pointers from what it is given and from nothing that another of
 * them is given, and what points there and to nothing of another's. Links of lists do not count: they
 * lead from everything to everything.
 */
import { eachLive } from "../memory.ts";
import { BY_TASK, ownerOf, POINTER, type Shape, shapeOf, words } from "../objects.ts";
import type { Struct } from "../struct.ts";

/** Of each thread, the objects that it owns; null unless the threads own as many of the same types. */
export function thingsOf(given: readonly (readonly Struct[])[]): number[][] | null {
  const roots = given.map((own, at) =>
    own.filter((thing) => given.every((other, of) => of === at || !other.includes(thing)))
  );
  const pointers = pointersBetween();
  const below = reached(roots, pointers.to), above = reached(roots, pointers.from);
  const things = roots.map((_, owner) =>
    [...pointers.to.keys()].filter((base) => {
      const mine = 1 << owner, reachable = below.get(base) ?? 0;
      return reachable === mine || reachable === 0 && above.get(base) === mine;
    }).sort((one, two) => one - two)
  );
  const types = things.map((bases) => bases.map((base) => (shapeOf[base] as Shape).name).join());
  const hasRow = things.flat().some((base) => (shapeOf[base] as Shape).roles.includes(BY_TASK));
  return hasRow || new Set(types).size > 1 ? null : things;
}

/** By base address: masks of those of `roots` that lead there. */
function reached(
  roots: readonly (readonly Struct[])[],
  next: ReadonlyMap<number, readonly number[]>,
): Map<number, number> {
  const masks = new Map<number, number>();
  for (const [at, own] of roots.entries()) {
    const seen = new Set<number>(), open = own.map(({ address }) => ownerOf[address] as number);
    for (let base = open.pop(); base !== undefined; base = open.pop()) {
      if (seen.has(base)) continue;
      seen.add(base);
      masks.set(base, (masks.get(base) ?? 0) | 1 << at);
      open.push(...next.get(base) ?? []);
    }
  }
  return masks;
}

/** By base address of each live object: those that it points to, and those that point to it. */
function pointersBetween(): {
  readonly to: ReadonlyMap<number, readonly number[]>;
  readonly from: ReadonlyMap<number, readonly number[]>;
} {
  const to = new Map<number, number[]>(), from = new Map<number, number[]>();
  eachLive((base) => {
    to.set(base, []);
    from.set(base, []);
  });
  for (const [base, targets] of to) {
    const { roles } = shapeOf[base] as Shape;
    for (let at = 0; at < roles.length; at++) {
      const target = ownerOf[words[base + at] as number] ?? 0;
      if (roles[at] !== POINTER || !from.has(target)) continue;
      targets.push(target);
      from.get(target)?.push(base);
    }
  }
  return { to, from };
}
