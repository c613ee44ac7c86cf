import { expect, test } from "vitest";
import { stateOf } from "./agent-state.ts";

const living = { revokedAtMs: null };

test.each([
  ["online", living, 1_000, 1_000],
  ["online", living, 1_000, 16_000],
  ["stale", living, 1_000, 16_001],
  ["stale", living, 1_000, 301_000],
  ["offline", living, 1_000, 301_001],
  ["offline", living, undefined, 1_000],
  // The hub's clock was stepped back.
  ["online", living, 9_000_000, 1_000],
  ["revoked", { revokedAtMs: 500 }, 1_000, 1_000],
] as const)("an agent is %s (%o, seen at %s, now %s)", (state, agent, lastSeenMs, nowMs) => {
  expect(stateOf(agent, lastSeenMs, nowMs)).toBe(state);
});
