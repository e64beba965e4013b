/**
 * kmemleak: at the end of an execution, every object that was allocated must have been freed or be
 * reachable from a static object or one that the scenario keeps.
 */
import { KernelFault } from "./fault.ts";
import { ADDRESS_MASK, eachLive, isRoot } from "./memory.ts";
import { ARENA_WORDS, LIVE, ownerOf, peek, shapeOf, stateOf } from "./objects.ts";
import type { Struct } from "./struct.ts";
import { tape, Unrecordable } from "./tape/tape.ts";

/** Makes the object that `view` lies in a root, as static data and devices are: it may live for ever. */
export function keep<S extends Struct>(view: S): S {
  if (tape !== null) throw new Unrecordable("Cannot record a root");
  isRoot[ownerOf[view.address] as number] = 1;
  return view;
}

let isChecking = true;

/** Switches the check off or on; see sanitizers.ts. */
export function checkLeaks(on: boolean): void {
  isChecking = on;
}

/**
 * The first object that is alive and that nothing points to. Like kmemleak it is conservative: any
 * word whose address bits lead into an object counts as a pointer to it.
 */
export function findLeak(): KernelFault | undefined {
  if (!isChecking) return undefined;
  search++;
  queue.length = 0;
  eachLive((base) => {
    if (isRoot[base] !== 1) return;
    reached[base] = search;
    queue.push(base);
  });
  for (let base = queue.pop(); base !== undefined; base = queue.pop()) {
    const end = base + (shapeOf[base]?.words ?? 0);
    for (let address = base; address < end; address++) {
      const target = ownerOf[peek(address) & ADDRESS_MASK] ?? 0;
      if (target === 0 || reached[target] === search || stateOf[target] !== LIVE) continue;
      reached[target] = search;
      queue.push(target);
    }
  }
  let lost = 0;
  eachLive((base) => {
    if (lost === 0 && reached[base] !== search) lost = base;
  });
  if (lost === 0) return undefined;
  const type = shapeOf[lost]?.name ?? "object";
  return new KernelFault("kmemleak", "unreferenced object", type, "", lost);
}

/** By base address: the last search that came there. */
const reached = new Int32Array(ARENA_WORDS);
const queue: number[] = [];
let search = 0;
