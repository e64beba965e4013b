/** Promises about the end: asked in every execution that cannot go on, stuck or ended, and nowhere else. */
import { assertEquals } from "@std/assert";
import { cells, unlocked } from "explore/cells.ts";
import { explore } from "explore/explore.ts";
import { KernelFault } from "explore/fault.ts";
import { keep } from "explore/leak.ts";
import { scenario } from "explore/scenario.ts";
import { exploreStates } from "explore/search/states.ts";
import { create, struct } from "explore/struct.ts";
import { type Task, waitUntil } from "explore/task.ts";

class post extends struct("post", { sent: cells(1), answered: cells(1) }) {}
unlocked(post);

/** A sender waits for an answer; `answers` says whether the other side gives it. */
function letters(answers: boolean, hasPromise: boolean) {
  return scenario<post>({
    name: "letters",
    title: "",
    about: "",
    *setup() {
      return keep(create(post));
    },
    threads: {
      *sender(p) {
        yield* waitUntil("send", p, () => true);
        p.sent.set(0, 1);
        yield* waitUntil("answer", p, () => p.answered.peek(0) === 1);
      },
      *receiver(p): Task {
        yield* waitUntil("receive", p, () => p.sent.peek(0) === 1);
        if (answers) p.answered.set(0, 1);
      },
    },
    ...(hasPromise
      ? {
        quiescent(p: post) {
          if (p.answered.peek(0) < p.sent.peek(0)) {
            throw new KernelFault("law", "unanswered", "post");
          }
        },
      }
      : {}),
    expect: { verdict: "holds" },
  });
}

const kinds = (answers: boolean, hasPromise: boolean) =>
  [
    ...["naive", "reduced"].map((mode) =>
      explore(letters(answers, hasPromise), { mode: mode as "naive" }).findings
    ),
    exploreStates(letters(answers, hasPromise)).findings,
  ].map((findings) => findings.map(({ kind }) => kind).join());

Deno.test("a broken promise is reported in place of the hung task that comes of it", () => {
  assertEquals(kinds(false, true), ["unanswered", "unanswered", "unanswered"]);
  assertEquals(new Set(kinds(false, false)), new Set(["blocked for ever"]));
});

Deno.test("a promise that is kept in the end is not missed on the way", () => {
  assertEquals(kinds(true, true), ["", "", ""]);
});
