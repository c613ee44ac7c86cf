// One request of a plan, in a thread of its own: what it needs is gone with it, and so is what hangs.
import { Worker } from "node:worker_threads";
import { type LoadPlan, type TaskReply, type TriedExchange, triedTextMax } from "@tidemark/proto";
import type { Assignment } from "./carrier.ts";
import { hideIn, openHiding } from "./hiding.ts";
import { engineLimits } from "./limits.ts";
import { threadEntry } from "./thread-entry.ts";

/** What the thread is started with. */
export interface TrialStart {
  readonly kind: "trial";
  readonly assignment: Assignment;
}

export type TrialOutcome =
  | { readonly kind: "tried"; readonly exchange: TriedExchange }
  /** The driver cannot honour the plan. */
  | { readonly kind: "rejected"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

export interface Trial {
  readonly outcome: Promise<TrialOutcome>;
  /** Ends it; the outcome is then `failed` for `cause`. */
  end(cause: string): void;
}

/** The plan as it is tried, and as the policy judges it: one request on one connection. */
export function asTrial(plan: LoadPlan): { readonly tried: LoadPlan; readonly judged: LoadPlan } {
  const timeoutMs = Math.min(plan.timeoutMs, engineLimits.tryTimeoutMsMax);
  const { share: _whole, warmupMs: _none, ...rest } = plan;
  const tried = { ...rest, timeoutMs };
  const once = { kind: "constant", ratePerSecond: 1 } as const;
  const judged = { ...tried, pacing: once, connections: 1, workers: 1, durationMs: timeoutMs };
  return { tried, judged };
}

/** What the hub is answered. */
export function outcomeReply(outcome: TrialOutcome): TaskReply {
  switch (outcome.kind) {
    case "tried":
      return { ok: true, exchange: outcome.exchange };
    case "rejected":
      return { ok: false, code: "unsupported", reason: outcome.reason.slice(0, 512) };
    case "failed":
      return { ok: false, code: "failed", reason: outcome.reason.slice(0, 512) };
  }
}

/** The outcome comes within the plan's timeout and `tryGraceMs`, with no secret in it. `entry`: the threads' program but in tests. */
export function startTrial(assignment: Assignment, entry: URL = threadEntry()): Trial {
  const start: TrialStart = { kind: "trial", assignment };
  const thread = new Worker(entry, { workerData: start, name: "try" });
  const hide = openHiding(assignment.plan, assignment.secrets);
  const { promise, resolve } = Promise.withResolvers<TrialOutcome>();
  const settle = (outcome: TrialOutcome) => {
    clearTimeout(deadline);
    resolve(bounded(hideIn(hide, outcome)));
    void thread.terminate();
  };
  const end = (reason: string) => settle({ kind: "failed", reason });
  const limitMs = assignment.plan.timeoutMs + engineLimits.tryGraceMs;
  const deadline = setTimeout(() => end(`no outcome within ${limitMs} ms`), limitMs);
  thread.once("message", (outcome: TrialOutcome) => settle(outcome));
  thread.once("error", (cause) => end(cause instanceof Error ? cause.message : String(cause)));
  thread.once("exit", () => end("its thread ended without an outcome"));
  return { outcome: promise, end };
}

/** Templates may be longer than the values they stand for. */
function bounded(outcome: TrialOutcome): TrialOutcome {
  if (outcome.kind !== "tried") return outcome;
  const { exchange } = outcome;
  const [request, response] = [exchange.request, exchange.response].map((text) =>
    text.slice(0, triedTextMax),
  );
  return {
    kind: "tried",
    exchange: {
      ...exchange,
      request: request ?? "",
      response: response ?? "",
      truncated:
        exchange.truncated || request !== exchange.request || response !== exchange.response,
      error: exchange.error?.slice(0, 512) ?? null,
      remarks: exchange.remarks.slice(0, 32).map((remark) => remark.slice(0, 512)),
    },
  };
}
