/**
 * Which words tasks share, as far as a search has seen.
 *
 * Most of what a step touches is read by all and written by nobody, or used by one task alone. Such
 * a word makes no two steps depend on each other and is in no data race, so a tape is played without
 * it. When another task comes to share it, the steps of the present path are told again; no other
 * path has missed anything, since the word was not shared there.
 */
import { ARENA_WORDS, TASK_LIMIT } from "../objects.ts";
import { isWordVisible } from "../observe.ts";
import { ACQUISITION, ALLOCATE, FREE, HAND_ON, hasList, TOUCH } from "./tape.ts";
import type { Piece } from "./way.ts";

/** By word: a mask of the tasks that touched it, with `ALTERED` if one of them wrote it. */
const ALTERED = 1 << TASK_LIMIT;

/** How the words are shared. */
export class Sharing {
  /** How often it changed what is said of a word. */
  version = 1;
  /** By word: the version that brought its last change; and the version that changed all. */
  readonly #changedIn = new Int32Array(ARENA_WORDS);
  #allChangedIn = 1;
  readonly #users = new Int32Array(ARENA_WORDS);
  readonly #shared = new Uint8Array(ARENA_WORDS);
  readonly #handedOn = new Uint8Array(ARENA_WORDS);

  /** Has the word to be told of? */
  isShared(address: number): boolean {
    return this.#shared[address] === 1 || isWordVisible(address);
  }

  /** Was a value handed on to the word in any step? */
  isHandedOn(address: number): boolean {
    return this.#handedOn[address] === 1;
  }

  /** The word counts as shared from now on. */
  share(address: number): void {
    if (this.#shared[address] === 1) return;
    this.#shared[address] = 1;
    // Nobody could tell if nobody had touched it.
    if (this.#users[address] !== 0) this.change(address);
  }

  /** Something else is to be said of the word from now on, or of all of them. */
  change(address?: number): void {
    this.version++;
    if (address === undefined) this.#allChangedIn = this.version;
    else this.#changedIn[address] = this.version;
  }

  /** Is what was said of the words of `way` when `version` came still to be said? */
  isUnchanged(ops: Int32Array, way: Piece, version: number): boolean {
    if (version < this.#allChangedIn) return false;
    for (let at = way.ops; at < way.opsEnd; at += 3) {
      const code = ops[at] as number, word = ops[at + 1] as number, more = ops[at + 2] as number;
      if (hasList(code)) at += more;
      else if (code <= ACQUISITION) {
        const end = word + (code === ALLOCATE || code === FREE ? more : 1);
        for (let each = word; each < end; each++) {
          if ((this.#changedIn[each] as number) > version) return false;
        }
      }
    }
    return true;
  }

  /** Takes in what a new tape of `task` touches. */
  learn(task: number, ops: readonly number[]): void {
    for (let at = 0; at < ops.length; at += 3) {
      const code = ops[at] as number, subject = ops[at + 1] as number, more = ops[at + 2] as number;
      if (code === TOUCH) this.#use(task, subject, (more & 1) !== 0);
      else if (code === ALLOCATE || code === FREE) {
        for (let address = subject; address < subject + more; address++) {
          this.#use(task, address, true);
        }
      } else if (hasList(code)) at += more;
      else if (code <= ACQUISITION) this.share(subject);
      if (code === HAND_ON && !this.isHandedOn(subject)) {
        this.#handedOn[subject] = 1;
        this.change(subject);
      }
    }
  }

  #use(task: number, address: number, isWrite: boolean): void {
    const before = this.#users[address] as number;
    const users = before | 1 << task | (isWrite ? ALTERED : 0);
    if (users === before) return;
    this.#users[address] = users;
    const tasks = users & ~ALTERED;
    if ((users & ALTERED) !== 0 && (tasks & tasks - 1) !== 0 && before !== 0) this.share(address);
  }
}
