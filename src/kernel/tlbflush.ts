/**
 * Flushes of the CPU's TLB (arch/arm64/include/asm/tlbflush.h). Where the architecture broadcasts
 * them, hardware that shares the page tables hears them; a machine model listens here.
 */
import { host, struct } from "explore/struct.ts";
import type { Task } from "explore/task.ts";
import { define } from "./static.ts";
import { type mm_struct, PAGE_SIZE, TASK_SIZE } from "./mm_types.ts";

/** Called for each flush of [start, end) of an address space, in bytes; must not sleep. */
export type TlbListener = (mm: mm_struct, start: number, end: number) => Task;

class tlb_bus extends struct("tlb_bus", { listener: host<TlbListener>() }) {}

const bus = define("tlb_bus", tlb_bus);

/** Who hears flushes from now on, for a scenario's setup. */
export function listen_to_tlb_flushes(listener: TlbListener): void {
  bus.listener = listener;
}

/** Flushes the translations of [start, end). */
export function* flush_tlb_range(mm: mm_struct, start: number, end: number): Task {
  const listener: TlbListener | undefined = bus.listener;
  if (listener !== undefined) yield* listener(mm, start, end);
}

/** Flushes the translation of one page. */
export function flush_tlb_page(mm: mm_struct, address: number): Task {
  return flush_tlb_range(mm, address, address + PAGE_SIZE);
}

/** Flushes all translations of an address space. */
export function flush_tlb_mm(mm: mm_struct): Task {
  return flush_tlb_range(mm, 0, TASK_SIZE);
}
