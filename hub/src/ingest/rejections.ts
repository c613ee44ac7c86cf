// What the hub refused: a counter by what, and the last reasons for GET /rejections. The same refusal again only raises the
// count of its entry, so that one broken agent cannot push everything else out.
import type { AgentId, RejectionList } from "@tidemark/proto";

/** `what` is from a small set of words (it is a metric's label), `reason` is for people and may say anything but secrets. */
export type Rejected = (agent: AgentId | null, what: string, reason: string) => void;

type Rejection = RejectionList["items"][number];

export interface Rejections {
  readonly rejected: Rejected;
  /** Newest first. */
  list(): readonly Rejection[];
  total(): number;
  /** Refusals by what, for the metrics page. */
  counts(): ReadonlyMap<string, number>;
}

const keptMax = 200;
const reasonLengthMax = 512;
const whatMax = 64;

/** `counted` hears of every refusal, for a metric. */
export function createRejections(now: () => number, counted: (what: string) => void): Rejections {
  const recent = new Map<string, Rejection>();
  const counts = new Map<string, number>();
  let total = 0;
  return {
    rejected(agent, what, reason) {
      const word = counts.has(what) || counts.size < whatMax ? what.slice(0, 64) : "other";
      total += 1;
      counts.set(word, (counts.get(word) ?? 0) + 1);
      counted(word);
      // Numbers differ from refusal to refusal of one cause; the newest text stands for all.
      const key = `${agent} ${word} ${reason.replace(/\d+/g, "#")}`;
      const before = recent.get(key);
      recent.delete(key);
      recent.set(key, {
        atMs: now(),
        agent,
        what: word,
        reason: reason.slice(0, reasonLengthMax),
        count: (before?.count ?? 0) + 1,
      });
      if (recent.size > keptMax) {
        const [oldest] = recent.keys();
        if (oldest !== undefined) recent.delete(oldest);
      }
    },
    list: () => [...recent.values()].reverse(),
    total: () => total,
    counts: () => counts,
  };
}
