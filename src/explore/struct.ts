/**
 * Typed views of the kernel's memory.
 *
 * `class iommu_bond extends struct("iommu_bond", { io_mm: ptr<io_mm>(), refs: refcount_t }) {}`
 * gives a class whose instances are views: `bond.io_mm` reads a word, `bond.io_mm = x` writes one,
 * and `bond.refs` is a view of the struct embedded there. A view holds an address and nothing else,
 * so one view serves all executions. Each struct starts with a word of its own, so that an address
 * names exactly one view, whatever is embedded in what.
 */
import { hostValue, showHost, wordOfHost } from "./host.ts";
import { allocate, eachLive, load, release, store } from "./memory.ts";
import { LINK, PLAIN, POINTER, registerShape, type Shape, TASK } from "./objects.ts";
import { note } from "./observe.ts";

/** A word of memory as a reader sees it. */
export type Shown = string | number | boolean | null;

/** What a word stands for where it is shown. */
export interface Names {
  /** The object, or the part of one, at an address: `iommu_bond#1.mm_head`. */
  object(address: number): string;
  /** A task by id. */
  task(id: number): string;
}

/** One field of a struct: how many words it takes and how they are shown as a value. */
export interface Field<T> {
  readonly words: number;
  /** Adds the field called `name` at `offset` words from the start of `prototype`'s struct. */
  define(prototype: object, name: string, offset: number): void;
  /** Set for a field that is a struct of its own. */
  readonly embeds?: StructClass;
  /** What its words say of names (objects.ts); nothing if left out. */
  readonly role?: number;
  /** How a word of the field reads in a trace; as a number if left out. */
  show?(word: number, names: Names): Shown;
  /** Only for the compiler: the type that the field shows. */
  readonly shows?: T;
}

type Fields = Readonly<Record<string, Field<unknown>>>;
type ValueOf<F> = F extends Field<infer T> ? T : never;
type View<F extends Fields> = { -readonly [K in keyof F]: ValueOf<F[K]> };

/** A struct type: construct a view of it at an address, or embed it as a field of another. */
export interface StructClass<S extends Struct = Struct> extends Field<S> {
  new (address: number): S;
  readonly shape: StructShape;
}

/** The layout of a struct type. */
export interface StructShape extends Shape {
  readonly fields: ReadonlyMap<string, { readonly offset: number; readonly field: Field<unknown> }>;
}

/** By address: the view that a pointer to that address gives. */
const views: (Struct | undefined)[] = [];
/** By shape and address: the views that were made, outermost first, so that executions share them. */
const made = new WeakMap<Shape, Struct[][]>();

/** A view of a struct in memory. */
export class Struct {
  /** Where the struct lies, in words. */
  readonly address: number;

  constructor(address: number) {
    this.address = address;
  }
}

/** Makes a struct type called `name`, with `fields` in the order in which they are written. */
export function struct<F extends Fields>(
  name: string,
  fields: F,
): (new (address: number) => Struct & View<F>) & Omit<StructClass<Struct & View<F>>, never> {
  const layout = new Map<string, { offset: number; field: Field<unknown> }>();
  let size = 1;
  for (const [key, field] of Object.entries(fields)) {
    layout.set(key, { offset: size, field });
    size += field.words;
  }
  const embedded = [...layout].filter(([, { field }]) => field.embeds !== undefined);
  const View = class extends Struct {
    static readonly shape: StructShape = registerShape({
      name,
      words: size,
      fields: layout,
      demoted: new Uint8Array(size),
      roles: rolesOf(layout, size),
      fieldAt: (offset: number) => fieldAt(layout, offset),
    });
    static readonly words = size;
    static get embeds(): StructClass {
      return this as unknown as StructClass;
    }
    static define(): void {}

    constructor(address: number) {
      super(address);
      for (const [key, { offset, field }] of embedded) {
        Object.defineProperty(this, key, {
          value: new (field.embeds as StructClass)(address + offset),
          enumerable: true,
        });
      }
    }
  };
  for (const [key, { offset, field }] of layout) field.define(View.prototype, key, offset);
  return View as unknown as ReturnType<typeof struct<F>>;
}

function rolesOf(
  layout: ReadonlyMap<string, { readonly offset: number; readonly field: Field<unknown> }>,
  size: number,
): Uint8Array {
  const roles = new Uint8Array(size);
  for (const { offset, field } of layout.values()) {
    if (field.embeds !== undefined) roles.set(field.embeds.shape.roles, offset);
    else roles.fill(field.role ?? PLAIN, offset, offset + field.words);
  }
  return roles;
}

function fieldAt(
  layout: ReadonlyMap<string, { readonly offset: number; readonly field: Field<unknown> }>,
  offset: number,
): string {
  for (const [key, at] of layout) {
    if (offset < at.offset || offset >= at.offset + at.field.words) continue;
    const inner = at.field.embeds?.shape.fieldAt(offset - at.offset) ?? "";
    return inner === "" ? key : `${key}.${inner}`;
  }
  return "";
}

/** A field of one word that has the value `decode(word)` and is written as `encode(value)`. */
function oneWord<T>(
  decode: (word: number) => T,
  encode: (value: T) => number,
  show?: Field<T>["show"],
  role = PLAIN,
): Field<T> {
  return {
    words: 1,
    role,
    ...(show === undefined ? {} : { show }),
    define(prototype, name, offset) {
      Object.defineProperty(prototype, name, {
        get(this: Struct) {
          return decode(load(this.address + offset));
        },
        set(this: Struct, value: T) {
          store(this.address + offset, encode(value));
        },
        enumerable: true,
      });
    },
  };
}

/** A signed 32-bit number: `int`, and `unsigned long` where the model needs no more than 31 bits. */
export const int: Field<number> = oneWord((word) => word, (value) => value);
/** A `bool`. */
export const bool: Field<boolean> = oneWord(
  (word) => word !== 0,
  (value) => (value ? 1 : 0),
  (word) => word !== 0,
);
/** An address that code keeps as a number, as the links of a list do. */
export const link: Field<number> = oneWord((word) => word, (value) => value, showAddress, LINK);
/** The word of a lock: 0, or the holder's id plus one with flags above the lowest eight bits. */
export const holder: Field<number> = oneWord(
  (word) => word,
  (value) => value,
  (word, names) => word === 0 ? null : names.task((word & 0xff) - 1),
  TASK,
);

function showAddress(word: number, names: Names): Shown {
  return word === 0 ? null : names.object(word);
}

const asPointer = {
  decode: (word: number): Struct | null => word === 0 ? null : at(word),
  encode: (view: Struct | null): number => view === null ? 0 : view.address,
};
const pointerField = oneWord(asPointer.decode, asPointer.encode, showAddress, POINTER);

/** A pointer that the code takes for valid. NULL in it is a fault where it is followed, as in C. */
export function ptr<T extends Struct>(): Field<T> {
  return pointerField as unknown as Field<T>;
}

/** A pointer that the code tests for NULL. */
export function nullable<T extends Struct>(): Field<T | null> {
  return pointerField as unknown as Field<T | null>;
}

/** The field that word `offset` of a struct of `shape` belongs to, at any depth, and the way there. */
export function partAt(
  shape: StructShape,
  offset: number,
): { readonly path: string; readonly field: Field<unknown> } | undefined {
  for (const [name, { offset: start, field }] of shape.fields) {
    if (offset < start || offset >= start + field.words) continue;
    if (field.embeds === undefined) {
      return { path: field.words === 1 ? name : `${name}[${offset - start}]`, field };
    }
    const inner = partAt(field.embeds.shape, offset - start);
    return {
      path: inner === undefined ? name : `${name}.${inner.path}`,
      field: inner?.field ?? field,
    };
  }
  return undefined;
}

const hostField = oneWord<unknown>(hostValue, wordOfHost, showHost);

/** A function pointer, a table of constants or an opaque token. `undefined` stands for NULL. */
export function host<T>(): Field<T> {
  return hostField as Field<T>;
}

/** The view that a pointer to `address` gives. */
function at(address: number): Struct {
  const view = views[address];
  if (view === undefined) throw new RangeError(`Cannot follow ${address}: no struct starts there`);
  return view;
}

/** The view for an address that kernel code keeps as a number, as in a list's links. */
export function viewAt(address: number): Struct {
  return at(address);
}

/** `view` and every struct embedded in it, at any depth. */
function partsOf(view: Struct): Struct[] {
  const shape = (view.constructor as unknown as StructClass).shape;
  const parts: Struct[] = [view];
  for (const [name, { field }] of shape.fields) {
    if (field.embeds !== undefined) parts.push(...partsOf(memberOf(view, name)));
  }
  return parts;
}

function memberOf(view: Struct, name: string): Struct {
  return (view as unknown as Record<string, Struct>)[name] as Struct;
}

/** Allocates a zeroed struct of type `type` and answers its view. slab.ts adds failure to it. */
export function create<S extends Struct>(type: StructClass<S>): S {
  const address = allocate(type.shape);
  let known = made.get(type.shape);
  if (known === undefined) made.set(type.shape, known = []);
  const parts = known[address] ??= partsOf(new type(address));
  // Another layout may have used these addresses in an earlier execution.
  showViews(parts);
  return parts[0] as S;
}

/** Lets pointers into the object of `shape` at `base`, which was created before, give its views again. */
export function showObject(base: number, shape: Shape): void {
  showViews(made.get(shape)?.[base] ?? []);
}

/** The views in the `size` words from `base` on. */
export function viewsAt(base: number, size: number): readonly Struct[] {
  return views.slice(base, base + size).filter((view) => view !== undefined);
}

/** Lets pointers to where the views lie give them. */
export function showViews(parts: readonly Struct[]): void {
  for (const part of parts) views[part.address] = part;
}

/** Gives back what `create` gave. */
export function destroy(view: Struct | null): void {
  release(view === null ? 0 : view.address);
}

/**
 * The struct of type `type` whose field called `member` is `view`: the kernel's `container_of`.
 * Pure arithmetic, as in C: nothing is read and nothing is checked.
 */
export function container_of<S extends Struct>(
  view: Struct,
  type: StructClass<S>,
  member: keyof S & string,
): S {
  const found = type.shape.fields.get(member);
  if (found === undefined) throw new RangeError(`Cannot find ${member} in ${type.shape.name}`);
  return containerAt(view.address - found.offset, type);
}

/** By type and address: views of what is no object of that type, such as a list's head seen as an entry. */
const pretended = new WeakMap<object, Map<number, Struct>>();

function containerAt<S extends Struct>(address: number, type: StructClass<S>): S {
  const known = views[address];
  if (known instanceof (type as unknown as new (address: number) => Struct)) return known as S;
  let others = pretended.get(type);
  if (others === undefined) pretended.set(type, others = new Map());
  let view = others.get(address);
  if (view === undefined) others.set(address, view = new type(address));
  return view as S;
}

/**
 * For questions about the state, reports and final checks: every live object of `type`, in the order
 * of addresses, without the sanitizers' notice. A question that asks depends on who is alive.
 */
export function liveObjects<S extends Struct>(type: StructClass<S>): S[] {
  const found: S[] = [];
  eachLive((base, shape) => {
    if (shape !== type.shape) return;
    note(base, false, true);
    found.push(views[base] as S);
  });
  return found;
}
