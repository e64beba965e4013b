/**
 * Where the links of lists have their values from.
 *
 * Removals of entries commute (footprint.ts), so a step that removes one does not count as having
 * read where the entry's links led to. Whoever reads such a link later does: the value in it was
 * handed on from link to link, and every removal that had a hand in it comes before the read.
 */
import { grown, trail } from "./journal.ts";
import { ARENA_WORDS } from "./objects.ts";
import { dependOn } from "./observe.ts";

/** By word: its sources as a list of nodes, which 0 ends; and how many nodes there are. */
const SOURCES = trail.allot(ARENA_WORDS), NODES = trail.allot(1);
const { cells } = trail;
const visited = new Int32Array(ARENA_WORDS);
let nodeSource = new Int32Array(1 << 8), nodeNext = new Int32Array(1 << 8);
let visit = 0;
let found = new Int32Array(1 << 6), foundCount = 0;

/** The link at `address` got the value of the link at `source`, whose entry leaves the list. */
export function handOn(address: number, source: number): void {
  const node = (cells[NODES] as number) + 1;
  trail.put(NODES, node);
  if (node === nodeSource.length) {
    nodeSource = grown(nodeSource);
    nodeNext = grown(nodeNext);
  }
  nodeSource[node] = source;
  nodeNext[node] = cells[SOURCES + address] as number;
  trail.put(SOURCES + address, node);
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
