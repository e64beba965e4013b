import type { Cursor } from "./cursor.ts";

const QUALIFIERS = new Set(["const", "volatile", "signed"]);
const SCALARS = new Set(["int", "intptr_t", "atomic_t", "refcount_t", "spinlock_t"]);
const WIDE = new Set([
  ..."char short long unsigned bool u8 u16 u32 u64 s8 s16 s32 s64 size_t uintptr_t".split(" "),
  ..."atomic64_t atomic_long_t raw_spinlock_t rwlock_t mutex".split(" "),
]);

/**
 * Accepts the type at the cursor, without the stars that follow. Returns its name, or null (nothing consumed) where
 * no type stands there. Integers are the kernel's `int`: 32 bits, signed, wrapping (`-fno-strict-overflow`).
 * @throws LitmusError for a type that is known and not modelled.
 */
export function acceptType(cursor: Cursor): string | null {
  let qualified = false;
  while (QUALIFIERS.has(cursor.peek().text)) {
    cursor.next();
    qualified = true;
  }
  const { text } = cursor.peek();
  if (SCALARS.has(text)) return cursor.next().text;
  if (text === "struct") {
    if (!cursor.is("kref", 1)) cursor.fail("structures are refused, except struct kref");
    cursor.next();
    cursor.next();
    return "struct kref";
  }
  if (WIDE.has(text)) cursor.fail(`type \`${text}\` is refused: integers are \`int\` (32 bits)`);
  return qualified ? "int" : null;
}
