/**
 * Leads a copy of a task to a place where the task has been before: runs its code again from the
 * beginning, each step on what it read the first time, and puts memory back after it.
 */
import { regionStart, setTop, topOf } from "../memory.ts";
import {
  ARENA_WORDS,
  checkAccesses,
  checksAccesses,
  isLaidOut,
  keepStorage,
  occupy,
  shapeIn,
  stateOf,
  words,
} from "../objects.ts";
import { watch } from "../observe.ts";
import { showObject, showViews, viewsAt } from "../struct.ts";
import { advance, newTask, type TaskState } from "../task.ts";
import type { Place } from "./place.ts";
import type { Store } from "./store.ts";
import { repeatAlone, STATE, WORD } from "./tape.ts";
import type { Way } from "./way.ts";

/** A task that stands at `place`, ready to go on in memory as it is now. */
export function copyTo(place: Place, store: Store): TaskState {
  const ways: Way[] = [];
  let root = place;
  for (; root.from !== null; root = root.from.start) ways.push(root.from);
  const { id, name, body, birth, label, subject } = root.state;
  const copy = newTask(id, name, body, birth), isChecking = checksAccesses(), top = topOf(id);
  Object.assign(copy, { label, subject });
  const kept = new Kept(id, ways.reduce((most, way) => Math.max(most, way.topAfter), top));
  watch(false);
  checkAccesses(false);
  repeatAlone(true);
  try {
    for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
      kept.prepare(way, store);
      setTop(id, way.topBefore);
      if (advance(copy)) copy.finished = true;
    }
  } finally {
    repeatAlone(false);
    checkAccesses(isChecking);
    watch(true);
    setTop(id, top);
    kept.restore();
  }
  return copy;
}

/** By word or base address: the number of the copy for which it was kept last. */
const wordKeptFor = new Int32Array(ARENA_WORDS), stateKeptFor = new Int32Array(ARENA_WORDS);
let copies = 0;

/** What memory held before a copy was made. */
class Kept {
  /** Pairs of an address and what was there. */
  readonly #words: number[] = [];
  readonly #states: number[] = [];
  /** What puts back objects of other shapes. */
  readonly #layouts: (() => void)[] = [];
  /** Puts back the task's region, where steps allocate and what they do is not kept word by word. */
  readonly #restoreRegion: () => void;

  /** Keeps the region of `task` below `top`. */
  constructor(task: number, top: number) {
    copies++;
    const start = regionStart(task);
    this.#restoreRegion = keepObjects(start, top - start);
  }

  /** Lets memory be what the step of `way` read, and keeps what it will write. */
  prepare(way: Way, { inputs, outputs }: Store): void {
    for (let at = way.outputs; at < way.outputsEnd; at += 2) this.#keepWord(outputs[at] as number);
    for (let at = way.inputs; at < way.inputsEnd; at += 3) {
      const subject = inputs[at + 1] as number, value = inputs[at + 2] as number;
      if (inputs[at] === WORD) {
        this.#keepWord(subject);
        words[subject] = value;
      } else if (inputs[at] === STATE) this.#setState(subject, value);
    }
    for (const base of way.freed) this.#keepState(base);
  }

  /** Puts everything back. */
  restore(): void {
    for (const restore of this.#layouts.reverse()) restore();
    for (let at = 0; at < this.#words.length; at += 2) {
      words[this.#words[at] as number] = this.#words[at + 1] as number;
    }
    for (let at = 0; at < this.#states.length; at += 2) {
      stateOf[this.#states[at] as number] = this.#states[at + 1] as number;
    }
    this.#restoreRegion();
  }

  #keepWord(address: number): void {
    if (wordKeptFor[address] === copies) return;
    wordKeptFor[address] = copies;
    this.#words.push(address, words[address] as number);
  }

  #keepState(base: number): void {
    if (stateKeptFor[base] === copies) return;
    stateKeptFor[base] = copies;
    this.#states.push(base, stateOf[base] as number);
  }

  #setState(base: number, storage: number): void {
    const shape = shapeIn(storage);
    if (isLaidOut(base, shape)) this.#keepState(base);
    else {
      this.#layouts.push(keepObjects(base, shape.words));
      occupy(base, shape);
      showObject(base, shape);
    }
    stateOf[base] = storage & 3;
  }
}

const nothingToRestore = (): void => {};

/** Answers what puts back the `size` words from `base` on, and the objects there. */
function keepObjects(base: number, size: number): () => void {
  if (size === 0) return nothingToRestore;
  const restore = keepStorage(base, size), views = viewsAt(base, size);
  return () => {
    restore();
    showViews(views);
  };
}
