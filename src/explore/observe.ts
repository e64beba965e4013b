/**
 * Who watches the accesses of a step.
 *
 * Two things are learned from each access and never declared: the step's footprint (which words it
 * read and wrote, for the search to tell which steps depend on each other), and whether the access
 * is ordered by synchronisation after every conflicting one of other tasks (races.ts).
 *
 * All state is kept in typed arrays and reset by stamps, since `note` is the hottest function of
 * the explorer: no allocation, no clearing between executions.
 */
import { runTask } from "./clocks.ts";
import { Demotion } from "./fault.ts";
import { countTaken, isNearLast } from "./counts.ts";
import { takeBack, trail } from "./journal.ts";
import { ARENA_WORDS, describe } from "./objects.ts";
import {
  ALTERS,
  type Footprint,
  GIVE,
  LOW,
  NEAR,
  OWN,
  READ,
  SECTION,
  TAKE,
  WORD_BITS,
  WRITE,
} from "./footprint.ts";
import { checkChange, checkEnd, checkOrder, checkStart, isChecking, watchRaces } from "./races.ts";
import {
  ACQUISITION,
  CHANGE as CHANGE_OP,
  GIVE as GIVE_OP,
  HARDWARE,
  READS,
  SYNC,
  TAKE as TAKE_OP,
  tape,
} from "./tape/tape.ts";

const FOOTPRINT_LIMIT = 1 << 13;

/** The words that the current step touched, in the order of the first touch. */
export const touched = new Int32Array(FOOTPRINT_LIMIT);
/** How much of `touched` is valid. */
export let touchedCount = 0;

const stamp = new Int32Array(ARENA_WORDS);
const bits = new Int32Array(ARENA_WORDS);
let step = 0;

/** What the current step did to the word, in the bits of footprint.ts; 0 if it did not touch it. */
export function usedNow(address: number): number {
  return stamp[address] === step ? bits[address] as number : 0;
}

/** The footprint of the step that has just run, to keep. */
export function copyFootprint(): Footprint {
  const copy = new Int32Array(touchedCount);
  for (let at = 0; at < touchedCount; at++) {
    const word = touched[at] as number;
    copy[at] = word | (bits[word] as number) << WORD_BITS;
  }
  return copy;
}

let watching = false;

/** Starts an execution in which nothing has been done; `on` is false during a setup. */
export function beginExecution(on: boolean): void {
  takeBack(0);
  trail.takeBack(0);
  watch(on);
}

/** Switches the sanitizers' notice of accesses off between steps, or on again. */
export function watch(on: boolean): void {
  watching = on;
  watchRaces(on);
}

/** By word: 1 where the answer to a question about the state depended on it. */
const isVisible = new Uint8Array(ARENA_WORDS);
/** How often it changed which words are visible. */
export let visibleChanges = 0;
let asking = false;
let moreVisible = false;
/** By word: 1 if it was read to judge a state; null when nobody wants to know. */
let judged: Uint8Array | null = null;

/** Notes in `words`, by their addresses, which are read from now on to judge a state; with null no more. */
export function recordJudged(words: Uint8Array | null): void {
  judged = words;
}

/**
 * Answers a question about the state. The words that it reads become visible: a step that writes
 * one depends on every other such step, so that a reduced search asks in every order that counts.
 */
export function askState(question: () => void): void {
  const before = watching;
  asking = true;
  watching = false;
  try {
    question();
  } finally {
    asking = false;
    watching = before;
  }
}

/** Did a question read a word that earlier ones had not? Then what was reduced before is void. */
export function visibleWordsGrew(): boolean {
  const grew = moreVisible;
  moreVisible = false;
  return grew;
}

/** Forgets which words questions read. */
export function forgetVisibleWords(): void {
  isVisible.fill(0);
  visibleChanges++;
  moreVisible = false;
}

/** The words that questions read so far. */
export function visibleWords(): number[] {
  const found: number[] = [];
  for (let word = isVisible.indexOf(1); word >= 0; word = isVisible.indexOf(1, word + 1)) {
    found.push(word);
  }
  return found;
}

/** Did a question read the word? */
export function isWordVisible(address: number): boolean {
  return isVisible[address] === 1;
}

/** Makes words visible before a question reads them, as an earlier process learned them to be. */
export function presetVisibleWords(known: readonly number[]): void {
  for (const word of known) isVisible[word] = 1;
  visibleChanges++;
}

/** The word that stands for the order of visible steps; no object lies at address 0. */
const VISIBLE_ORDER = 0;

/** Starts a step of `task` with an empty footprint. */
export function beginStep(task: number): void {
  runTask(task);
  step++;
  touchedCount = 0;
}

/** Takes note of an access; see the head of this file. */
export function note(address: number, isWrite: boolean, isMarked: boolean): void {
  if (!watching) {
    if (judged !== null) judged[address] = 1;
    if (asking && isVisible[address] === 0) {
      isVisible[address] = 1;
      visibleChanges++;
      moreVisible = true;
    }
    return;
  }
  if (tape !== null) return;
  // The links of an entry that this step took out of its list were checked then.
  if (stamp[address] === step && ((bits[address] as number) & OWN) !== 0) return;
  if (isChecking) checkOrder(address, isWrite, isMarked);
  noteUse(address, isWrite ? WRITE : READ);
}

/**
 * Takes note that the object of `size` words at `base` came to be, or with `ends` was freed: a write
 * of each of its words.
 */
export function noteStorage(base: number, size: number, ends: boolean): void {
  if (!watching || tape !== null) return;
  if (isChecking && !ends) checkStart(base);
  for (let address = base; address < base + size; address++) {
    // The links of an entry that this step took out of its list were checked then.
    if (stamp[address] === step && ((bits[address] as number) & OWN) !== 0) continue;
    if (isChecking && ends) checkEnd(address);
    noteUse(address, WRITE);
  }
}

/**
 * Takes note of a change that commutes with others of its kind: of a link when an entry leaves its
 * list, or with `isMarked` of a count. See footprint.ts.
 */
export function noteChange(address: number, use: number, isMarked: boolean): void {
  if (!watching) return;
  if (tape !== null) return tape.op(CHANGE_OP, address, use << 1 | (isMarked ? 1 : 0));
  change(address, use, isMarked);
}

function change(address: number, use: number, isMarked: boolean): void {
  if (isChecking) checkChange(address, isMarked, (use & NEAR) !== 0);
  noteUse(address, use);
}

/**
 * Takes note that a lock is about to be taken, under another one (`isInner`) or not: demotes it when
 * one of the former is ordered with no other way. For the race check alone.
 */
export function noteAcquisition(address: number, isInner: boolean): void {
  if (!watching || !isChecking) return;
  if (tape !== null) return tape.op(ACQUISITION, address, isInner ? 1 : 0);
  checkAcquisition(address, isInner);
}

/** As {@link noteAcquisition}, for the race check. */
export function checkAcquisition(address: number, isInner: boolean): void {
  if (isInner) checkChange(address, true, true);
  else checkOrder(address, false, true);
}

/** Takes note of a reference that was taken. */
export function noteTake(address: number): void {
  if (!watching) return;
  if (tape !== null) return tape.op(TAKE_OP, address);
  if (isChecking) checkChange(address, true, false);
  useTake(address);
}

/** As {@link noteTake}, for the footprint. */
export function useTake(address: number): void {
  countTaken(address);
  // Between a give and a take of one step fewer are left than after it.
  if ((usedNow(address) & GIVE) !== 0) noteUse(address, WRITE);
  noteUse(address, TAKE);
}

/** Takes note of a reference that was given back, of which `left` above 0 remain. */
export function noteGive(address: number, left: number): void {
  if (!watching) return;
  if (tape !== null) return tape.op(GIVE_OP, address, left);
  const isNear = isNearLast(address, left);
  if (isChecking) checkChange(address, true, isNear);
  useGive(address, left, isNear);
}

/** As {@link noteGive}, for the footprint; `isNear` says that it is NEAR. */
export function useGive(address: number, left: number, isNear: boolean): void {
  noteUse(address, GIVE | (isNear ? NEAR : 0) | (left < 2 ? LOW : 0));
}

/**
 * Takes note that the step used the word of a lock, as SECTION or HOLD says: for the footprint
 * alone, since a lock orders accesses and is itself never a race.
 */
export function noteSync(address: number, use: number): void {
  if (tape !== null) return tape.op(SYNC, address, use);
  noteUse(address, use === SECTION && isVisible[address] === 1 ? READ : use);
}

/**
 * From now on sections of the lock at `address` depend on each turn at it: what a step does before it
 * takes the lock matters to others, so that it matters whether the step finds the lock taken.
 * @throws {Demotion} since what was reduced before is void
 */
export function countTurns(address: number): never {
  isVisible[address] = 1;
  visibleChanges++;
  throw new Demotion(describe(address));
}

/**
 * Takes note of an access by hardware: for the footprint alone. What orders a device with the CPUs
 * is no part of the memory model that the race check knows.
 */
export function noteHardware(address: number, isWrite: boolean): void {
  if (tape !== null) return tape.op(HARDWARE, address, isWrite ? 1 : 0);
  noteUse(address, isWrite ? WRITE : READ);
}

/** The step depended on the word: its task waited for a condition that reads it. */
export function noteRead(address: number): void {
  if (tape !== null) return tape.op(READS, address);
  dependOn(address);
}

/** As {@link noteRead}, for what follows from another note. */
export function dependOn(address: number): void {
  noteUse(address, READ);
}

/** The step used what an earlier look at the word saw, whatever it did to the word since. */
export function noteUsed(address: number): void {
  if (watching && stamp[address] === step) bits[address] = (bits[address] as number) | READ;
  else noteUse(address, READ);
}

/** Adds a use of the word to the footprint. What a step wrote first it does not read. */
export function noteUse(address: number, use: number): void {
  if (!watching) return;
  if (stamp[address] !== step) {
    stamp[address] = step;
    bits[address] = use;
    touched[touchedCount++] = address;
  } else {
    const before = bits[address] as number;
    if (use === READ && (before & WRITE) !== 0) return;
    bits[address] = before | use;
  }
  if ((use & ALTERS) !== 0 && isVisible[address] === 1) noteUse(VISIBLE_ORDER, WRITE);
}
