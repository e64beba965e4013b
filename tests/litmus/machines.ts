/**
 * Operational machines for small programs, written apart from the axiomatic model to check it: sequential consistency,
 * and total store order (a store buffer a process, as on x86). Programs are data, so that they can be generated.
 */

/** A step of a process; every operation takes the location by index, reads go to the next register. */
export type Step =
  | { readonly kind: "read"; readonly at: number; readonly acquire: boolean }
  | {
    readonly kind: "write";
    readonly at: number;
    readonly value: number;
    readonly release: boolean;
  }
  | { readonly kind: "add"; readonly at: number; readonly value: number; readonly full: boolean }
  | { readonly kind: "not-zero"; readonly at: number; readonly full: boolean }
  | { readonly kind: "compare"; readonly at: number; readonly old: number; readonly value: number }
  | { readonly kind: "fence"; readonly fence: "smp_mb" | "smp_rmb" | "smp_wmb" };

/** The processes of a program. */
export type Program = readonly (readonly Step[])[];

/** Number of shared locations. */
export const LOCATIONS = ["x", "y"] as const;

/** The program as a litmus file; registers are r0, r1, … in order of the reads. */
export function source(program: Program): string {
  const bodies = program.map((steps, process) => {
    let register = 0;
    const lines = steps.map((step) => {
      if (step.kind === "fence") return `${step.fence}();`;
      const name = LOCATIONS[step.at];
      switch (step.kind) {
        case "read": {
          const call = step.acquire ? `smp_load_acquire(${name})` : `READ_ONCE(*${name})`;
          return `r${register++} = ${call};`;
        }
        case "write":
          return step.release
            ? `smp_store_release(${name}, ${step.value});`
            : `WRITE_ONCE(*${name}, ${step.value});`;
        case "add": {
          const suffix = step.full ? "" : "_relaxed";
          return `r${register++} = atomic_fetch_add${suffix}(${step.value}, ${name});`;
        }
        case "not-zero": {
          const call = step.full ? "atomic_inc_not_zero" : "refcount_inc_not_zero";
          return `r${register++} = ${call}(${name});`;
        }
        case "compare":
          return `r${register++} = cmpxchg(${name}, ${step.old}, ${step.value});`;
      }
    });
    return `P${process}(int *x, int *y)\n{\n\t${lines.join("\n\t")}\n}\n`;
  });
  const registers = program.flatMap((steps, process) =>
    steps.filter((step) => step.kind !== "write" && step.kind !== "fence")
      .map((_, register) => `${process}:r${register};`)
  );
  return `C generated\n\n{}\n\n${bodies.join("\n")}\nlocations [x; y; ${registers.join(" ")}]\n`;
}

interface Machine {
  readonly at: readonly number[];
  readonly memory: readonly number[];
  readonly registers: readonly (readonly number[])[];
  /** Writes that their process has made and memory has not: location and value, oldest first. */
  readonly buffers: readonly (readonly (readonly [number, number])[])[];
}

function replace<T>(items: readonly T[], index: number, item: T): T[] {
  return items.map((each, i) => i === index ? item : each);
}

function read(machine: Machine, process: number, at: number): number {
  const own = (machine.buffers[process] ?? []).findLast(([location]) => location === at);
  return own?.[1] ?? machine.memory[at] ?? 0;
}

/** The machine after process `process` takes `step`, or null where it must drain its buffer first. */
function take(machine: Machine, process: number, step: Step, buffered: boolean): Machine | null {
  const drained = (machine.buffers[process] ?? []).length === 0;
  const at = replace(machine.at, process, (machine.at[process] ?? 0) + 1);
  const next = { ...machine, at };
  const registers = (value: number) =>
    replace(machine.registers, process, [...(machine.registers[process] ?? []), value]);
  if (step.kind === "fence") return step.fence === "smp_mb" && !drained ? null : next;
  const before = read(machine, process, step.at);
  if (step.kind === "read") return { ...next, registers: registers(before) };
  if (step.kind === "write") {
    return buffered
      ? {
        ...next,
        buffers: replace(machine.buffers, process, [
          ...(machine.buffers[process] ?? []),
          [step.at, step.value] as const,
        ]),
      }
      : { ...next, memory: replace(machine.memory, step.at, step.value) };
  }
  // Locked instructions drain the buffer, whether they then write or not.
  if (!drained) return null;
  const memory = (value: number) => replace(machine.memory, step.at, value);
  switch (step.kind) {
    case "add":
      return { ...next, registers: registers(before), memory: memory(before + step.value) };
    case "not-zero":
      return before === 0
        ? { ...next, registers: registers(0) }
        : { ...next, registers: registers(1), memory: memory(before + 1) };
    case "compare":
      return before === step.old
        ? { ...next, registers: registers(before), memory: memory(step.value) }
        : { ...next, registers: registers(before) };
  }
}

/** Final states of all runs, each as `[x, y, registers of P0…, registers of P1…]` joined, sorted. */
export function outcomes(program: Program, buffered: boolean): string[] {
  const found = new Set<string>();
  const visited = new Set<string>();
  const walk = (machine: Machine): void => {
    const key = JSON.stringify(machine);
    if (visited.has(key)) return;
    visited.add(key);
    let moved = false;
    program.forEach((steps, process) => {
      const buffer = machine.buffers[process] ?? [];
      const oldest = buffer[0];
      if (oldest !== undefined) {
        moved = true;
        walk({
          ...machine,
          memory: replace(machine.memory, oldest[0], oldest[1]),
          buffers: replace(machine.buffers, process, buffer.slice(1)),
        });
      }
      const step = steps[machine.at[process] ?? 0];
      const after = step === undefined ? null : take(machine, process, step, buffered);
      if (after === null) return;
      moved = true;
      walk(after);
    });
    if (!moved) found.add([...machine.memory, ...machine.registers.flat()].join(" "));
  };
  walk({
    at: program.map(() => 0),
    memory: LOCATIONS.map(() => 0),
    registers: program.map(() => []),
    buffers: program.map(() => []),
  });
  return [...found].toSorted();
}
