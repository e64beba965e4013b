/** States by their hashes: two are taken for the same if all live words are. */
import { regionStart, topOf } from "./memory.ts";
import { LIVE, type Shape, shapeOf, stateOf, TASK_LIMIT, words } from "./objects.ts";

/** The two lanes of the hash that was made last. */
let low = 0, high = 0;

/** Makes a hash of all live words (FNV-1a over two lanes), equal for equal states. */
function hashWords(): void {
  let one = 0x811c9dc5 | 0, two = 0x01000193 | 0;
  for (let task = -1; task < TASK_LIMIT; task++) {
    const end = topOf(task);
    for (let base = regionStart(task); base < end;) {
      const next = base + (shapeOf[base] as Shape).words;
      if (stateOf[base] === LIVE) {
        one = Math.imul(one ^ base, 0x01000193);
        two = Math.imul(two ^ (base + 0x9e3779b9 | 0), 0x85ebca6b);
        two ^= two >>> 13;
        for (let address = base; address < next; address++) {
          const value = words[address] as number;
          one = Math.imul(one ^ value, 0x01000193);
          two = Math.imul(two ^ (value + 0x9e3779b9 | 0), 0x85ebca6b);
          two ^= two >>> 13;
        }
      }
      base = next;
    }
  }
  low = one >>> 0;
  high = two >>> 0;
}

/** A hash of all live words, equal for equal states. */
export function hashState(): string {
  hashWords();
  return low.toString(16).padStart(8, "0") + high.toString(16).padStart(8, "0");
}

/** The first 53 bits of what `hashState` answers. */
export function hashNumber(): number {
  hashWords();
  return low * 0x20_0000 + (high >>> 11);
}
