/**
 * Lists with a head of one word, walked under RCU or SRCU while others change them
 * (include/linux/list.h, rculist.h). The links that a walker follows are marked accesses.
 */
import { load, loadMarked, store, storeMarked } from "explore/memory.ts";
import {
  container_of,
  link,
  type Struct,
  struct,
  type StructClass,
  viewAt,
} from "explore/struct.ts";
import { done, indivisible, type Step } from "explore/task.ts";
import { atomically, isScheduled } from "./atomic.ts";

/** A place in a list: the next node, and the word that points here (0 when in no list). */
export class hlist_node extends struct("hlist_node", { next: link, pprev: link }) {}

/** The head of a list. */
export class hlist_head extends struct("hlist_head", { first: link }) {}

const NEXT = 1, PPREV = 2, FIRST = 1;

/** Makes `head` an empty list. */
export function INIT_HLIST_HEAD(head: hlist_head): void {
  store(head.address + FIRST, 0);
}

/** Is `node` in no list? */
export function hlist_unhashed(node: hlist_node): boolean {
  return load(node.address + PPREV) === 0;
}

/** Has the list no entry? For whoever holds the lock that writers hold. */
export function hlist_empty(head: hlist_head): boolean {
  return load(head.address + FIRST) === 0;
}

/** The first node, for whoever holds the lock that writers hold. */
export function hlist_first(head: hlist_head): hlist_node | null {
  return nodeAt(load(head.address + FIRST));
}

/** Adds `node` at the front. The caller holds the lock that writers hold. */
export function hlist_add_head(node: hlist_node, head: hlist_head): Step {
  const slot = head.address + FIRST;
  const add = (): void => {
    const first = load(slot);
    store(node.address + NEXT, first);
    if (first !== 0) store(first + PPREV, node.address + NEXT);
    storeMarked(slot, node.address);
    store(node.address + PPREV, slot);
  };
  return isScheduled(slot) ? indivisible("hlist_add_head", head, add) : done(add());
}

/**
 * Takes `node` out if it is in a list; its `next` stays, so that a walker who stands on it can go on
 * as long as the node's memory lives. The caller holds the lock that writers hold.
 */
export function hlist_del_init_rcu(node: hlist_node): Step {
  const slot = load(node.address + PPREV);
  if (slot === 0) return done(undefined);
  const unlink = (): void => {
    const next = load(node.address + NEXT);
    storeMarked(slot, next);
    if (next !== 0) store(next + PPREV, slot);
    store(node.address + PPREV, 0);
  };
  return isScheduled(slot) ? indivisible("hlist_del_init_rcu", node, unlink) : done(unlink());
}

function nodeAt(address: number): hlist_node | null {
  return address === 0 ? null : viewAt(address) as hlist_node;
}

function followMarked(address: number): hlist_node | null {
  return nodeAt(loadMarked(address));
}

/** The first node, for a walker in a read section. */
export function hlist_first_rcu(head: hlist_head): Step<hlist_node | null> {
  return atomically("hlist_first_rcu", head, head.address + FIRST, followMarked);
}

/** The node after `node`, for a walker in a read section. */
export function hlist_next_rcu(node: hlist_node): Step<hlist_node | null> {
  return atomically("hlist_next_rcu", node, node.address + NEXT, followMarked);
}

/** The struct of `type` whose `member` is `node`. */
export function hlist_entry<S extends Struct>(
  node: hlist_node,
  type: StructClass<S>,
  member: keyof S & string,
): S {
  return container_of(node, type, member);
}
