/**
 * Where the links of lists have their values from.
 *
 * Removals of entries commute (footprint.ts), so a step that removes one does not count as having
 * read where the entry's links led to. Whoever reads such a link later does: the value in it was
 * handed on from link to link, and every removal that had a hand in it comes before the read.
 */
import { grown, trail } from "./journal.ts";
import { ARENA_WORDS, FREED, ownerOf, stateOf } from "./objects.ts";
import { dependOn } from "./observe.ts";
import { scrambled } from "./tape/history.ts";

/** By word: its sources as a list of nodes, which 0 ends; and how many nodes there are. */
const SOURCES = trail.allot(ARENA_WORDS), NODES = trail.allot(1);
/** A hash of what a reader of each link that lives depends on; and whether it is out of date. */
const HASH = trail.allot(1), IS_OLD = trail.allot(1);
const { cells } = trail;
const visited = new Int32Array(ARENA_WORDS);
/** By node: the link, from where it got a value, and the next node of its list. */
let nodeLink = new Int32Array(1 << 8), nodeSource = nodeLink.slice(), nodeNext = nodeLink.slice();
let visit = 0;
let found = new Int32Array(1 << 6), foundCount = 0;

/** The link at `address` got the value of the link at `source`, whose entry leaves the list. */
export function handOn(address: number, source: number): void {
  const node = (cells[NODES] as number) + 1;
  trail.put(NODES, node);
  if (node === nodeSource.length) {
    nodeLink = grown(nodeLink);
    nodeSource = grown(nodeSource);
    nodeNext = grown(nodeNext);
  }
  nodeLink[node] = address;
  nodeSource[node] = source;
  nodeNext[node] = cells[SOURCES + address] as number;
  trail.put(SOURCES + address, node);
  trail.put(IS_OLD, 1);
}

/** The object of `size` words at `base` was freed: nobody reads its links, or changes them. */
export function forgetLinks(base: number, size: number): void {
  for (let node = cells[NODES] as number; node > 0; node--) {
    const link = (nodeLink[node] as number) - base, source = (nodeSource[node] as number) - base;
    if (link >= 0 && link < size || source >= 0 && source < size) return trail.put(IS_OLD, 1);
  }
}

/** Equal where readers of the links that live depend on the same. */
export function linksHash(): number {
  if (cells[IS_OLD] === 1) rehash();
  return cells[HASH] as number;
}

function rehash(): void {
  trail.put(IS_OLD, 0);
  let hash = 0;
  for (let node = cells[NODES] as number; node > 0; node--) {
    const address = nodeLink[node] as number;
    // Its latest node stands for all of them.
    if (cells[SOURCES + address] === node && !isFreed(address)) hash = hash + hashOf(address) | 0;
  }
  trail.put(HASH, hash);
}

/** A number for all that a reader of the link at `address` depends on, or may depend on yet. */
function hashOf(address: number): number {
  let hash = 0;
  const count = findSources(address);
  for (let at = 0; at < count; at++) {
    const source = sourceAt(at);
    if (found.indexOf(source) === at) hash = hash + scrambled(source) | 0;
  }
  let edges = 0, seen = 0;
  for (let node = cells[SOURCES + address] as number; node !== 0; node = nodeNext[node] as number) {
    const source = nodeSource[node] as number;
    // What is handed on to it later is so to this one.
    if (isFreed(source)) continue;
    if (seen === found.length) found = grown(found);
    found[seen++] = source;
  }
  for (let at = 0; at < seen; at++) {
    const source = found[at] as number;
    if (found.indexOf(source) === at) edges = edges + scrambled(~source) | 0;
  }
  hash = hash + edges | 0;
  return scrambled(hash ^ Math.imul(address, 0x9e3779b1));
}

function isFreed(address: number): boolean {
  return stateOf[ownerOf[address] as number] === FREED;
}

/** Was a value handed on to the word at `address`? */
export function hasSources(address: number): boolean {
  return cells[SOURCES + address] !== 0;
}

/** The step read the word at `address`: so it read what was handed on to it. */
export function readSources(address: number): void {
  const count = findSources(address);
  for (let at = 0; at < count; at++) dependOn(sourceAt(at));
}

/**
 * Finds the words from which the value of the word at `address` was handed on; answers how many, and
 * leaves them for `sourceAt`. No list is made: this is done on most steps.
 */
export function findSources(address: number): number {
  visit++;
  foundCount = 0;
  collect(address);
  return foundCount;
}

/** Of the words that were found last. */
export function sourceAt(at: number): number {
  return found[at] as number;
}

function collect(address: number): void {
  if (!hasSources(address) || visited[address] === visit) return;
  visited[address] = visit;
  for (let node = cells[SOURCES + address] as number; node !== 0; node = nodeNext[node] as number) {
    const source = nodeSource[node] as number;
    if (foundCount === found.length) found = grown(found);
    found[foundCount++] = source;
    collect(source);
  }
}
