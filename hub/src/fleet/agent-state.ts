// What an agent's beats say about it.
import type { AgentState } from "@tidemark/proto";

export const presenceLimits = {
  /** How often agents beat. */
  beatMs: 5_000,
  /** Three beats missed and an agent is stale … */
  onlineMs: 15_000,
  /** … and after five minutes it is offline. */
  staleMs: 300_000,
  /** Beats of one agent closer together than this are refused: an agent out of its mind costs nothing. */
  beatGapMsMin: 50,
} as const;

/** `lastSeenMs` is undefined before the first beat that this hub has seen. */
export function stateOf(
  agent: { readonly revokedAtMs: number | null },
  lastSeenMs: number | undefined,
  nowMs: number,
): AgentState {
  if (agent.revokedAtMs !== null) return "revoked";
  if (lastSeenMs === undefined) return "offline";
  const ageMs = nowMs - lastSeenMs;
  if (ageMs <= presenceLimits.onlineMs) return "online";
  return ageMs <= presenceLimits.staleMs ? "stale" : "offline";
}
