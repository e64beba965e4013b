/** Static objects: those that are there before the first thread and never freed. */
import { keep } from "explore/leak.ts";
import { useRegion } from "explore/memory.ts";
import { registerShape } from "explore/objects.ts";
import { create, type Struct, type StructClass } from "explore/struct.ts";

/**
 * Defines a static object of `type` that reports call `name`. For the top level of a module.
 * Its storage is zeroed; a function of its type initialises it where zero is not its first state.
 */
export function define<S extends Struct>(name: string, type: StructClass<S>): S {
  const named = class extends (type as StructClass) {
    static override readonly shape = registerShape({
      ...type.shape,
      name,
      demoted: type.shape.demoted.slice(),
    });
  };
  useRegion(-1);
  return keep(create(named as unknown as StructClass<S>));
}
