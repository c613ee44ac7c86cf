// Renews agents' credentials long before they expire: an agent that beats and has used up half of its JWT's life gets a new
// one as a task. An agent that stays away longer than the other half has to be enrolled again.
import type { AgentId, Task, TaskReply } from "@tidemark/proto";
import type { Logger } from "pino";
import type { Broker } from "../broker/broker.ts";
import { claimLimits } from "../broker/claims.ts";
import type { AgentRecord, AgentRegistry } from "../state/agents.ts";
import type { Presence } from "./presence.ts";

export const renewalLimits = {
  afterMs: (claimLimits.agentSeconds * 1_000) / 2,
  /** After a renewal that failed, the agent is left alone for so long. */
  retryMs: 3_600_000,
} as const;

export interface RenewalDeps {
  readonly presence: Pick<Presence, "onBeat">;
  readonly agents: Pick<AgentRegistry, "get" | "update">;
  readonly broker: Pick<Broker, "issue">;
  readonly send: (
    agent: AgentId,
    task: Task,
  ) => Promise<{ kind: "answered"; reply: TaskReply } | { kind: "offline" }>;
  readonly now: () => number;
  readonly log: Logger;
}

/** Runs until the returned function is called. */
export function startRenewal(deps: RenewalDeps): () => void {
  const triedAtMs = new Map<AgentId, number>();
  return deps.presence.onBeat((id) => {
    const record = deps.agents.get(id);
    const nowMs = deps.now();
    if (record === undefined || !isDue(record, triedAtMs.get(id), nowMs)) return;
    triedAtMs.set(id, nowMs);
    renew(deps, record, nowMs).catch((err: unknown) =>
      deps.log.warn({ err, agent: id }, "credentials not renewed"),
    );
  });
}

export function isDue(
  record: Pick<AgentRecord, "credentialAtMs" | "revokedAtMs">,
  triedAtMs: number | undefined,
  nowMs: number,
): boolean {
  if (record.revokedAtMs !== null) return false;
  if (nowMs - record.credentialAtMs < renewalLimits.afterMs) return false;
  return triedAtMs === undefined || nowMs - triedAtMs >= renewalLimits.retryMs;
}

async function renew(deps: RenewalDeps, record: AgentRecord, nowMs: number): Promise<void> {
  const jwt = await deps.broker.issue(record.id, record.publicKey);
  const delivery = await deps.send(record.id, { kind: "renew", jwt });
  // Offline again: it will beat, and be asked again.
  if (delivery.kind === "offline") return;
  if (!delivery.reply.ok) {
    deps.log.warn(
      { agent: record.id, reason: delivery.reply.reason },
      "agent refused new credentials",
    );
    return;
  }
  await deps.agents.update(record.id, { credentialAtMs: nowMs });
}
