// Keeps the leases of all runs under way, and gives up those that nothing is heard of.
import type { Logger } from "pino";
import type { Dispatcher } from "../tasks/dispatcher.ts";
import type { KnownRun } from "./known-run.ts";
import { runLimits } from "./limits.ts";
import { lostCause } from "./lost.ts";

export interface LeasesDeps {
  readonly dispatcher: Dispatcher;
  readonly active: () => readonly KnownRun[];
  readonly lost: (known: KnownRun, cause: string) => Promise<void>;
  readonly now: () => number;
  readonly log: Logger;
}

export function startLeases(deps: LeasesDeps): { stop(): Promise<void> } {
  const { dispatcher, now, log } = deps;
  const underWay = new Map<KnownRun, Promise<void>>();

  async function renew(known: KnownRun): Promise<void> {
    const cause = lostCause(known.heard, now());
    if (cause !== undefined) {
      await deps.lost(known, cause);
      return;
    }
    if (known.cancelled || known.record.state !== "running") return;
    const { id, agent } = known.record;
    const delivery = await dispatcher.send(
      agent,
      { kind: "lease", run: id, ttlMs: runLimits.leaseTtlMs },
      { timeoutMs: runLimits.leaseAnswerMs },
    );
    if (delivery.kind === "offline") return;
    heard(known, delivery.reply.ok || delivery.reply.code !== "unknown-run", now());
  }

  const timer = setInterval(() => {
    for (const known of deps.active()) {
      if (underWay.has(known)) continue;
      const renewal = renew(known)
        .catch((err: unknown) => log.warn({ err, run: known.record.id }, "lease was not renewed"))
        .finally(() => underWay.delete(known));
      underWay.set(known, renewal);
    }
  }, runLimits.leaseEveryMs);

  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay.values());
    },
  };
}

/** The agent was heard about the run: it carries it out, or knows nothing of it. */
export function heard(known: KnownRun, isRunning: boolean, nowMs: number): void {
  known.heard = {
    ...known.heard,
    heardAtMs: nowMs,
    forgottenAtMs: isRunning ? undefined : (known.heard.forgottenAtMs ?? nowMs),
  };
}
