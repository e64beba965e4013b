/** Memory and the tasks, moved along a path by the ways that its steps go, and back. */
import { grown } from "../journal.ts";
import { setTop } from "../memory.ts";
import {
  FREED,
  isLaidOut,
  LIVE,
  occupy,
  type Shape,
  shapeOf,
  stateOf,
  UNUSED,
  words,
} from "../objects.ts";
import type { Listener } from "../search/stepper.ts";
import { showObject } from "../struct.ts";
import { machine } from "../task.ts";
import type { Place } from "./place.ts";
import type { Made, Way } from "./way.ts";

/** What a path moves. */
export class Ground {
  /** By task: where it stands. */
  readonly at: Place[] = [];
  /** Hears of what steps do to memory; null for nobody. */
  listener: Listener | null = null;
  /** What was in the words that the steps wrote, in the order of their ways' outputs. */
  #before = new Int32Array(1 << 12);
  #top = 0;

  /** An execution begins, in which nobody stands anywhere yet. */
  begin(): void {
    this.at.length = this.#top = 0;
    this.listener?.begin();
  }

  /** The task stands at `place`. */
  stand(task: number, place: Place): void {
    this.at[task] = place;
    machine.tasks[task] = place.state;
  }

  /** A step went `way` as it was recorded: memory is as it left it, and was as `before` says by output. */
  follow(way: Way, before: readonly number[], outputs: Int32Array): void {
    const { made, freed, spawned, start: { state: { id } }, end } = way, { listener } = this;
    this.#makeRoom(before.length);
    for (let at = 0; at < before.length; at++) {
      const value = this.#before[this.#top++] = before[at] as number, output = way.outputs + 2 * at;
      listener?.change(outputs[output] as number, value, outputs[output + 1] as number);
    }
    for (const { base, words: content } of made) listener?.allocate(base, content);
    for (const base of freed) this.#tellFreed(base);
    this.#standAll(spawned);
    this.stand(id, end);
  }

  /** Does to memory and the tasks what `way` did. */
  go(way: Way, outputs: Int32Array): void {
    const { made, freed, spawned, start: { state: { id } } } = way;
    this.#makeRoom(way.outputsEnd - way.outputs);
    const before = this.#before, { listener } = this;
    let top = this.#top;
    for (let at = way.outputs; at < way.outputsEnd; at += 2) {
      const address = outputs[at] as number;
      const value = before[top++] = words[address] as number, next = outputs[at + 1] as number;
      words[address] = next;
      if (listener !== null) listener.change(address, value, next);
    }
    this.#top = top;
    // Loops by index: an iterator for each of these lists would be most of what a search allocates.
    for (let at = 0; at < made.length; at++) {
      const { base, shape, words: content } = made[at] as Made;
      if (!isLaidOut(base, shape)) showObject(base, shape);
      occupy(base, shape);
      words.set(content, base);
      if (listener !== null) listener.allocate(base, content);
    }
    for (let at = 0; at < freed.length; at++) {
      stateOf[freed[at] as number] = FREED;
      this.#tellFreed(freed[at] as number);
    }
    setTop(id, way.topAfter);
    for (let at = 0; at < way.log.length; at++) machine.log.push(way.log[at] as string);
    this.#standAll(spawned);
    this.stand(id, way.end);
  }

  /** Takes back what the last step did, which went `way`; its listener is told otherwise. */
  undo(way: Way, outputs: Int32Array): void {
    const { made, freed, spawned, start, topBefore } = way;
    let top = this.#top -= (way.outputsEnd - way.outputs) >> 1;
    for (let at = way.outputs; at < way.outputsEnd; at += 2) {
      words[outputs[at] as number] = this.#before[top++] as number;
    }
    for (let at = 0; at < freed.length; at++) stateOf[freed[at] as number] = LIVE;
    for (let at = 0; at < made.length; at++) stateOf[(made[at] as Made).base] = UNUSED;
    setTop(start.state.id, topBefore);
    for (let at = 0; at < spawned.length; at++) {
      delete machine.tasks[(spawned[at] as Place).state.id];
    }
    this.stand(start.state.id, start);
  }

  #standAll(places: readonly Place[]): void {
    for (let at = 0; at < places.length; at++) {
      const place = places[at] as Place;
      this.stand(place.state.id, place);
    }
  }

  #tellFreed(base: number): void {
    this.listener?.free(base, words, (shapeOf[base] as Shape).words);
  }

  #makeRoom(count: number): void {
    if (this.#top + count > this.#before.length) this.#before = grown(this.#before, count);
  }
}
