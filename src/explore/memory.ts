/**
 * The kernel's memory: one flat array of words with a shadow that knows which of them are alive.
 *
 * Everything that two tasks can share lives here, so that an execution is reset by copying a few
 * hundred words, a state is compared word by word, a touch after `kfree` is caught where it
 * happens, and the footprint of a step is recorded instead of declared.
 *
 * Addresses are never given out twice in one execution, and every task allocates from a region of
 * its own: two executions that differ only in the order of independent steps end in the same words.
 */
import { KernelFault } from "./fault.ts";
import {
  ARENA_WORDS,
  checkAlive,
  describe,
  FREED,
  LIVE,
  occupy,
  ownerOf,
  REGION_WORDS,
  type Shape,
  shapeOf,
  stateOf,
  STATIC_WORDS,
  storageOf,
  TASK_LIMIT,
  UNUSED,
  words,
} from "./objects.ts";
import {
  note,
  noteChange,
  noteGive,
  noteStorage,
  noteSync,
  noteTake,
  noteUsed,
} from "./observe.ts";
import { CHANGE, LOOK, OWN, TEST, WRITE } from "./footprint.ts";
import { handOn, hasSources, readSources } from "./links.ts";
import { recorder } from "./recorder.ts";
import { relaxed } from "./relaxed/hook.ts";
import { FREE, HAND_ON, tape, TOUCH, Unrecordable, USES } from "./tape/tape.ts";

/** The value of `segment` at the last noted read, or write, of a word. */
const readIn = new Int32Array(ARENA_WORDS), writtenIn = new Int32Array(ARENA_WORDS);

/** The bits that an address can need. A word may carry flags above them, as a page-table entry does. */
export const ADDRESS_MASK = (1 << 24) - 1;

/** By base address: 1 for a root of the leak check. It ends with its object's storage. */
export const isRoot = new Uint8Array(ARENA_WORDS);

let segment = 1;
/** Module code runs outside any execution: its objects are statics. */
let region = -1;
const tops = new Int32Array(TASK_LIMIT + 1);

/** Where region `task` starts; -1 names the static region. */
export function regionStart(task: number): number {
  return task < 0 ? 1 : STATIC_WORDS + task * REGION_WORDS;
}

function regionEnd(task: number): number {
  return task < 0 ? STATIC_WORDS : regionStart(task) + REGION_WORDS;
}

for (let task = -1; task < TASK_LIMIT; task++) tops[task + 1] = regionStart(task);

/** From here on `task` allocates (-1: statics and setup). */
export function useRegion(task: number): void {
  region = task;
}

/** A touch after this counts as new: a step begins, or the task's locks or clock changed. */
export function nextSegment(): void {
  segment++;
}

/**
 * Gives zeroed storage for an object of `shape` and answers its address.
 * @throws {RangeError} when the task's region is used up
 */
export function allocate(shape: Shape): number {
  const base = tops[region + 1] as number;
  const end = base + shape.words;
  if (end > regionEnd(region)) {
    throw new RangeError(
      `Cannot allocate ${shape.name}: region ${region} of kernel memory is full (${REGION_WORDS} words a task)`,
    );
  }
  tops[region + 1] = end;
  tape?.allocates(base, shape.words);
  occupy(base, shape);
  // The one who allocates may touch the object at once, and nobody else knows of it yet.
  noteStorage(base, shape.words, false);
  for (let address = base; address < end; address++) {
    words[address] = 0;
    writtenIn[address] = readIn[address] = isHeard() ? 0 : segment;
  }
  recorder?.allocates(base);
  return base;
}

/** Gives an object's storage back, as `kfree`. NULL is allowed, as it is there. */
export function release(base: number): void {
  if (base === 0) return;
  const shape = shapeOf[base];
  if (ownerOf[base] !== base || shape === undefined) {
    throw new KernelFault("KASAN", "invalid-free", describe(base), "", base);
  }
  tape?.asks(base, storageOf(base));
  if (stateOf[base] !== LIVE) {
    throw new KernelFault("KASAN", "double-free", shape.name, "", base);
  }
  tape?.op(FREE, base, shape.words);
  tape?.freed.push(base);
  // To free is to write every word: a touch that is not ordered with it is a race with the free.
  noteStorage(base, shape.words, true);
  stateOf[base] = FREED;
  recorder?.frees(base);
  segment++;
}

/** Reads a word. A plain access: unordered, and a data race if another task's write is unordered with it. */
export function load(address: number): number {
  if (readIn[address] !== segment) touch(address, false, false);
  return words[address] as number;
}

/** Writes a word, plainly. */
export function store(address: number, value: number): void {
  if (writtenIn[address] !== segment) touch(address, true, false);
  words[address] = value;
}

/** Reads a word as READ_ONCE or an atomic does. */
export function loadMarked(address: number): number {
  touch(address, false, true);
  return words[address] as number;
}

/** Writes a word as WRITE_ONCE or an atomic does. */
export function storeMarked(address: number, value: number): void {
  touch(address, true, true);
  words[address] = value;
}

/** Takes a reference more: the count at `address` must be above 0. */
export function takeCount(address: number): void {
  checkAlive(address);
  noteTake(address);
  countChanges(address);
  words[address] = (words[address] as number) + 1;
}

/** Gives a reference back that is not the last: the count at `address` must be above 1. */
export function giveCount(address: number): void {
  checkAlive(address);
  const left = (words[address] as number) - 1;
  noteGive(address, left);
  countChanges(address);
  words[address] = left;
}

/** The count is about to change, and who changes it does not learn what it is. */
function countChanges(address: number): void {
  tape?.looksAt(address);
  tape?.writes(address);
  recorder?.accesses(address, true);
}

/** Asks whether the count at `address` is above 0, which it is, and no more. */
export function isCounted(address: number): boolean {
  checkAlive(address);
  noteSync(address, TEST);
  recorder?.accesses(address, false);
  return true;
}

/** Reads the link at `address`, about to take an entry out of its list: its own or a neighbour's. */
export function loadLink(address: number, isOwn: boolean): number {
  if (relaxed !== null) return load(address);
  checkAlive(address);
  noteChange(address, isOwn ? CHANGE | OWN : CHANGE, false);
  tape?.reads(address);
  recorder?.accesses(address, false);
  return words[address] as number;
}

/** Writes a link that `loadLink` read in the same step. */
export function storeLink(address: number, value: number): void {
  if (relaxed !== null) return store(address, value);
  recorder?.accesses(address, true);
  tape?.writes(address);
  words[address] = value;
}

/** Lets the link at `address` lead where the one at `source` leads, whose entry leaves the list. */
export function handOnLink(address: number, source: number): void {
  tape?.reads(source);
  storeLink(address, words[source] as number);
  if (tape === null) handOn(address, source);
  else tape.op(HAND_ON, address, source);
  // Whoever reads it from now on, in this step too, reads what was handed on.
  readIn[address] = 0;
}

/** The entry whose first word is at `address` leaves its list: nobody else takes it out. */
export function noteRemoved(address: number): void {
  noteSync(address, WRITE);
}

/** Reads the word ahead of its use: the step depends on it when it, or a later one, uses what it saw. */
export function lookAt(address: number): number {
  if (relaxed !== null) return load(address);
  checkAlive(address);
  noteSync(address, LOOK);
  tape?.reads(address);
  recorder?.accesses(address, false);
  return words[address] as number;
}

/** The step uses what it saw when it looked at the word. */
export function useLook(address: number): void {
  if (tape !== null) return tape.op(USES, address);
  noteUsed(address);
  if (hasSources(address)) readSources(address);
}

/** The slow path of an access: liveness first, then whoever watches. */
function touch(address: number, isWrite: boolean, isMarked: boolean): void {
  checkAlive(address);
  if (tape !== null) {
    tape.op(TOUCH, address, (isWrite ? 1 : 0) | (isMarked ? 2 : 0));
    if (isWrite) tape.writes(address);
    else tape.reads(address);
  }
  noteTouch(address, isWrite, isMarked);
  if (isHeard()) {
    relaxed?.accesses(address, isWrite, isMarked);
    recorder?.accesses(address, isWrite);
    return;
  }
  readIn[address] = segment;
  if (isWrite) writtenIn[address] = segment;
}

/** Takes note of an access, and with a read of all that what it reads was handed on from. */
export function noteTouch(address: number, isWrite: boolean, isMarked: boolean): void {
  if (tape !== null) return;
  note(address, isWrite, isMarked);
  if (!isWrite && hasSources(address)) readSources(address);
}

/** Nothing is left of what the tape heard the task read since it `enter`ed; it goes on as it did then. */
export function forgetAgain(): void {
  tape?.history.again();
  segment++;
}

/** Only `answer` is left of what the tape heard the task read since it `enter`ed. */
export function leaveKnowing(answer: number, isAddress = false): void {
  tape?.history.leave(answer, isAddress);
  // Who reads one of these words again reads it anew.
  segment++;
}

/** Does somebody hear of every access? Then none of them counts as known. */
function isHeard(): boolean {
  return recorder !== null || relaxed !== null;
}

/** A copy of all that an execution can change, taken after a scenario's setup. */
export interface Snapshot {
  readonly words: Int32Array;
  readonly states: Uint8Array;
  readonly tops: Int32Array;
}

/** Takes the state of the static region; tasks have not run yet. */
export function takeSnapshot(): Snapshot {
  const top = tops[0] as number;
  return { words: words.slice(0, top), states: stateOf.slice(0, top), tops: tops.slice() };
}

/** Puts memory back to `snapshot`. What tasks allocated since is gone without a trace. */
export function restoreSnapshot(snapshot: Snapshot): void {
  words.set(snapshot.words);
  stateOf.set(snapshot.states);
  for (let task = 0; task < TASK_LIMIT; task++) {
    const from = snapshot.tops[task + 1] as number, to = tops[task + 1] as number;
    if (to > from) {
      stateOf.fill(UNUSED, from, to);
      ownerOf.fill(0, from, to);
      isRoot.fill(0, from, to);
    }
  }
  // What a setup allocated after this snapshot, if another scenario ran in between.
  const top = snapshot.tops[0] as number, now = tops[0] as number;
  if (now > top) {
    stateOf.fill(UNUSED, top, now);
    ownerOf.fill(0, top, now);
    isRoot.fill(0, top, now);
  }
  tops.set(snapshot.tops);
  region = -1;
  segment++;
}

/** How much of its region `task` has used up; to be put back when its steps are. */
export function topOf(task: number): number {
  return tops[task + 1] as number;
}

/** Puts back what `topOf` answered. */
export function setTop(task: number, top: number): void {
  tops[task + 1] = top;
}

/** Calls `visit` with the base address of every live object, in the order of addresses. */
export function eachLive(visit: (base: number, shape: Shape) => void): void {
  if (tape !== null) throw new Unrecordable("Cannot record who is alive");
  for (let task = -1; task < TASK_LIMIT; task++) {
    const end = tops[task + 1] as number;
    let base = regionStart(task);
    while (base < end) {
      const shape = shapeOf[base] as Shape;
      if (stateOf[base] === LIVE) visit(base, shape);
      base += shape.words;
    }
  }
}
