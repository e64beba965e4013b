/**
 * Programs in which order matters. The shapes are the ones that the literature names: every access
 * stands where its order with the next one decides the outcome. How an access is marked, by which
 * operation it is made and which barrier stands between two is drawn at random.
 */
import fc from "fast-check";
import type { Op, Program } from "./programs.ts";

/** `Rx` reads x, `Wx` writes it. Threads are lists of these. */
const SHAPES: readonly (readonly string[])[] = [
  ["Wx Wy", "Ry Rx"], // MP
  ["Wx Ry", "Wy Rx"], // SB
  ["Rx Wy", "Ry Wx"], // LB
  ["Wx Wy", "Wy Rx"], // R
  ["Wx Wy", "Ry Wx"], // S
  ["Wx Wy", "Wy Wx"], // 2+2W
  ["Wx", "Rx Rx"], // CoRR
  ["Wx Rx", "Wx Rx"], // CoWR
  ["Wx", "Rx Ry", "Wy Rx"], // RWC
  ["Wx", "Rx Wy", "Ry Rx"], // WRC
  ["Wx", "Rx Wy", "Ry Wx"], // WWC
  ["Wx Wy", "Ry Wz", "Rz Rx"], // ISA2
  ["Wx Wy", "Wy Wz", "Rz Rx"], // Z6.3
  ["Wx Wy", "Wy Wz", "Wz Rx"], // Z6.0, Z6.2 and their like
  ["Wx Wy", "Wy Rz", "Wz Rx"], // Z6.5
  ["Wx Ry", "Wy Rz", "Wz Rx"], // 3.SB
  ["Rx Wy", "Ry Wz", "Rz Wx"], // 3.LB
  ["Wx Ry Rx", "Wy Rx"], // SB and a read of one's own write
  ["Wx Wy Rx", "Ry Rx Wx"], // MP and S in one
  ["Wx", "Wy", "Rx Ry", "Ry Rx"], // IRIW
];

type Access = fc.Arbitrary<Op>;
/** How a shape's accesses are made: `word` is x, y or z, `value` is unlike all others. */
export interface Style {
  read(word: "x" | "y" | "z"): Access;
  write(word: "x" | "y" | "z", value: number): Access;
}

const fence: fc.Arbitrary<readonly Op[]> = fc.constantFrom(
  [],
  [],
  ...(["smp_mb", "smp_rmb", "smp_wmb"] as const).map((
    name,
  ) => [{ kind: "fence", fence: name } as const]),
);

/** Programs of the shapes, with their accesses made as `style` has it. */
export function shapes(style: Style): fc.Arbitrary<Program> {
  return fc.constantFrom(...SHAPES).chain((threads) => {
    let value = 1;
    const bodies = threads.map((thread) => {
      const accesses = thread.split(" ").map((access): fc.Arbitrary<readonly Op[]> => {
        const word = access[1] as "x" | "y" | "z";
        const made = access.startsWith("R") ? style.read(word) : style.write(word, value++);
        return made.map((op) => [op]);
      });
      const parts = accesses.flatMap((access, at) => at === 0 ? [access] : [fence, access]);
      return fc.tuple(...parts).map((found) => found.flat());
    });
    return fc.tuple(...bodies);
  });
}

/** True once in so many times. */
const seldom = (times: number): fc.Arbitrary<boolean> =>
  fc.nat({ max: times - 1 }).map((drawn) => drawn === 0);

/** READ_ONCE and WRITE_ONCE, at times acquire and release, or the value of the last read copied. */
export const marked: Style = {
  read: (at) => seldom(4).map((acquire) => ({ kind: "read", at, acquire })),
  write: (at, value) =>
    fc.tuple(seldom(4), seldom(5)).map(([release, copies]) =>
      copies ? { kind: "copy", at } : { kind: "write", at, value, release }
    ),
};

/** As {@link marked}, with an atomic or a reference count in the place of x. */
export function counted(count: "atomic" | "kref"): Style {
  const constant = (...kinds: readonly string[]): Access =>
    fc.constantFrom(...kinds.map((kind) => ({ kind }) as Op));
  return {
    read: (at) => {
      if (at !== "x") return marked.read(at);
      return count === "kref"
        ? constant("kref-get")
        : constant("atomic-read", "inc-not-zero", "add-return");
    },
    write: (at, value) => {
      if (at !== "x") return marked.write(at, value);
      return count === "kref"
        ? constant("kref-init", "kref-init", "kref-get", "put")
        : constant("inc", "atomic-set", "add-return", "inc-not-zero");
    },
  };
}

/** As {@link marked}, with a pointer in the place of y, which points to x from some moment on. */
export const pointed: Style = {
  read: (at) => at === "y" ? fc.constant({ kind: "follow" }) : marked.read(at),
  write: (at, value) =>
    at === "y"
      ? seldom(3).map((release) => ({ kind: "point", at: "x", release }))
      : marked.write(at, value),
};

/** As {@link marked}, at times under one of two locks. */
export const locked: Style = {
  read: (at) => inSection(marked.read(at)),
  write: (at, value) => inSection(marked.write(at, value)),
};

function inSection(access: Access): Access {
  const lock = fc.constantFrom("a" as const, "b" as const, null);
  return fc.tuple(lock, access).map(([lock, op]) =>
    lock === null ? op : { kind: "section", lock, body: [op] }
  );
}

/** As {@link marked}, but x is accessed plainly, and read only by who has seen something. */
export const plain: Style = {
  read: (at) =>
    at === "x" ? fc.constant({ kind: "if", then: { kind: "plain-read", at } }) : marked.read(at),
  write: (at, value) =>
    at === "x"
      ? fc.constantFrom<Op[]>(
        { kind: "plain-write", at, value },
        { kind: "if", then: { kind: "plain-write", at, value } },
      )
      : marked.write(at, value),
};
