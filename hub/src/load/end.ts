// How runs end before their time: cancelled by a user, cut off with a revoked agent, or given up because an agent was lost.
import type { AgentId, RunId } from "@tidemark/proto";
import type { Logger } from "pino";
import type { Dispatcher } from "../tasks/dispatcher.ts";
import { type Change, partOf } from "./changes.ts";
import { type KnownAssignment, type KnownRun, hasEnded, progressOf } from "./known-run.ts";
import { heard } from "./leases.ts";
import { runLimits } from "./limits.ts";

export interface Endings {
  /** Asks every agent of a run, or of a search's step, at the same time, to end its part. Stored whether or not they answer. */
  ask(known: KnownRun, user: string): Promise<void>;
  /** As `RunControl.revoke`. */
  revoke(agent: AgentId, user: string, cut: () => Promise<void>): Promise<void>;
  /** An agent's part is over for the hub; what arrived of it stays counted. */
  lost(known: KnownRun, agent: AgentId, cause: string): Promise<void>;
}

export const revokedCause = "the agent was revoked";

export function openEndings(deps: {
  readonly dispatcher: Dispatcher;
  readonly change: Change;
  readonly active: () => readonly KnownRun[];
  readonly now: () => number;
  readonly log: Logger;
}): Endings {
  const { dispatcher, change, now, log } = deps;

  async function askOne(run: RunId, part: KnownAssignment, timeoutMs: number): Promise<void> {
    if (hasEnded(part.record)) return;
    const task = { kind: "cancel" as const, run };
    const delivery = await dispatcher.send(part.record.agent, task, { timeoutMs });
    // An agent out of reach stops by itself when the lease it is no longer given lapses.
    if (delivery.kind === "answered" && !delivery.reply.ok) heard(part, false, now());
  }

  async function end(
    known: KnownRun,
    agent: AgentId,
    state: "cancelled" | "failed",
    cause: string,
  ): Promise<void> {
    const part = known.assignments.get(agent);
    if (part === undefined) return;
    const { backlog, elapsedMs, ...progress } = progressOf(part);
    const interim = { ...progress, elapsedMs, unsent: backlog };
    await change(
      known,
      partOf(agent, (record) =>
        hasEnded(record) ? undefined : { state, cause, endedAtMs: now(), interim },
      ),
    );
  }

  async function ask(known: KnownRun, user: string): Promise<void> {
    known.cancelled = true;
    const run = known.record.id;
    log.info({ run, user }, "run cancelled");
    // The agents may stop the run before its state is stored, and must when the database is away.
    const saved = change(known, { run: { cancelAskedAtMs: now() } }).catch((err: unknown) =>
      log.warn({ err, run }, "cancel could not be stored"),
    );
    const asked = [...known.assignments.values()].map((part) =>
      askOne(run, part, runLimits.cancelAnswerMs).catch((err: unknown) =>
        log.warn({ err, run, agent: part.record.agent }, "agent was not asked to end its part"),
      ),
    );
    const steps = deps.active().filter(({ record }) => record.partOf === run);
    await Promise.all([saved, ...asked, ...steps.map((step) => ask(step, user))]);
  }

  return {
    ask,
    async revoke(agent, user, cut) {
      const ofAgent = () =>
        deps.active().filter(({ assignments }) => {
          const part = assignments.get(agent);
          return part !== undefined && !hasEnded(part.record);
        });
      for (const known of ofAgent()) {
        const part = known.assignments.get(agent);
        if (part === undefined) continue;
        const run = known.record.id;
        log.info({ run, agent, user }, "part of a revoked agent cancelled");
        // Whatever comes of the cancel, its lease ends.
        part.isTaken = false;
        await askOne(run, part, runLimits.revokeAnswerMs).catch((err: unknown) =>
          log.warn({ err, run, agent }, "part of a revoked agent was not cancelled"),
        );
      }
      await cut();
      // One more may have begun meanwhile; from here on none can.
      for (const known of ofAgent()) await end(known, agent, "failed", revokedCause);
    },
    async lost(known, agent, cause) {
      log.warn({ run: known.record.id, agent, cause }, "agent's part of a run given up");
      await end(known, agent, known.cancelled ? "cancelled" : "failed", cause);
    },
  };
}
