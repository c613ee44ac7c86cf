// What is wrong with a host, as one rank and in words. The default order of the fleet is by this rank, so its values are
// steps rather than raw numbers: hosts must not swap places with every sample.
import type { Fleet } from "@tidemark/proto";
import { formatPercent } from "../../format/number.ts";

export type FleetRow = Fleet["rows"][number];
export type Level = "bad" | "warn" | "none";

/** Fractions from which a reading is worth a look, and from which it needs somebody. */
const thresholds = {
  fullest: { warn: 0.85, bad: 0.95 },
  pressure: { warn: 0.2, bad: 0.5 },
  memory: { warn: 0.9, bad: 0.97 },
  cpu: { warn: 0.95, bad: Number.POSITIVE_INFINITY },
} as const;
export type Watched = keyof typeof thresholds;

export interface Attention {
  /** Higher is worse; 0 is nothing. */
  readonly rank: number;
  readonly level: Level;
  readonly reasons: readonly string[];
}

const words: Record<Watched, string> = {
  fullest: "a filesystem is full to",
  pressure: "tasks stall",
  memory: "memory is used to",
  cpu: "CPU is busy to",
};
const weights: Record<Watched, number> = { fullest: 40, pressure: 30, memory: 20, cpu: 10 };

export function levelOf(watched: Watched, value: number | null): Level {
  if (value === null) return "none";
  const { warn, bad } = thresholds[watched];
  if (value >= bad) return "bad";
  return value >= warn ? "warn" : "none";
}

export function attentionOf(row: FleetRow): Attention {
  const { agent } = row;
  if (agent.state === "revoked") return { rank: -1, level: "none", reasons: [] };
  if (agent.state === "offline") return { rank: 1_000, level: "bad", reasons: ["offline"] };
  const reasons: string[] = [];
  let rank = 0;
  if (agent.state === "stale") {
    rank = 800;
    reasons.push("no beat lately");
  }
  for (const watched of ["fullest", "pressure", "memory", "cpu"] as const) {
    const value = row[watched];
    const level = levelOf(watched, value);
    if (level === "none" || value === null) continue;
    const step = Math.min(9, Math.floor((value - thresholds[watched].warn) * 20));
    rank = Math.max(rank, (level === "bad" ? 500 : 200) + weights[watched] + step);
    reasons.push(`${words[watched]} ${formatPercent(value)}`);
  }
  if (agent.missingBatches > 0) {
    rank = Math.max(rank, 100);
    reasons.push(`${agent.missingBatches} messages missing`);
  }
  if (rank === 0) return { rank, level: "none", reasons };
  return { rank, level: rank >= 500 ? "bad" : "warn", reasons };
}
