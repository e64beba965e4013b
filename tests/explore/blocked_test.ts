/**
 * Goal: a step that ran while a task was blocked, and has no part in what it waited for, is tried
 * after that task's step too. Method: the smallest programs in which only that order breaks a law,
 * by both searches. (Once the reduced one took every such step for the one that ended the wait.)
 */
import { assertEquals } from "@std/assert";
import { explore } from "explore/explore.ts";
import { KernelFault } from "explore/fault.ts";
import { keep } from "explore/leak.ts";
import { loadMarked, storeMarked } from "explore/memory.ts";
import { peek } from "explore/objects.ts";
import { scenario } from "explore/scenario.ts";
import { create, int, struct } from "explore/struct.ts";
import { indivisible, type Task, waitUntil } from "explore/task.ts";

class board extends struct("board", { flag: int, news: int, seen: int }) {}

const FLAG = 1, NEWS = 2, SEEN = 3;

function* set(on: board, field: number): Task {
  yield* indivisible("WRITE_ONCE", on, () => storeMarked(on.address + field, 1));
}

/** Waits for the flag; in one step with that, looks at the news and notes what it saw, from 1. */
function* watch(on: board, stays: boolean): Task {
  yield* waitUntil("wait for the flag", on, () => peek(on.address + FLAG) === 1, stays);
  yield* indivisible("READ_ONCE", on, () => {
    storeMarked(on.address + SEEN, 1 + loadMarked(on.address + NEWS));
  });
}

/** What is found when the writer of news has the first, the middle or the last id. */
function foundWith(names: readonly string[], stays: boolean, mode: "reduced" | "naive") {
  const threads: Record<string, (on: board) => Task> = {
    news: (on) => set(on, NEWS),
    flag: (on) => set(on, FLAG),
    watcher: (on) => watch(on, stays),
  };
  const all = names.map((name) => [name, threads[name] as (on: board) => Task]);
  const { findings, finalStates, exhaustive } = explore(
    scenario({
      name: "watch",
      title: "news || flag || watcher",
      about: "Can the watcher be too early for the news?",
      *setup() {
        return keep(create(board));
      },
      threads: Object.fromEntries(all),
      finally: (on) => {
        if (on.seen === 1) throw new KernelFault("law", "violated", "the watcher sees the news");
      },
      expect: { verdict: "holds" },
    }),
    { mode },
  );
  return { subjects: findings.map(({ subject }) => subject), finalStates, exhaustive };
}

Deno.test("blocked: a step that ran meanwhile and ends no wait is tried after it too", () => {
  const orders = [
    ["news", "flag", "watcher"],
    ["flag", "news", "watcher"],
    ["news", "watcher", "flag"],
    ["watcher", "news", "flag"],
    ["watcher", "flag", "news"],
    ["flag", "watcher", "news"],
  ];
  for (const names of orders) {
    for (const stays of [true, false]) {
      const naive = foundWith(names, stays, "naive");
      assertEquals(naive.subjects, ["the watcher sees the news"]);
      assertEquals(foundWith(names, stays, "reduced"), naive, `${names}, ${stays}`);
    }
  }
});
