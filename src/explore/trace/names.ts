/** Names for objects and tasks: instances by type and number, parts by the way to them. */
import { eachLive } from "../memory.ts";
import { LIST_POISON1, LIST_POISON2, ownerOf, shapeOf } from "../objects.ts";
import { type Names, partAt, type Shown, type StructShape } from "../struct.ts";
import { machine } from "../task.ts";

/** Names the objects of one execution in the order in which they came to be. */
export class ObjectNames implements Names {
  readonly #names = new Map<number, string>();
  readonly #counts = new Map<string, number>();

  /** Statics have the name that they were defined with, unless several have the same. */
  constructor() {
    const statics = new Map<string, number[]>();
    eachLive((base, shape) => statics.set(shape.name, [...statics.get(shape.name) ?? [], base]));
    for (const [name, [first, ...more]] of statics) {
      if (first !== undefined && more.length === 0) this.#names.set(first, name);
      else for (const base of [first ?? 0, ...more]) this.add(base, name);
    }
  }

  /** Takes note of a new object; `type` is its type's name. */
  add(base: number, type: string): string {
    const count = (this.#counts.get(type) ?? 0) + 1;
    this.#counts.set(type, count);
    const name = `${type}#${count}`;
    this.#names.set(base, name);
    return name;
  }

  object(address: number): string {
    if (address === LIST_POISON1) return "LIST_POISON1";
    if (address === LIST_POISON2) return "LIST_POISON2";
    const base = ownerOf[address] ?? 0;
    const name = this.#names.get(base);
    if (name === undefined) return `wild pointer ${address}`;
    const part = address === base ? "" : partOf(base, address);
    return part === "" ? name : `${name}.${part}`;
  }

  /** The object that `address` lies in, or null. */
  whole(address: number): string | null {
    return this.#names.get(ownerOf[address] ?? 0) ?? null;
  }

  task(id: number): string {
    return machine.tasks[id]?.name ?? `task ${id}`;
  }

  /** A word as a reader sees it, and where it is. */
  show(address: number, word: number): { readonly where: string; readonly value: Shown } {
    const base = ownerOf[address] as number;
    const part = partAt(shapeOf[base] as StructShape, address - base);
    const name = this.#names.get(base) ?? "object";
    const where = part === undefined ? name : `${name}.${part.path}`;
    const { field } = part ?? {};
    return { where, value: field?.show === undefined ? word : field.show(word, this) };
  }
}

function partOf(base: number, address: number): string {
  return (shapeOf[base] as StructShape).fieldAt(address - base);
}
