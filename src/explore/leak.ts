/**
 * kmemleak: at the end of an execution, every object that was allocated must have been freed or be
 * reachable from a static object or one that the scenario keeps.
 */
import { KernelFault } from "./fault.ts";
import { ADDRESS_MASK, eachLive, isRoot } from "./memory.ts";
import { ownerOf, peek, shapeOf } from "./objects.ts";
import type { Struct } from "./struct.ts";

/** Makes the object that `view` lies in a root, as static data and devices are: it may live for ever. */
export function keep<S extends Struct>(view: S): S {
  isRoot[ownerOf[view.address] as number] = 1;
  return view;
}

/**
 * The first object that is alive and that nothing points to. Like kmemleak it is conservative: any
 * word whose address bits lead into an object counts as a pointer to it.
 */
export function findLeak(): KernelFault | undefined {
  const live = new Map<number, number>();
  eachLive((base, shape) => live.set(base, shape.words));
  const seen = new Set<number>();
  const queue = [...live.keys()].filter((base) => isRoot[base] === 1);
  for (let base = queue.pop(); base !== undefined; base = queue.pop()) {
    if (seen.has(base)) continue;
    seen.add(base);
    const end = base + (live.get(base) as number);
    for (let address = base; address < end; address++) {
      const target = ownerOf[peek(address) & ADDRESS_MASK] ?? 0;
      if (target !== 0 && live.has(target) && !seen.has(target)) queue.push(target);
    }
  }
  for (const base of live.keys()) {
    if (!seen.has(base)) {
      const type = shapeOf[base]?.name ?? "object";
      return new KernelFault("kmemleak", "unreferenced object", type, "", base);
    }
  }
  return undefined;
}
