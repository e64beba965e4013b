/**
 * Doubly linked lists with the checks of CONFIG_DEBUG_LIST (include/linux/list.h, lib/list_debug.c).
 * A link is the address of another list_head; a deleted entry holds poison there.
 */
import { KernelFault } from "explore/fault.ts";
import { load, store } from "explore/memory.ts";
import { describe, LIST_POISON1, LIST_POISON2 } from "explore/objects.ts";
import { container_of, link, Struct, struct, type StructClass, viewAt } from "explore/struct.ts";

/** The head of a list, or an entry's place in one. */
export class list_head extends struct("list_head", { next: link, prev: link }) {}

/** Entries after which a walk counts as stuck. */
export const WALK_LIMIT = 10_000;

const NEXT = 1, PREV = 2;

function corrupted(kind: "list_add" | "list_del", entry: number, detail: string): KernelFault {
  return new KernelFault("list debug", `${kind} corruption`, describe(entry), detail);
}

/** Makes `head` an empty list, or an entry that is in no list. */
export function INIT_LIST_HEAD(head: list_head): void {
  store(head.address + NEXT, head.address);
  store(head.address + PREV, head.address);
}

/** Inserts between two neighbours, after lib/list_debug.c's __list_add_valid. */
function insert(entry: number, prev: number, next: number): void {
  if (load(next + PREV) !== prev) throw corrupted("list_add", entry, "next->prev should be prev");
  if (load(prev + NEXT) !== next) throw corrupted("list_add", entry, "prev->next should be next");
  if (entry === prev || entry === next) throw corrupted("list_add", entry, "double add");
  store(next + PREV, entry);
  store(entry + NEXT, next);
  store(entry + PREV, prev);
  store(prev + NEXT, entry);
}

/**
 * Adds `entry` after `head`, as the first of the list.
 * @throws {KernelFault} list debug, "list_add corruption", when the neighbours' links do not agree
 */
export function list_add(entry: list_head, head: list_head): void {
  insert(entry.address, head.address, load(head.address + NEXT));
}

/** Adds `entry` before `head`, as the last of the list. Faults as {@link list_add}. */
export function list_add_tail(entry: list_head, head: list_head): void {
  insert(entry.address, load(head.address + PREV), head.address);
}

/** Takes the entry out, after __list_del_entry_valid. */
function unlink(entry: number): void {
  const next = load(entry + NEXT), prev = load(entry + PREV);
  if (next === LIST_POISON1) throw corrupted("list_del", entry, "->next is LIST_POISON1");
  if (prev === LIST_POISON2) throw corrupted("list_del", entry, "->prev is LIST_POISON2");
  if (load(prev + NEXT) !== entry) throw corrupted("list_del", entry, "prev->next is not entry");
  if (load(next + PREV) !== entry) throw corrupted("list_del", entry, "next->prev is not entry");
  store(next + PREV, prev);
  store(prev + NEXT, next);
}

/**
 * Takes `entry` out of its list and poisons its links.
 * @throws {KernelFault} list debug, "list_del corruption", when it is in no list
 */
export function list_del(entry: list_head): void {
  unlink(entry.address);
  store(entry.address + NEXT, LIST_POISON1);
  store(entry.address + PREV, LIST_POISON2);
}

/** Takes `entry` out of its list and makes it an empty list of its own. */
export function list_del_init(entry: list_head): void {
  unlink(entry.address);
  INIT_LIST_HEAD(entry);
}

/** Is there no entry in the list of `head`? */
export function list_empty(head: list_head): boolean {
  return load(head.address + NEXT) === head.address;
}

/** Does `entry` come last in the list of `head`? */
export function list_is_last(entry: list_head, head: list_head): boolean {
  return load(entry.address + NEXT) === head.address;
}

/**
 * The struct whose `member` lies at `link`. Like the kernel's arithmetic it answers something for
 * the list's head and for poison too; to read a field of that is the fault.
 */
function entryAt<S extends Struct>(
  link: number,
  type: StructClass<S>,
  member: keyof S & string,
): S {
  if (link === 0) throw new KernelFault("oops", "NULL pointer dereference", "list_head.next");
  return container_of(link > 0 ? viewAt(link) : new Struct(link), type, member);
}

/** The list_head called `member` of `entry`. */
function linkOf<S extends Struct>(entry: S, member: keyof S & string): number {
  return (entry[member] as unknown as list_head).address;
}

/** The first entry of the list. For an empty list it is not an entry at all, as in the kernel. */
export function list_first_entry<S extends Struct>(
  head: list_head,
  type: StructClass<S>,
  member: keyof S & string,
): S {
  return entryAt(load(head.address + NEXT), type, member);
}

/** The first entry of the list, or null if it is empty. */
export function list_first_entry_or_null<S extends Struct>(
  head: list_head,
  type: StructClass<S>,
  member: keyof S & string,
): S | null {
  return list_empty(head) ? null : list_first_entry(head, type, member);
}

/** The entry after `entry`. After the last one it is not an entry at all, as in the kernel. */
export function list_next_entry<S extends Struct>(entry: S, member: keyof S & string): S {
  const type = entry.constructor as unknown as StructClass<S>;
  return entryAt(load(linkOf(entry, member) + NEXT), type, member);
}

abstract class Walk<S extends Struct> implements IterableIterator<S> {
  protected readonly head: list_head;
  protected readonly type: StructClass<S>;
  protected readonly member: keyof S & string;
  #left = WALK_LIMIT;

  constructor(head: list_head, type: StructClass<S>, member: keyof S & string) {
    this.head = head;
    this.type = type;
    this.member = member;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** The link of the entry that comes next in the walk. */
  protected abstract advance(): number;

  next(): IteratorResult<S, undefined> {
    const link = this.advance();
    if (link === this.head.address) return { done: true, value: undefined };
    if (this.#left-- === 0) {
      throw new KernelFault("soft lockup", "list walk does not end", describe(this.head.address));
    }
    return { done: false, value: this.enter(entryAt(link, this.type, this.member)) };
  }

  protected abstract enter(entry: S): S;
}

class PlainWalk<S extends Struct> extends Walk<S> {
  #at = this.head.address;

  protected override advance(): number {
    return this.#at = load(this.#at + NEXT);
  }

  protected override enter(entry: S): S {
    return entry;
  }
}

/** A walk whose current entry may be deleted: the next one is looked up before the body runs. */
export class SafeWalk<S extends Struct> extends Walk<S> {
  #next = 0;
  #started = false;

  /** The entry that the walk goes to next, the kernel macro's `n`. May be set by the body. */
  get n(): S {
    return entryAt(this.#next, this.type, this.member);
  }

  set n(entry: S) {
    this.#next = linkOf(entry, this.member);
  }

  /** The macro reads the link of where it goes before it looks whether that is the head. */
  protected override advance(): number {
    const link = this.#started ? this.#next : load(this.head.address + NEXT);
    this.#started = true;
    this.#next = load(link + NEXT);
    return link;
  }

  protected override enter(entry: S): S {
    return entry;
  }
}

/**
 * Walks the entries of type `type` that hang in the list of `head` by `member`. The link to the next
 * entry is read after the body has run, so the body must not delete its entry.
 * @throws {KernelFault} "poisoned list use" or "use-after-free" when it did, "soft lockup" after
 * 10 000 entries
 */
export function list_for_each_entry<S extends Struct>(
  head: list_head,
  type: StructClass<S>,
  member: keyof S & string,
): IterableIterator<S> {
  return new PlainWalk(head, type, member);
}

/**
 * As {@link list_for_each_entry}, but the next entry is kept before the body runs, so that the body
 * may delete its own entry and no other. The answer's `n` is that next entry.
 */
export function list_for_each_entry_safe<S extends Struct>(
  head: list_head,
  type: StructClass<S>,
  member: keyof S & string,
): SafeWalk<S> {
  return new SafeWalk(head, type, member);
}
