/** Fences that stand alone; the names follow the barriers of the model (`linux-kernel.bell`). */
export type FenceKind =
  | "mb"
  | "rmb"
  | "wmb"
  | "before-atomic"
  | "after-atomic"
  | "after-spinlock"
  | "after-unlock-lock"
  | "barrier";

/** Ordering of an access. `full` is an smp_mb() on either side, for read-modify-writes that succeed. */
export type Ordering = "once" | "acquire" | "release" | "full";

/**
 * What a kernel function does to memory.
 * - `lvalue`: the first argument is written `*x`, not `x`.
 * - `fenced`: an smp_mb() follows the store. `constant`: the value stored where the call does not name one.
 * - `rmw`: `arguments` spells the argument list, `x` the address and `v` a value; `apply` gives the new value, or null
 *   where the operation fails: it then is a relaxed read, writes nothing and orders nothing. `result` is what it returns.
 *   `noreturn`: returns nothing, so that smp_rmb() does not order its read. `dependent`: the value written is computed
 *   from the value read.
 */
export type Primitive =
  | { readonly kind: "load"; readonly ordering: Ordering; readonly lvalue: boolean }
  | {
    readonly kind: "store";
    readonly ordering: Ordering;
    readonly lvalue: boolean;
    readonly fenced: boolean;
    readonly constant: number | null;
  }
  | { readonly kind: "fence"; readonly fence: FenceKind }
  | { readonly kind: "lock" | "unlock" | "trylock" | "is-locked" }
  | ReadModifyWrite;

/** See {@link Primitive}. */
export interface ReadModifyWrite {
  readonly kind: "rmw";
  readonly arguments: string;
  readonly apply: (old: number, values: readonly number[]) => number | null;
  readonly result: (old: number, written: number | null) => number;
  readonly returns: boolean;
  readonly noreturn: boolean;
  readonly dependent: boolean;
  readonly ordering: Ordering;
}

type Apply = ReadModifyWrite["apply"];
type Result = ReadModifyWrite["result"];

const old: Result = (before) => before;
const written: Result = (before, after) => after ?? before;
const succeeded: Result = (_, after) => after === null ? 0 : 1;
const becameZero: Result = (_, after) => after === 0 ? 1 : 0;
const becameNegative: Result = (_, after) => after !== null && after < 0 ? 1 : 0;
const nothing: Result = () => 0;

/** Variants by suffix; the bare name is fully ordered (Documentation/atomic_t.txt, ORDERING). */
const VARIANTS: readonly (readonly [string, Ordering])[] = [
  ["", "full"],
  ["_relaxed", "once"],
  ["_acquire", "acquire"],
  ["_release", "release"],
];

const table = new Map<string, Primitive>();

function rmw(
  name: string,
  shape: string,
  apply: Apply,
  result: Result,
  ordering: Ordering,
  more: { noreturn?: boolean; independent?: boolean } = {},
): void {
  table.set(name, {
    kind: "rmw",
    arguments: shape,
    apply,
    result,
    returns: result !== nothing,
    noreturn: more.noreturn ?? false,
    dependent: !(more.independent ?? false),
    ordering,
  });
}

function arithmetic(name: string, shape: string, apply: Apply, returns: boolean): void {
  rmw(`atomic_${name}`, shape, apply, nothing, "once", { noreturn: true });
  for (const [suffix, ordering] of VARIANTS) {
    rmw(`atomic_fetch_${name}${suffix}`, shape, apply, old, ordering);
    if (returns) rmw(`atomic_${name}_return${suffix}`, shape, apply, written, ordering);
  }
}

function define(): void {
  const value = (values: readonly number[], index: number) => values[index] ?? 0;
  const load = (ordering: Ordering, lvalue: boolean): Primitive => ({
    kind: "load",
    ordering,
    lvalue,
  });
  const store = (ordering: Ordering, lvalue: boolean, fenced = false): Primitive => ({
    kind: "store",
    ordering,
    lvalue,
    fenced,
    constant: null,
  });
  const init: Primitive = {
    kind: "store",
    ordering: "once",
    lvalue: false,
    fenced: false,
    constant: 1,
  };
  const accesses: readonly (readonly [string, Primitive])[] = [
    ["READ_ONCE", load("once", true)],
    ["smp_load_acquire", load("acquire", false)],
    ["rcu_dereference", load("once", true)],
    ["atomic_read", load("once", false)],
    ["atomic_read_acquire", load("acquire", false)],
    ["refcount_read", load("once", false)],
    ["WRITE_ONCE", store("once", true)],
    ["smp_store_release", store("release", false)],
    ["smp_store_mb", store("once", true, true)],
    ["rcu_assign_pointer", store("release", true)],
    ["atomic_set", store("once", false)],
    ["atomic_set_release", store("release", false)],
    ["refcount_set", store("once", false)],
    ["kref_init", init],
    ["spin_lock", { kind: "lock" }],
    ["spin_unlock", { kind: "unlock" }],
    ["spin_trylock", { kind: "trylock" }],
    ["spin_is_locked", { kind: "is-locked" }],
  ];
  for (const [name, primitive] of accesses) table.set(name, primitive);

  const fences: readonly (readonly [string, FenceKind])[] = [
    ["smp_mb", "mb"],
    ["smp_rmb", "rmb"],
    ["smp_wmb", "wmb"],
    ["smp_mb__before_atomic", "before-atomic"],
    ["smp_mb__after_atomic", "after-atomic"],
    ["smp_mb__after_spinlock", "after-spinlock"],
    ["smp_mb__after_unlock_lock", "after-unlock-lock"],
    ["barrier", "barrier"],
  ];
  for (const [name, fence] of fences) table.set(name, { kind: "fence", fence });

  arithmetic("add", "vx", (before, values) => (before + value(values, 0)) | 0, true);
  arithmetic("sub", "vx", (before, values) => (before - value(values, 0)) | 0, true);
  arithmetic("inc", "x", (before) => (before + 1) | 0, true);
  arithmetic("dec", "x", (before) => (before - 1) | 0, true);
  arithmetic("and", "vx", (before, values) => before & value(values, 0), false);
  arithmetic("or", "vx", (before, values) => before | value(values, 0), false);
  arithmetic("xor", "vx", (before, values) => before ^ value(values, 0), false);

  const exchange: Apply = (_, values) => value(values, 0);
  const compare: Apply = (before, values) => before === values[0] ? value(values, 1) : null;
  for (const prefix of ["", "atomic_"]) {
    for (const [suffix, ordering] of VARIANTS) {
      rmw(`${prefix}xchg${suffix}`, "xv", exchange, old, ordering, { independent: true });
      rmw(`${prefix}cmpxchg${suffix}`, "xvv", compare, old, ordering, { independent: true });
    }
  }

  rmw("atomic_inc_and_test", "x", (before) => (before + 1) | 0, becameZero, "full");
  rmw("atomic_dec_and_test", "x", (before) => (before - 1) | 0, becameZero, "full");
  rmw(
    "atomic_sub_and_test",
    "vx",
    (before, values) => (before - value(values, 0)) | 0,
    becameZero,
    "full",
  );
  rmw(
    "atomic_add_negative",
    "vx",
    (before, values) => (before + value(values, 0)) | 0,
    becameNegative,
    "full",
  );
  conditional(value);
}

/**
 * Conditional operations. Those of atomic_t are fully ordered where they succeed. refcount_t and struct kref of Linux
 * 4.17 (lib/refcount.c) order less: taking a reference is relaxed and leaves a control dependency only; dropping the
 * last one is a release. Saturation and the warning on an increment from zero are outside the model.
 */
function conditional(value: (values: readonly number[], index: number) => number): void {
  const unless: Apply = (before, values) =>
    before === values[1] ? null : (before + value(values, 0)) | 0;
  rmw("atomic_add_unless", "xvv", unless, succeeded, "full");
  rmw("atomic_fetch_add_unless", "xvv", unless, old, "full");
  rmw("__atomic_add_unless", "xvv", unless, old, "full");
  const notZero: Apply = (before) => before === 0 ? null : (before + 1) | 0;
  rmw("atomic_inc_not_zero", "x", notZero, succeeded, "full");
  rmw("atomic_inc_unless_negative", "x", (v) => v < 0 ? null : (v + 1) | 0, succeeded, "full");
  rmw("atomic_dec_unless_positive", "x", (v) => v > 0 ? null : (v - 1) | 0, succeeded, "full");
  const decrementIfPositive: Apply = (before) => before > 0 ? before - 1 : null;
  const lessOne: Result = (before) => (before - 1) | 0;
  rmw("atomic_dec_if_positive", "x", decrementIfPositive, lessOne, "full");

  rmw("refcount_inc_not_zero", "x", notZero, succeeded, "once");
  rmw("kref_get_unless_zero", "x", notZero, succeeded, "once");
  const increment: Apply = (before) => (before + 1) | 0;
  rmw("refcount_inc", "x", increment, nothing, "once", { noreturn: true });
  rmw("kref_get", "x", increment, nothing, "once", { noreturn: true });
  rmw("refcount_dec_and_test", "x", (before) => (before - 1) | 0, becameZero, "release");
}

define();

/** The primitive called `name`, or undefined. */
export function primitiveOf(name: string): Primitive | undefined {
  return table.get(name);
}

/** Why a known kernel function outside the subset is refused, or undefined for a name that means nothing here. */
export function refusalOf(name: string): string | undefined {
  if (/^s?rcu_|^(call|synchronize)_s?rcu|^smp_mb__after_srcu/.test(name)) {
    return `${name}() is refused: RCU and SRCU are not modelled`;
  }
  if (/^(spin|raw_spin|read|write|mutex|down|up)_/.test(name)) {
    return `${name}() is refused: of the locks only spin_lock, spin_unlock, spin_trylock and spin_is_locked are modelled`;
  }
  if (/^atomic(64|_long)_/.test(name)) {
    return `${name}() is refused: only the 32-bit atomic_t is modelled`;
  }
  if (/^(atomic|refcount|kref|smp|cmpxchg|try_cmpxchg|xchg|__xchg)_?/.test(name)) {
    return `${name}() is refused: this operation is not modelled`;
  }
  return undefined;
}
