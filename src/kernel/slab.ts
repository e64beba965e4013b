/** Allocation of objects (mm/slab.c), with fault injection. */
import { create, destroy, type Struct, type StructClass } from "explore/struct.ts";
import { GFP_KERNEL } from "./gfp.ts";
import { should_fail } from "./inject.ts";
import { might_sleep } from "./sched.ts";

export { GFP_ATOMIC, GFP_KERNEL } from "./gfp.ts";

/**
 * Allocates a zeroed object of `type`, or answers null when memory is short: a scenario arranges
 * that with `inject_fault("kzalloc TYPE")`.
 * @throws {KernelFault} lockdep, "sleeping function called from invalid context", for GFP_KERNEL in
 * atomic context
 */
export function kzalloc<S extends Struct>(type: StructClass<S>, gfp = GFP_KERNEL): S | null {
  if (gfp === GFP_KERNEL) might_sleep("kzalloc");
  return should_fail(`kzalloc ${type.shape.name}`) ? null : create(type);
}

/**
 * Gives an object back; null is allowed.
 * @throws {KernelFault} KASAN, "double-free" or "invalid-free"
 */
export function kfree(object: Struct | null): void {
  destroy(object);
}
