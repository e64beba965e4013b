/**
 * Relaxed memory: each word has a history of writes in coherence order, and an access chooses its
 * place in it. A read may see any write that its task is not bound to have passed; a write may come
 * before one that is there already. What a choice makes of the execution is held against the Linux
 * kernel memory model (graph.ts), and an execution that the model forbids is given up.
 *
 * Tasks run in program order, and a read sees only what was written before it in the schedule. So a
 * write never comes before an earlier read of its own task (load buffering): as if each write
 * depended on all reads before it. But for that, the executions are all that the model allows.
 *
 * The words of memory hold the latest write of each history between steps, and what the task reads
 * while it reads it. So code that asks without being told of, such as a condition of a wait, asks
 * for the latest.
 */
import { ARENA_WORDS, words } from "../objects.ts";
import { recorder } from "../recorder.ts";
import { Choices, Forbidden } from "./choices.ts";
import type { History, LockPart, MemoryEvent, Tag } from "./events.ts";
import { judge, type Judgement } from "./graph.ts";
import type { AtomicOrder, Barrier, MemoryListener } from "./hook.ts";
import { Local, Passed } from "./local.ts";

/** An atomic operation under way. */
interface Atomic {
  readonly word: number;
  read: MemoryEvent | null;
  write: MemoryEvent | null;
  isFull: boolean;
}

/** Words that stand for the synchronisation at a word, and for the start of a task. */
const SYNC = ARENA_WORDS, STARTS = 2 * ARENA_WORDS;

/** The memory of one execution after the other. */
export class RelaxedMemory implements MemoryListener {
  /** What the accesses of the step under way choose. */
  readonly choices = new Choices();

  readonly #tasks: Local[] = [];
  readonly #histories = new Map<number, History>();
  readonly #passed = new Passed();
  /** Pasts by what they add to a shorter one. */
  readonly #pasts = new Map<string, number>();
  #isActive = false;
  #local = new Local();
  #me = 0;
  #atomic: Atomic | null = null;
  /** The word that shows what the task reads, and what it held before. */
  #shown = 0;
  #hidden = 0;
  /** The write whose value is not known yet, and whether it became the latest. */
  #written: MemoryEvent | null = null;
  #isLatest = true;

  /** Starts an execution. */
  begin(): void {
    this.#tasks.length = 0;
    this.#histories.clear();
    this.#passed.clear();
    this.#leaveStep();
  }

  /** A step of `task` begins, whose first choices are `decided`. */
  beginStep(task: number, decided: readonly number[]): void {
    this.#isActive = true;
    this.#me = task;
    this.#local = this.#localOf(task);
    this.#local.steps++;
    this.choices.begin(decided);
    if (!this.#local.started) {
      this.#local.started = true;
      if (this.#histories.has(STARTS + task)) this.#meet(STARTS + task);
    }
  }

  /** The step is over, however it ended; memory shows the latest writes again. */
  endStep(): void {
    if (this.#isActive) this.#settle();
    this.#leaveStep();
  }

  /** Whether the model allows the execution so far, and its data races. */
  judge(): Judgement {
    return judge(this.#tasks, this.#histories, "all");
  }

  /** A name for what the tasks have done and seen: two executions that share it go on alike. */
  state(): string {
    const parts: string[] = [];
    for (const [id, local] of this.#tasks.entries()) {
      if (local !== undefined) parts.push(`${id}:${local.past}.${local.steps}`);
    }
    for (const { word, writes } of this.#histories.values()) {
      const first = writes[0]?.task;
      if (!writes.some(({ task }) => task !== first)) continue;
      parts.push(`${word}=${writes.map(({ task, index }) => `${task}.${index}`).join()}`);
    }
    return parts.sort().join(" ");
  }

  /** The step that has just ended depended on something that is no access: two pasts differ by it. */
  remember(what: string): void {
    this.#remember(what);
  }

  /** Was the word accessed in this execution? */
  isModelled(word: number): boolean {
    return this.#histories.has(word);
  }

  accesses(address: number, isWrite: boolean, isMarked: boolean): void {
    if (!this.#isActive) return;
    const atomic = this.#atomic;
    if (atomic?.word === address && (isWrite ? atomic.write : atomic.read) !== null) return;
    this.#settle();
    const tag = isMarked ? "once" : "plain";
    if (isWrite) this.#write(address, tag);
    else this.#read(address, tag);
  }

  atomic<T>(address: number, act: () => T): T {
    if (!this.#isActive || this.#atomic !== null) return act();
    this.#settle();
    const atomic: Atomic = { word: address, read: null, write: null, isFull: false };
    this.#atomic = atomic;
    const answer = act();
    this.#settle();
    this.#atomic = null;
    this.#endAtomic(atomic);
    return answer;
  }

  orders(order: AtomicOrder): void {
    const atomic = this.#atomic;
    if (atomic === null) return;
    if (order === "full") atomic.isFull = true;
    else if (order === "release" && atomic.write !== null) atomic.write.tag = "release";
    else if (order !== "release" && atomic.read !== null) atomic.read.tag = order;
  }

  barrier(barrier: Barrier): void {
    if (!this.#isActive) return;
    const { fences, events } = this.#local;
    fences.push({ barrier, after: events.length });
  }

  takes(lock: number, isShared: boolean): void {
    if (!this.#isActive) return;
    this.#settle();
    const word = SYNC + lock;
    if (isShared) return this.#meet(word);
    this.#passed.learn(word, this.#local);
    const read = this.#add("R", word, "acquire", "LKR", this.#latest(word));
    pair(read, this.#add("W", word, "once", "LKW", null));
  }

  releases(lock: number): void {
    if (!this.#isActive) return;
    this.#settle();
    const word = SYNC + lock;
    // A reader's turn ends as it began, so that the next writer comes after all readers.
    if (this.#local.seen.get(word)?.lock !== "LKW") return this.#meet(word);
    this.#add("W", word, "release", "UL", null);
    this.#passed.pass(word, this.#local, this.#me);
  }

  meets(address: number): void {
    if (!this.#isActive || this.#atomic !== null) return;
    this.#settle();
    this.#meet(SYNC + address);
  }

  meeting<T>(address: number, act: () => T): T {
    if (!this.#isActive) return act();
    this.#settle();
    this.#meet(SYNC + address);
    this.#isActive = false;
    try {
      return act();
    } finally {
      this.#isActive = true;
    }
  }

  spawns(child: number): void {
    if (this.#isActive) this.#meet(STARTS + child);
  }

  #leaveStep(): void {
    this.#isActive = false;
    this.#atomic = null;
    this.#written = null;
    this.#shown = 0;
    this.choices.isDoubtful = false;
  }

  #localOf(task: number): Local {
    return this.#tasks[task] ??= new Local();
  }

  #historyOf(word: number): History {
    let history = this.#histories.get(word);
    if (history === undefined) {
      const initial = words[word] ?? 0;
      history = { word, initial, writes: [], lastRead: [], lastWrite: [], isContested: false };
      this.#histories.set(word, history);
    }
    return history;
  }

  /** Memory shows the latest writes again, and the value of the last write is taken from it. */
  #settle(): void {
    const write = this.#written;
    if (write !== null) {
      this.#written = null;
      write.value = words[write.word] as number;
      if (!this.#isLatest) words[write.word] = this.#hidden;
    }
    if (this.#shown !== 0) {
      words[this.#shown] = this.#hidden;
      this.#shown = 0;
    }
  }

  #read(address: number, tag: Tag): void {
    const history = this.#historyOf(address);
    const { writes } = history;
    const back = this.choices.choose(writes.length - this.#local.floorOf(history));
    const source = writes[writes.length - 1 - back] ?? null;
    const event = this.#add("R", address, tag, null, source);
    if (back > 0) {
      this.#hidden = words[address] as number;
      this.#shown = address;
      words[address] = source?.value ?? history.initial;
      recorder?.sees(address);
    }
    this.#local.pointers.add(event, words[address] as number);
    this.#accessed(event);
  }

  #write(address: number, tag: Tag): void {
    const history = this.#historyOf(address);
    const { writes } = history;
    const read = this.#atomic?.word === address ? this.#atomic.read : null;
    // Whoever reads and writes in one comes right after what it read.
    const back = read === null
      ? this.choices.choose(writes.length - this.#local.floorOf(history))
      : writes.length - 1 - (read.source === null ? -1 : writes.indexOf(read.source));
    const before = writes[writes.length - 1 - back] ?? null, after = writes[writes.length - back];
    if (after !== undefined && after.partner !== null && after.partner.source === before) {
      throw new Forbidden("a write between the halves of an atomic operation");
    }
    const event = this.#add("W", address, tag, null, null, back);
    if (read !== null) pair(read, event);
    this.#written = event;
    this.#isLatest = back === 0;
    this.#hidden = words[address] as number;
    this.#accessed(event);
  }

  /** An access is complete, unless it is part of an atomic operation. */
  #accessed(event: MemoryEvent): void {
    const atomic = this.#atomic;
    if (atomic?.word !== event.word) return this.#verify(event.word);
    if (event.kind === "R") atomic.read = event;
    else atomic.write = event;
  }

  #endAtomic({ word, read, write, isFull }: Atomic): void {
    const { fences, events } = this.#local, first = read ?? write;
    if (isFull && first !== null) {
      fences.push({ barrier: "smp_mb", after: first.index });
      fences.push({ barrier: "smp_mb", after: events.length });
    }
    this.#verify(word);
  }

  /** @throws {Forbidden} when the last choices are not allowed */
  #verify(word: number): void {
    if (!this.choices.isDoubtful) return;
    this.choices.isDoubtful = false;
    if (!judge(this.#tasks, this.#histories, word).isAllowed) {
      throw new Forbidden("the memory model forbids it");
    }
  }

  /** A fully ordered operation that reads and writes `word`, which is no part of memory. */
  #meet(word: number): void {
    const { fences, events } = this.#local;
    fences.push({ barrier: "smp_mb", after: events.length });
    this.#passed.learn(word, this.#local);
    const read = this.#add("R", word, "once", null, this.#latest(word));
    pair(read, this.#add("W", word, "once", null, null));
    this.#passed.pass(word, this.#local, this.#me);
    fences.push({ barrier: "smp_mb", after: events.length });
  }

  #latest(word: number): MemoryEvent | null {
    return this.#historyOf(word).writes.at(-1) ?? null;
  }

  #add(
    kind: "R" | "W",
    word: number,
    tag: Tag,
    lock: LockPart | null,
    source: MemoryEvent | null,
    back = 0,
  ): MemoryEvent {
    const { events, seen, pointers } = this.#local, history = this.#historyOf(word);
    if (!history.isContested) {
      history.isContested = this.#local.conflicts(history, this.#me, kind === "W");
    }
    const { writes } = history;
    const event: MemoryEvent = {
      task: this.#me,
      index: events.length,
      word,
      kind,
      tag,
      lock,
      isAtomic: this.#atomic?.word === word,
      value: 0,
      source,
      partner: null,
      addresses: word < ARENA_WORDS ? pointers.sourcesOf(word) : [],
    };
    events.push(event);
    (kind === "W" ? history.lastWrite : history.lastRead)[this.#me] = event.index;
    if (kind === "W") {
      writes.splice(writes.length - back, 0, event);
      seen.set(word, event);
    } else {
      seen.set(word, source);
      this.#remember(`${word}<${source === null ? "" : `${source.task}.${source.index}`}`);
    }
    return event;
  }

  #remember(what: string): void {
    const key = `${this.#local.past} ${what}`;
    let past = this.#pasts.get(key);
    if (past === undefined) this.#pasts.set(key, past = this.#pasts.size + 1);
    this.#local.past = past;
  }
}

function pair(read: MemoryEvent, write: MemoryEvent): void {
  read.partner = write;
  write.partner = read;
}
