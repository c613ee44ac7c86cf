// Keeps the leases of all runs under way, agent by agent, and gives up the parts that nothing is heard of.
import type { AgentId, RunId } from "@tidemark/proto";
import type { Logger } from "pino";
import type { Dispatcher } from "../tasks/dispatcher.ts";
import { type KnownAssignment, type KnownRun, hasEnded } from "./known-run.ts";
import { runLimits } from "./limits.ts";
import { lostCause } from "./lost.ts";

export interface LeasesDeps {
  readonly dispatcher: Dispatcher;
  readonly active: () => readonly KnownRun[];
  readonly lost: (known: KnownRun, agent: AgentId, cause: string) => Promise<void>;
  readonly now: () => number;
  readonly log: Logger;
}

export function startLeases(deps: LeasesDeps): { stop(): Promise<void> } {
  const { dispatcher, now, log } = deps;
  const underWay = new Map<KnownAssignment, Promise<void>>();

  async function renew(known: KnownRun, assignment: KnownAssignment): Promise<void> {
    const { agent } = assignment.record;
    const cause = lostCause(assignment.heard, now());
    if (cause !== undefined) {
      await deps.lost(known, agent, cause);
      return;
    }
    if (known.cancelled || !assignment.isTaken) return;
    const run: RunId = known.record.id;
    const delivery = await dispatcher.send(
      agent,
      { kind: "lease", run, ttlMs: runLimits.leaseTtlMs },
      { timeoutMs: runLimits.leaseAnswerMs },
    );
    if (delivery.kind === "offline") return;
    heard(assignment, delivery.reply.ok || delivery.reply.code !== "unknown-run", now());
  }

  const timer = setInterval(() => {
    for (const known of deps.active())
      for (const assignment of known.assignments.values()) {
        if (underWay.has(assignment) || hasEnded(assignment.record)) continue;
        const { agent } = assignment.record;
        const renewal = renew(known, assignment)
          .catch((err: unknown) =>
            log.warn({ err, run: known.record.id, agent }, "lease was not renewed"),
          )
          .finally(() => underWay.delete(assignment));
        underWay.set(assignment, renewal);
      }
  }, runLimits.leaseEveryMs);

  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay.values());
    },
  };
}

/** The agent was heard about its part: it carries it out, or knows nothing of it. */
export function heard(assignment: KnownAssignment, isRunning: boolean, nowMs: number): void {
  assignment.heard = {
    ...assignment.heard,
    heardAtMs: nowMs,
    forgottenAtMs: isRunning ? undefined : (assignment.heard.forgottenAtMs ?? nowMs),
  };
}
