/**
 * Leads a copy of a task to a place where the task has been before: runs its code again from the
 * beginning, each step on what it read the first time, and puts memory back after it.
 */
import { regionStart, setTop, topOf } from "../memory.ts";
import {
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
  const { id, name, body, birth } = root.state;
  const copy = newTask(id, name, body, birth), isChecking = checksAccesses(), top = topOf(id);
  const restore = keepRegion(id, Math.max(top, ...ways.map(({ topAfter }) => topAfter)));
  watch(false);
  checkAccesses(false);
  repeatAlone(true);
  try {
    for (let way = ways.pop(); way !== undefined; way = ways.pop()) repeat(way, copy, store);
  } finally {
    repeatAlone(false);
    checkAccesses(isChecking);
    watch(true);
    setTop(id, top);
    restore();
  }
  return copy;
}

/** Answers what puts back the words of the task's region below `top`. */
function keepRegion(task: number, top: number): () => void {
  const start = regionStart(task), size = top - start;
  if (size === 0) return () => {};
  const restore = keepStorage(start, size), views = viewsAt(start, size);
  return () => {
    restore();
    showViews(views);
  };
}

/** Scratch: what to put back, as pairs of an address and what was there. */
const wordsBefore: number[] = [], statesBefore: number[] = [];

/** Runs one step of `copy` as it went before, and puts memory back but for the task's region. */
function repeat(way: Way, copy: TaskState, { inputs, outputs }: Store): void {
  wordsBefore.length = statesBefore.length = 0;
  const layouts: (() => void)[] = [];
  for (let at = way.outputs; at < way.outputsEnd; at += 2) {
    const address = outputs[at] as number;
    wordsBefore.push(address, words[address] as number);
  }
  for (let at = way.inputs; at < way.inputsEnd; at += 3) {
    const subject = inputs[at + 1] as number, value = inputs[at + 2] as number;
    if (inputs[at] === WORD) {
      wordsBefore.push(subject, words[subject] as number);
      words[subject] = value;
    } else if (inputs[at] === STATE) {
      if (!isLaidOut(subject, shapeIn(value))) layouts.push(layOut(subject, value));
      statesBefore.push(subject, stateOf[subject] as number);
      stateOf[subject] = value & 3;
    }
  }
  setTop(copy.id, way.topBefore);
  if (advance(copy)) copy.finished = true;
  for (let at = wordsBefore.length - 2; at >= 0; at -= 2) {
    words[wordsBefore[at] as number] = wordsBefore[at + 1] as number;
  }
  for (let at = statesBefore.length - 2; at >= 0; at -= 2) {
    stateOf[statesBefore[at] as number] = statesBefore[at + 1] as number;
  }
  for (let back = layouts.pop(); back !== undefined; back = layouts.pop()) back();
}

/** Lets there be an object at `base` as `storage` says; answers what puts back what is there now. */
function layOut(base: number, storage: number): () => void {
  const shape = shapeIn(storage), { words: size } = shape;
  const restore = keepStorage(base, size), views = viewsAt(base, size);
  occupy(base, shape);
  showObject(base, shape);
  return () => {
    restore();
    showViews(views);
  };
}
