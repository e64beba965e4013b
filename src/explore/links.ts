/**
 * Where the links of lists have their values from.
 *
 * Removals of entries commute (footprint.ts), so a step that removes one does not count as having
 * read where the entry's links led to. Whoever reads such a link later does: the value in it was
 * handed on from link to link, and every removal that had a hand in it comes before the read.
 */
import { ARENA_WORDS } from "./objects.ts";
import { noteRead } from "./observe.ts";

/** By word, valid if the stamp is of this execution: its sources as a list of nodes; 0 ends it. */
const stamp = new Int32Array(ARENA_WORDS), sources = new Int32Array(ARENA_WORDS);
const visited = new Int32Array(ARENA_WORDS);
let nodeSource = new Int32Array(1 << 8), nodeNext = new Int32Array(1 << 8);
let nodes = 0, execution = 0, visit = 0;

/** Starts an execution in which no link was handed on. */
export function beginLinks(): void {
  execution++;
  nodes = 0;
}

/** The link at `address` got the value of the link at `source`, whose entry leaves the list. */
export function handOn(address: number, source: number): void {
  if (stamp[address] !== execution) {
    stamp[address] = execution;
    sources[address] = 0;
  }
  if (++nodes === nodeSource.length) {
    nodeSource = grown(nodeSource);
    nodeNext = grown(nodeNext);
  }
  nodeSource[nodes] = source;
  nodeNext[nodes] = sources[address] as number;
  sources[address] = nodes;
}

/** Was a value handed on to the word at `address`? */
export function hasSources(address: number): boolean {
  return stamp[address] === execution;
}

/** The step read the word at `address`: so it read what was handed on to it. */
export function readSources(address: number): void {
  visit++;
  readFrom(address);
}

function readFrom(address: number): void {
  if (stamp[address] !== execution || visited[address] === visit) return;
  visited[address] = visit;
  for (let node = sources[address] as number; node !== 0; node = nodeNext[node] as number) {
    const source = nodeSource[node] as number;
    noteRead(source);
    readFrom(source);
  }
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(array.length * 2);
  twice.set(array);
  return twice;
}
