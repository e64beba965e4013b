/** Listens to the machine while a schedule runs, and keeps what a trace tells. */
import type { KernelFault } from "../fault.ts";
import { ARENA_WORDS, ownerOf, type Shape, shapeOf, words } from "../objects.ts";
import type { DataRace } from "../races.ts";
import type { Recorder } from "../recorder.ts";
import { callSite, readStack, Site } from "../stack.ts";
import { currentTask, machine, type TaskState } from "../task.ts";
import { ObjectNames } from "./names.ts";
import type { StepListener } from "./run.ts";
import {
  showValue,
  type TraceChange,
  type TraceFault,
  type TraceSite,
  type TraceStep,
} from "./trace.ts";

/** A stack, and when and by whom it was taken. */
interface Moment {
  readonly task: string;
  readonly step: number;
  readonly site: Site;
}

/** What is known of a step before it ends. */
interface Standing {
  readonly label: string;
  readonly subject: string | null;
  /** Where the task stood; for its first step, where it was first heard of. */
  site: Site | null;
}

/** A recording under way. */
export class Recording implements Recorder, StepListener {
  readonly names = new ObjectNames();
  readonly steps: TraceStep[] = [];
  /** The task whose step was the last one to run; null when the execution has come to its end. */
  faulty: number | null = null;

  /** The number of the step under way, from 1; 0 during the setup. */
  #step = 0;
  #standing: Standing = { label: "start", subject: null, site: null };
  #before = words.slice();
  readonly #writers = new Map<number, Site>();
  #events: string[] = [];
  #known = 0;
  #logged = 0;

  readonly #suspended = new WeakMap<TaskState, Site>();
  readonly #allocated = new Map<number, Moment>();
  readonly #freed = new Map<number, Moment>();
  /** By task and lock. */
  readonly #taken = new Map<string, Moment>();
  /** By address and task: the last access. */
  readonly #accesses = new Map<string, Moment>();
  #race: { readonly mine: Site; readonly other: Moment | undefined } | null = null;

  suspends(): void {
    const site = this.#heard(this.suspends);
    this.#suspended.set(currentTask(), site);
  }

  accesses(address: number, isWrite: boolean): void {
    const site = this.#heard(this.accesses);
    if (isWrite) this.#writers.set(address, site);
    this.#accesses.set(`${address} ${currentTask().id}`, this.#moment(site));
  }

  sees(address: number): void {
    const { where, value } = this.names.show(address, words[address] as number);
    this.#events.push(`reads an old ${where}: ${showValue(value)}`);
  }

  allocates(base: number): void {
    const { name: type, words: size } = shapeOf[base] as Shape;
    this.#before.fill(0, base, base + size);
    const name = this.names.add(base, type);
    this.#allocated.set(base, this.#moment(this.#heard(this.allocates)));
    this.#events.push(`allocates ${name}`);
  }

  frees(base: number): void {
    this.#freed.set(base, this.#moment(this.#heard(this.frees)));
    this.#events.push(`frees ${this.names.object(base)}`);
  }

  acquires(address: number): void {
    const key = `${currentTask().id} ${address}`;
    this.#taken.set(key, this.#moment(this.#heard(this.acquires)));
  }

  race({ address, tasks: [other, mine], isModelled = false }: DataRace): void {
    // A race found after the fact is between the last accesses of the two.
    const past = isModelled ? this.#accesses.get(`${address} ${mine}`) : undefined;
    const site = past?.site ?? new Site(this.race);
    this.#race ??= { mine: site, other: this.#accesses.get(`${address} ${other}`) };
  }

  before(index: number, id: number): void {
    const task = machine.tasks[id] as TaskState;
    this.#step = index + 1;
    this.#standing = {
      label: task.label,
      subject: task.subject === null ? null : this.names.object(task.subject.address),
      site: this.#suspended.get(task) ?? null,
    };
    this.#before = words.slice();
    this.#writers.clear();
    this.#events = [];
    this.#known = knownTasks();
    this.#logged = machine.log.length;
  }

  after(_index: number, id: number): void {
    const { label, subject, site } = this.#standing;
    const events = [...this.#events, ...machine.log.slice(this.#logged)];
    for (const task of machine.tasks) {
      if (task !== undefined && (this.#known >> task.id & 1) === 0) {
        events.push(`starts ${task.name}`);
      }
    }
    if (machine.tasks[id]?.finished === true) events.push("ends");
    const at = site === null ? null : callSite(site.frames);
    this.steps.push({ task: id, label, subject, at, changes: this.#changes(), events });
    this.faulty = id;
  }

  /** Where a suspended task stands. */
  standsAt(task: TaskState): Site | undefined {
    return this.#suspended.get(task);
  }

  /** Where `task` took the lock at `address`. */
  tookAt(task: TaskState, address: number): TraceSite | null {
    return siteOf(this.#taken.get(`${task.id} ${address}`));
  }

  /** A fault in the terms of a trace. */
  describe(fault: KernelFault, atEnd: boolean): TraceFault {
    const { sanitizer, kind, subject, message, address } = fault;
    const base = ownerOf[address] ?? 0;
    if (atEnd) this.faulty = null;
    const stack = sanitizer === "KCSAN" ? this.#race?.mine.frames : readStack(fault.stack ?? "");
    return {
      sanitizer,
      kind,
      subject,
      message,
      task: this.faulty === null ? null : this.names.task(this.faulty),
      object: address > 0 ? this.names.object(address) : null,
      stack: sanitizer === "hung task" || sanitizer === "kmemleak" ? [] : stack ?? [],
      allocated: siteOf(this.#allocated.get(base)),
      freed: siteOf(this.#freed.get(base)),
      other: siteOf(this.#race?.other),
    };
  }

  /** Takes the stack of kernel code that called `below`. */
  #heard(below: (...args: never[]) => unknown): Site {
    const site = new Site(below);
    this.#standing.site ??= site;
    return site;
  }

  #moment(site: Site): Moment {
    const task = this.#step === 0 ? "setup" : currentTask().name;
    return { task, step: this.#step, site };
  }

  #changes(): TraceChange[] {
    const changes: TraceChange[] = [];
    for (let address = 1; address < ARENA_WORDS; address++) {
      const before = this.#before[address] as number, after = words[address] as number;
      if (before === after || ownerOf[address] === 0) continue;
      const old = this.names.show(address, before),
        { where, value } = this.names.show(address, after);
      const writer = this.#writers.get(address);
      const at = writer === undefined ? null : callSite(writer.frames);
      changes.push({ where, before: old.value, after: value, at });
    }
    return changes;
  }
}

function siteOf(moment: Moment | undefined): TraceSite | null {
  if (moment === undefined) return null;
  return { task: moment.task, step: moment.step, stack: moment.site.frames };
}

function knownTasks(): number {
  let mask = 0;
  for (const task of machine.tasks) if (task !== undefined) mask |= 1 << task.id;
  return mask;
}
