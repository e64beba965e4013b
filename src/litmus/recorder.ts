import { Fault, needInteger } from "./arithmetic.ts";
import type { LitmusTest, Location } from "./ast.ts";
import { LitmusError, type Position } from "./error.ts";
import type { FenceKind, ReadModifyWrite } from "./primitives.ts";
import {
  type Access,
  ADDRESS,
  type Fence,
  type LockEvent,
  MAX_ACCESSES,
  type Tag,
  type Value,
} from "./trace.ts";

/** A value and the reads that it is computed from, as a bit mask over the accesses of the process. */
export interface Tainted {
  readonly value: Value;
  readonly deps: number;
}

/** Thrown where a run needs the value of a read that it was not given. */
export class NeedsValue {
  readonly location: number;
  constructor(location: number) {
    this.location = location;
  }
}

/** What is said of an access besides where and how its process makes it. */
interface Detail {
  readonly value: Value;
  readonly data?: number;
  readonly tag: Tag;
  readonly lock?: LockEvent;
  readonly atomic?: boolean;
}

/** Records the accesses and fences of one run of a process, and hands out the values that its reads were given. */
export class Recorder {
  readonly accesses: Access[] = [];
  readonly fences: Fence[] = [];
  /** The reads on which the execution of what comes next depends. */
  ctrl = 0;
  private readonly test: LitmusTest;
  private readonly process: number;
  private readonly given: readonly Value[];
  private readonly held = new Set<number>();
  private reads = 0;

  constructor(test: LitmusTest, process: number, given: readonly Value[]) {
    this.test = test;
    this.process = process;
    this.given = given;
  }

  private refuse(position: Position, reason: string): never {
    throw new LitmusError(this.test.file, position, reason);
  }

  private target(address: Tainted, position: Position): number {
    const index = address.value - ADDRESS;
    if (index < 0) throw new Fault(position, `${address.value} is not the address of a location`);
    return index;
  }

  private checkKind(location: Location | undefined, lock: LockEvent, position: Position): void {
    const isLock = location?.lock ?? false;
    if (isLock && lock === null) {
      this.refuse(position, `\`${location?.name}\` is a lock: only lock operations may access it`);
    }
    if (!isLock && lock !== null) this.refuse(position, `\`${location?.name}\` is no spinlock_t`);
  }

  private access(
    kind: Access["kind"],
    address: Tainted,
    position: Position,
    detail: Detail,
  ): number {
    const location = this.target(address, position);
    const { value, tag, data = 0, lock = null, atomic = false } = detail;
    this.checkKind(this.test.locations[location], lock, position);
    if (this.accesses.length >= MAX_ACCESSES) {
      this.refuse(position, `more than ${MAX_ACCESSES} memory accesses in P${this.process}`);
    }
    const { deps: addr } = address;
    const { ctrl } = this;
    const access = {
      kind,
      location,
      value,
      tag,
      lock,
      atomic,
      addr,
      data,
      ctrl,
      rmw: -1,
      position,
    };
    return this.accesses.push(access) - 1;
  }

  /** The value that the next read gets. */
  private next(address: Tainted, position: Position): Value {
    const location = this.target(address, position);
    const value = this.given[this.reads];
    if (value === undefined) throw new NeedsValue(location);
    this.reads++;
    return value;
  }

  private pair(read: number, write: number): void {
    const [r, w] = [this.accesses[read], this.accesses[write]];
    if (r !== undefined) r.rmw = write;
    if (w !== undefined) w.rmw = read;
  }

  fence(kind: FenceKind): void {
    this.fences.push({ kind, after: this.accesses.length });
  }

  read(address: Tainted, position: Position, tag: Tag, lock: LockEvent = null): Tainted {
    const value = this.next(address, position);
    return { value, deps: 1 << this.access("R", address, position, { value, tag, lock }) };
  }

  write(address: Tainted, stored: Tainted, position: Position, tag: Tag): void {
    this.access("W", address, position, { value: stored.value, data: stored.deps, tag });
  }

  /** A lock is a location that is 0 when free and 1 when held; taking it is an acquire read-modify-write of 0 to 1. */
  lock(address: Tainted, position: Position): Tainted {
    const read = this.access("R", address, position, { value: 0, tag: "acquire", lock: "LKR" });
    this.pair(read, this.access("W", address, position, { value: 1, tag: "once", lock: "LKW" }));
    this.held.add(this.target(address, position));
    return { value: 1, deps: 1 << read };
  }

  /** Where the lock is taken, a read that orders nothing. */
  trylock(address: Tainted, position: Position): Tainted {
    const value = this.next(address, position);
    if (value === 0) return this.lock(address, position);
    const detail: Detail = { value, tag: "once", lock: "LF" };
    return { value: 0, deps: 1 << this.access("R", address, position, detail) };
  }

  unlock(address: Tainted, position: Position): void {
    if (!this.held.delete(this.target(address, position))) {
      throw new Fault(position, "this process does not hold the lock that it releases");
    }
    this.access("W", address, position, { value: 0, tag: "release", lock: "UL" });
  }

  /**
   * A read-modify-write. One that fails is a relaxed read and orders nothing by itself; one that succeeds has its tags,
   * or an smp_mb() on either side.
   */
  modify(
    op: ReadModifyWrite,
    address: Tainted,
    operands: readonly Tainted[],
    position: Position,
  ): Tainted {
    const before = this.next(address, position);
    const values = operands.map((each) => each.value);
    if (op.dependent) [before, ...values].forEach((value) => needInteger(value, position));
    const after = op.apply(before, values);
    const value = op.result(before, after);
    if (after === null) {
      const failed: Detail = { value: before, tag: "once", atomic: true };
      return { value, deps: 1 << this.access("R", address, position, failed) };
    }
    const { ordering } = op;
    if (ordering === "full") this.fence("mb");
    const tag = op.noreturn ? "noreturn" : ordering === "acquire" ? "acquire" : "once";
    const read = this.access("R", address, position, { value: before, tag, atomic: true });
    const computed = operands.at(op.dependent ? 0 : -1)?.deps ?? 0;
    const write = this.access("W", address, position, {
      value: after,
      data: op.dependent ? computed | (1 << read) : computed,
      tag: ordering === "release" ? "release" : "once",
      atomic: true,
    });
    this.pair(read, write);
    if (ordering === "full") this.fence("mb");
    return { value, deps: 1 << read };
  }
}
