/** Entries of lists, and the ways to walk over them (include/linux/list.h). */
import { KernelFault } from "explore/fault.ts";
import { forgetAgain, leaveKnowing, load, lookAt, useLook } from "explore/memory.ts";
import { checkAlive, describe, isDemoted } from "explore/objects.ts";
import { demote } from "explore/races.ts";
import { tape } from "explore/tape/tape.ts";
import { currentTask, machine } from "explore/task.ts";
import { container_of, Struct, type StructClass, viewAt } from "explore/struct.ts";
import type { list_head } from "./list.ts";

/** Entries after which a walk counts as stuck. */
export const WALK_LIMIT = 10_000;

const NEXT = 1;

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
  const first = load(head.address + NEXT);
  return first === head.address ? null : entryAt(first, type, member);
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
      const { address } = this.head;
      throw new KernelFault(
        "soft lockup",
        "list walk does not end",
        describe(address),
        "",
        address,
      );
    }
    return { done: false, value: entryAt(link, this.type, this.member) };
  }
}

class PlainWalk<S extends Struct> extends Walk<S> {
  #at = this.head.address;

  protected override advance(): number {
    return this.#at = load(this.#at + NEXT);
  }
}

/**
 * A walk whose current entry may be deleted: the next one is looked up before the body runs.
 *
 * Mostly the body ends within the step and the walk uses what it saw there, or it sets `n` anew and
 * nobody uses it. So the look counts as a read of the link only when it is used; a walk that uses
 * it in a later step makes every such look a read from the start.
 */
export class SafeWalk<S extends Struct> extends Walk<S> {
  #next = 0;
  #started = false;
  #isApart = false;
  /** Where and in which step the walk looked ahead; 0 when `n` was set by the body. */
  #looked = 0;
  #lookedIn = 0;

  /** The entry that the walk goes to next, the kernel macro's `n`. May be set by the body. */
  get n(): S {
    this.#use();
    return entryAt(this.#next, this.type, this.member);
  }

  set n(entry: S) {
    this.#next = linkOf(entry, this.member);
    this.#looked = 0;
  }

  /**
   * The same walk, whose body keeps nothing for the next entry but in kernel memory and in `n`. A search
   * then takes tasks that stand before the same entry as one, whatever came before. Chapters, editions
   * and modules of a reader's are refused where a body does keep something (src/literate/walks.ts).
   */
  apart(): this {
    this.#isApart = true;
    return this;
  }

  override next(): IteratorResult<S, undefined> {
    if (!this.#isApart) return super.next();
    if (this.#started) {
      this.#use();
      forgetAgain();
      tape?.history.mixAddress(this.#next);
    } else tape?.history.enter();
    const result = super.next();
    if (result.done === true) leaveKnowing(0);
    return result;
  }

  /** The body ended the walk: what it did is not forgotten. */
  return(): IteratorResult<S, undefined> {
    if (this.#isApart) tape?.history.stay();
    return { done: true, value: undefined };
  }

  /** The macro reads the link of where it goes before it looks whether that is the head. */
  protected override advance(): number {
    this.#use();
    const link = this.#started ? this.#next : load(this.head.address + NEXT);
    this.#started = true;
    this.#look(link + NEXT);
    return link;
  }

  #look(address: number): void {
    const counts = address < 0 || currentTask().held.length === 0 || isRead(address);
    this.#looked = counts ? 0 : address;
    this.#lookedIn = machine.step;
    this.#next = counts ? load(address) : lookAt(address);
  }

  #use(): void {
    if (this.#looked === 0) return;
    if (this.#lookedIn === machine.step) useLook(this.#looked);
    else demote(this.#looked);
    this.#looked = 0;
  }
}

function isRead(address: number): boolean {
  checkAlive(address);
  return isDemoted(address);
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
