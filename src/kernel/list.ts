/**
 * Doubly linked lists with the checks of CONFIG_DEBUG_LIST (include/linux/list.h, lib/list_debug.c).
 * A link is the address of another list_head; a deleted entry holds poison there.
 */
import { KernelFault } from "explore/fault.ts";
import { handOnLink, load, loadLink, noteRemoved, store, storeLink } from "explore/memory.ts";
import { describe, LIST_POISON1, LIST_POISON2 } from "explore/objects.ts";
import { link, struct } from "explore/struct.ts";
import { called } from "explore/tape/call.ts";

export * from "./list_walk.ts";

/** The head of a list, or an entry's place in one. */
export class list_head extends struct("list_head", { next: link, prev: link }) {}

const NEXT = 1, PREV = 2;

function corrupted(kind: "list_add" | "list_del", entry: number, detail: string): KernelFault {
  return new KernelFault("list debug", `${kind} corruption`, describe(entry), detail, entry);
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
  called(() => insert(entry.address, head.address, load(head.address + NEXT)));
}

/** Adds `entry` before `head`, as the last of the list. Faults as {@link list_add}. */
export function list_add_tail(entry: list_head, head: list_head): void {
  called(() => insert(entry.address, load(head.address + PREV), head.address));
}

/**
 * Takes the entry out, after __list_del_entry_valid, and leaves `next` and `prev` in its links.
 * Removals of different entries commute (explore/footprint.ts).
 */
function unlink(entry: number, newNext: number, newPrev: number): void {
  const next = loadLink(entry + NEXT, true), prev = loadLink(entry + PREV, true);
  if (next === LIST_POISON1) throw corrupted("list_del", entry, "->next is LIST_POISON1");
  if (prev === LIST_POISON2) throw corrupted("list_del", entry, "->prev is LIST_POISON2");
  noteRemoved(entry);
  if (loadLink(prev + NEXT, false) !== entry) {
    throw corrupted("list_del", entry, "prev->next is not entry");
  }
  if (loadLink(next + PREV, false) !== entry) {
    throw corrupted("list_del", entry, "next->prev is not entry");
  }
  handOnLink(next + PREV, entry + PREV);
  handOnLink(prev + NEXT, entry + NEXT);
  storeLink(entry + NEXT, newNext);
  storeLink(entry + PREV, newPrev);
}

/**
 * Takes `entry` out of its list and poisons its links.
 * @throws {KernelFault} list debug, "list_del corruption", when it is in no list
 */
export function list_del(entry: list_head): void {
  called(() => unlink(entry.address, LIST_POISON1, LIST_POISON2));
}

/** Takes `entry` out of its list and makes it an empty list of its own. */
export function list_del_init(entry: list_head): void {
  called(() => unlink(entry.address, entry.address, entry.address));
}

/** Is there no entry in the list of `head`? */
export function list_empty(head: list_head): boolean {
  return called(() => load(head.address + NEXT) === head.address);
}

/** Does `entry` come last in the list of `head`? */
export function list_is_last(entry: list_head, head: list_head): boolean {
  return called(() => load(entry.address + NEXT) === head.address);
}
