// Finds records that an agent has numbered and the hub has not stored although later ones are, and asks for them again. A hole
// is asked for only when it has stayed for a while, since an outbox that catches up fills its holes by itself; a hole
// that the agent no longer holds is given up and counted.
import { type AgentId, type Beat, type BootId, isBootId } from "@tidemark/proto";
import type { Range } from "./ranges.ts";

export interface GapsDeps {
  readonly missing: (
    agent: AgentId,
    boot: BootId,
    firstSeq: number,
    nextSeq: number,
  ) => readonly Range[];
  /** Asks the agent to send records first … last of its life `boot` again. */
  readonly askReplay: (agent: AgentId, boot: BootId, range: Range) => void;
  readonly now: () => number;
}

export interface Gaps {
  /** Records of the agent's present life that are missing now. */
  missingBatches(agent: AgentId): number;
  /** An agent told what it has numbered. */
  heard(agent: AgentId, beat: Beat): void;
}

/** A hole younger than this may still be on its way. */
const settleMs = 20_000;
const askAgainMs = 60_000;
const asksMax = 10;
/** Holes asked for at one beat, and records in one request. */
const asksPerBeatMax = 4;
const recordsPerAskMax = 1_000;
/** Holes of one agent that are watched. */
const watchedMax = 256;

interface Watched {
  readonly sinceMs: number;
  askedAtMs: number;
  asks: number;
}

export function createGaps({ missing, askReplay, now }: GapsDeps): Gaps {
  const agents = new Map<AgentId, { count: number; holes: Map<string, Watched> }>();
  function heard(agent: AgentId, beat: Beat): void {
    const { boot } = beat;
    if (!isBootId(boot)) return;
    const { firstSeq, nextSeq } = beat.lanes.metrics;
    const holes = missing(agent, boot, firstSeq, nextSeq);
    const before = agents.get(agent)?.holes;
    const watched = new Map<string, Watched>();
    let asked = 0;
    for (const hole of holes.slice(0, watchedMax)) {
      // By its end: a hole that is being filled from its start stays the same hole.
      const key = `${boot} ${hole.last}`;
      const entry = before?.get(key) ?? { sinceMs: now(), askedAtMs: 0, asks: 0 };
      watched.set(key, entry);
      const isDue =
        now() - entry.sinceMs >= settleMs &&
        now() - entry.askedAtMs >= askAgainMs &&
        entry.asks < asksMax;
      if (!isDue || asked >= asksPerBeatMax) continue;
      asked += 1;
      entry.asks += 1;
      entry.askedAtMs = now();
      askReplay(agent, boot, {
        first: hole.first,
        last: Math.min(hole.last, hole.first + recordsPerAskMax - 1),
      });
    }
    agents.set(agent, {
      count: holes.reduce((sum, { first, last }) => sum + last - first + 1, 0),
      holes: watched,
    });
  }
  return {
    missingBatches: (agent) => agents.get(agent)?.count ?? 0,
    heard,
  };
}
