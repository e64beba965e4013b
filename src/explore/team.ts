/**
 * Several hands for one search: its parts are given out in order, run wherever there is room, and
 * taken in in order. Every number is the same however many hands there are, because a part that was
 * run under less than its predecessors settled, and would settle something itself, is run again.
 */
import { nextPremise, type PartOutcome, type Prepared } from "./parts.ts";
import type { PartStore, Premise } from "./search/share.ts";

/** Somebody who runs parts, one at a time. */
export interface Member {
  prepare(premise: Premise): Promise<Prepared>;
  run(part: number, premise: Premise): Promise<PartOutcome>;
}

/** Members that ought to work on the same search do not. */
export class TeamError extends Error {
  override readonly name = "TeamError";
}

/** Is told how the search comes along. */
export interface Audience {
  /** The search is cut, for the first time or anew. */
  cut?(prepared: Prepared): void;
  /** A part was stopped; this is what was seen of it. */
  stopped?(outcome: PartOutcome): void;
  /** So many parts are done, of so many. */
  tally?(done: number, of: number): void;
}

const asText = (value: unknown): string => JSON.stringify(value);

/**
 * Has `members` fill `store` with all parts of their search, those in it already left out. Answers
 * what they were run under.
 * @throws {TeamError} when the members do not agree on what they search
 */
export async function searchTogether(
  members: readonly Member[],
  premise: Premise,
  store: PartStore,
  audience: Audience = {},
): Promise<Prepared> {
  for (let start = premise;;) {
    const [prepared, ...others] = await Promise.all(members.map((one) => one.prepare(start)));
    if (prepared === undefined) throw new TeamError("Cannot search: there are no workers");
    for (const other of others) {
      if (asText(other) === asText(prepared)) continue;
      throw new TeamError("Cannot search together: the workers cut the search in different ways");
    }
    audience.cut?.(prepared);
    const round = new Round(prepared, store, audience);
    await Promise.all(members.map((one) => round.work(one)));
    if (round.restart === null) return { ...prepared, premise: round.premise };
    store.clear();
    start = nextPremise(round.premise, round.restart, premise.visible);
  }
}

/** One pass over the parts, until all are done or one of them makes the others void. */
class Round {
  premise: Premise;
  /** What to begin again with, when there is more to start from. */
  restart: Premise | null = null;
  /** Was a member stopped? Then all are about to be. */
  #isStopped = false;
  readonly #parts: number;
  readonly #store: PartStore;
  readonly #audience: Audience;
  /** All parts before this one are taken in. */
  #next = 0;
  /** Who may be waiting for a part to do again. */
  #changed = Promise.withResolvers<void>();
  readonly #given = new Set<number>();
  readonly #outcomes = new Map<number, PartOutcome>();

  constructor({ parts, premise }: Prepared, store: PartStore, audience: Audience) {
    this.#parts = parts;
    this.premise = premise;
    this.#store = store;
    this.#audience = audience;
    this.#takeIn();
  }

  /** Runs parts on `member` as long as there are any. */
  async work(member: Member): Promise<void> {
    while (this.restart === null && this.#next < this.#parts && !this.#isStopped) {
      const part = this.#take();
      if (part === null) {
        await this.#changed.promise;
        continue;
      }
      const outcome = await member.run(part, this.premise);
      this.#given.delete(part);
      if (outcome.isStopped) {
        this.#isStopped = true;
        this.#audience.stopped?.(outcome);
        break;
      }
      this.#outcomes.set(part, outcome);
      this.#takeIn();
      this.#changed.resolve();
      this.#changed = Promise.withResolvers<void>();
    }
    this.#changed.resolve();
  }

  /** The first part that nobody has; none after one that may make the others void. */
  #take(): number | null {
    for (let part = this.#next; part < this.#parts; part++) {
      const outcome = this.#outcomes.get(part);
      if (outcome?.found === null) return null;
      if (outcome !== undefined || this.#given.has(part)) continue;
      if (this.#store.get(part) !== undefined) continue;
      this.#given.add(part);
      return part;
    }
    return null;
  }

  /** Takes in what is done, in the order of the parts. */
  #takeIn(): void {
    while (this.#next < this.#parts && this.restart === null) {
      const part = this.#next;
      if (this.#store.get(part) === undefined) {
        const outcome = this.#outcomes.get(part);
        if (outcome === undefined) break;
        this.#outcomes.delete(part);
        const { found, before, after } = outcome;
        if (found === null || asText(before) !== asText(after)) {
          // It would have settled this, and perhaps otherwise, after its predecessors.
          if (asText(before) !== asText(this.premise)) break;
          if (found === null) this.restart = after;
          else this.premise = after;
        }
        if (found !== null) this.#store.add(part, found, this.premise);
      }
      if (this.restart === null) this.#next++;
    }
    this.#audience.tally?.(this.#next + this.#outcomes.size, this.#parts);
  }
}
