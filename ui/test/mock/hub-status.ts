// The mock hub about itself.
import type { Agent, Status } from "@tidemark/proto";

export function statusOf(agents: readonly Agent[], startedAtMs: number): Status {
  const inState = (state: Agent["state"]) => agents.filter((agent) => agent.state === state).length;
  const seconds = (Date.now() - startedAtMs) / 1_000;
  const rate = agents.length * 204;
  return {
    version: "0.1.0",
    startedAtMs: startedAtMs - 86_400_000 * 2,
    agents: { online: inState("online"), stale: inState("stale"), offline: inState("offline") },
    ingest: {
      samplesPerSecond: rate,
      samplesTotal: Math.round(rate * (seconds + 172_800)),
      messagesPending: 12,
      lagSeconds: agents.length === 0 ? null : 1.4,
      rejectedTotal: agents.length === 0 ? 0 : 17,
      duplicatesTotal: 3,
    },
    storage: {
      engine: "chdb 26.1",
      bytesOnDisk: 41_204_113_920,
      samplesRows: rate * 172_800,
      bytesPerSample: 1.08,
    },
    broker: { url: "nats://127.0.0.1:4478", connected: true, embedded: true },
  };
}

export function rejectionsOf(agents: readonly Agent[], nowMs: number) {
  return [
    {
      atMs: nowMs - 90_000,
      agent: agents[1]?.id ?? null,
      what: "metrics",
      reason: "batch starts 3,712 s in the future; the host's clock is wrong",
      count: 14,
    },
    {
      atMs: nowMs - 640_000,
      agent: agents[4]?.id ?? null,
      what: "result",
      reason: "run kq3v7h2mzpx5ctra belongs to another agent",
      count: 2,
    },
    {
      atMs: nowMs - 7_200_000,
      agent: null,
      what: "metrics",
      reason: "the frame is truncated: 412 of 1,880 bytes",
      count: 1,
    },
  ];
}
