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
import { ARENA_WORDS, TASK_LIMIT, words } from "../objects.ts";
import { recorder } from "../recorder.ts";
import type { Fence, History, LockPart, MemoryEvent, Tag, TaskRecord } from "./events.ts";
import { judge, type Judgement } from "./graph.ts";
import type { AtomicOrder, Barrier, MemoryListener } from "./hook.ts";
import { Pointers } from "./pointers.ts";

/** Thrown out of a step whose choices the memory model forbids. */
export class Forbidden extends Error {
  override readonly name = "Forbidden";
}

/** What the memory keeps of a task. */
class Local implements TaskRecord {
  readonly events: MemoryEvent[] = [];
  readonly fences: Fence[] = [];
  readonly pointers = new Pointers();
  /** By word: the write that it read or made last. */
  readonly seen = new Map<number, MemoryEvent | null>();
  /** By task: how many of its accesses come before whatever this task does next. */
  readonly known = new Int32Array(TASK_LIMIT);
  /** What it read and when it was told of it, as one number for all equal pasts. */
  past = 0;
  steps = 0;
  started = false;
}

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
  /** The choices of the step under way, and how many there were to choose from. */
  readonly taken: number[] = [];
  readonly counts: number[] = [];
  /** Choices of a step before this one are known to be allowed. */
  trusted = 0;
  /** Makes the choices that are not decided, from 0 up to `count`; 0 if there is none. */
  draw: ((count: number) => number) | null = null;

  readonly #tasks: Local[] = [];
  readonly #histories = new Map<number, History>();
  /** By word of a lock or of a meeting: what whoever comes next knows of each task. */
  readonly #passed = new Map<number, Int32Array>();
  /** Pasts by what they add to a shorter one. */
  readonly #pasts = new Map<string, number>();
  #decided: readonly number[] = [];
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
  /** Was a choice made that nobody has held against the model? */
  #isDoubtful = false;

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
    this.#decided = decided;
    this.taken.length = this.counts.length = 0;
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
    this.#learn(word);
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
    this.#pass(word);
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
    this.#isDoubtful = false;
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
    const back = this.#choose(writes.length - this.#floorOf(history));
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
      ? this.#choose(writes.length - this.#floorOf(history))
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

  /** Where the task is bound to be in a history: at this write or after it, -1 for the initial value. */
  #floorOf({ word, writes }: History): number {
    const { seen, known } = this.#local, last = seen.get(word);
    for (let at = writes.length - 1; at >= 0; at--) {
      const write = writes[at] as MemoryEvent;
      if (write === last || (known[write.task] as number) > write.index) return at;
    }
    return -1;
  }

  /** Which of `count` places, counted back from the latest. */
  #choose(count: number): number {
    if (count <= 1) return 0;
    const choice = this.#decided[this.taken.length] ?? this.draw?.(count) ?? 0;
    if (choice >= count) throw new Forbidden(`there is no place ${choice} of ${count}`);
    if (choice > 0 && this.taken.length >= this.trusted) this.#isDoubtful = true;
    this.taken.push(choice);
    this.counts.push(count);
    return choice;
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
    if (!this.#isDoubtful) return;
    this.#isDoubtful = false;
    if (!judge(this.#tasks, this.#histories, word).isAllowed) {
      throw new Forbidden("the memory model forbids it");
    }
  }

  /** A fully ordered operation that reads and writes `word`, which is no part of memory. */
  #meet(word: number): void {
    const { fences, events } = this.#local;
    fences.push({ barrier: "smp_mb", after: events.length });
    this.#learn(word);
    const read = this.#add("R", word, "once", null, this.#latest(word));
    pair(read, this.#add("W", word, "once", null, null));
    this.#pass(word);
    fences.push({ barrier: "smp_mb", after: events.length });
  }

  #latest(word: number): MemoryEvent | null {
    return this.#historyOf(word).writes.at(-1) ?? null;
  }

  /** What was known to those who passed `word` on is known to the task. */
  #learn(word: number): void {
    const passed = this.#passed.get(word), { known } = this.#local;
    if (passed === undefined) return;
    for (const [task, count] of passed.entries()) {
      if (count > (known[task] as number)) known[task] = count;
    }
  }

  #pass(word: number): void {
    this.#learn(word);
    const { known, events } = this.#local;
    const passed = known.slice();
    passed[this.#me] = events.length;
    this.#passed.set(word, passed);
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
    if (!history.isContested) history.isContested = this.#conflicts(history, kind === "W");
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

  /** Is there an earlier access of another task, one of the two a write, that nothing is known to order? */
  #conflicts({ lastRead, lastWrite }: History, isWrite: boolean): boolean {
    const { known } = this.#local, me = this.#me;
    const isUnknown = (index: number | undefined, task: number): boolean =>
      index !== undefined && task !== me && (known[task] as number) <= index;
    return lastWrite.some(isUnknown) || (isWrite && lastRead.some(isUnknown));
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
