// The agent's side of a load test: judges each plan by the host's own policy, carries out one run at a time, and publishes
// its intervals and its final through the results outbox.
import { availableParallelism } from "node:os";
import {
  type LoadPlan,
  type NoticeCode,
  type RefusalCode,
  type RunFinal,
  type RunId,
  type RunInterval,
  type TaskReply,
  planFault,
  wholeShare,
} from "@tidemark/proto";
import type { Logger } from "pino";
import type { StartCarrier } from "./carrier.ts";
import { type Endpoint, PlanRejected } from "./drivers/driver.ts";
import { type Guard, openGuard } from "./guard/guard.ts";
import type { ActiveRun } from "./run.ts";

export interface LoadRunner {
  /** Judges and starts a run; answers once it is under way or refused. A run that is already active is answered with ok. */
  start(run: RunId, plan: LoadPlan): Promise<TaskReply>;
  cancel(run: RunId): TaskReply;
  lease(run: RunId, ttlMs: number): TaskReply;
  active(): readonly RunId[];
  /** Whether the policy lets any run at all be carried out. */
  allowed(): boolean;
  policyHash(): string;
  /** Cancels what runs and waits for its final. */
  stop(): Promise<void>;
}

export interface LoadRunnerDeps {
  readonly policyFile: string;
  readonly publish: {
    interval(run: RunId, interval: RunInterval): void;
    final(run: RunId, final: RunFinal): void;
  };
  readonly now: () => number;
  readonly log: Logger;
  readonly notice: (code: NoticeCode, detail: string) => void;
  /** Replaced in tests. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  readonly cores?: number;
  readonly carrier?: StartCarrier;
}

type StartRun = typeof import("./run.ts").startRun;

/** A spin beside the agent needs a core of its own on top of what the host does. */
const coresForExactMin = 3;

export function createLoadRunner(deps: LoadRunnerDeps): LoadRunner {
  const guard: Guard = openGuard({
    policyFile: deps.policyFile,
    ...(deps.resolve === undefined ? {} : { resolve: deps.resolve }),
  });
  const cores = deps.cores ?? availableParallelism();
  let current: { readonly run: RunId; readonly active: ActiveRun | undefined } | undefined;
  let isStopped = false;

  const refuse = (run: RunId, code: RefusalCode, reason: string): TaskReply => {
    deps.log.warn({ run, code, reason }, "load run refused");
    deps.notice("task-refused", `load run ${run}: ${reason}`.slice(0, 512));
    return { ok: false, code, reason: reason.slice(0, 512) };
  };
  const unknownRun = (run: RunId): TaskReply => ({
    ok: false,
    code: "unknown-run",
    reason: `run ${run} is not active here`,
  });

  /** Why this agent cannot carry out a plan that its policy would allow. */
  const unsupported = async (plan: LoadPlan): Promise<string | undefined> => {
    const fault = planFault(plan);
    if (fault !== undefined) return `${fault.field}: ${fault.reason}`;
    if (plan.precision === "exact" && cores < coresForExactMin)
      return `precision exact keeps a core busy and this host has ${cores}: use precise`;
    try {
      // Loaded with the first run: an idle agent need not carry it.
      const { driverNamed } = await import("./drivers/index.ts");
      (await driverNamed(plan.driver)).check(plan);
    } catch (cause) {
      if (cause instanceof PlanRejected) return cause.message;
      throw cause;
    }
    return undefined;
  };

  const begin = (startRun: StartRun, run: RunId, plan: LoadPlan, endpoint: Endpoint) => {
    const active = startRun({
      assignment: {
        run,
        plan,
        share: plan.share ?? wholeShare,
        endpoint,
        secrets: {},
        policyFile: deps.policyFile,
        startAtMs: undefined,
      },
      interval: (interval) => deps.publish.interval(run, interval),
      final(final) {
        current = undefined;
        deps.log.info({ run, state: final.state, cause: final.cause }, "load run ended");
        deps.publish.final(run, final);
      },
      isKilled: () => guard.isKilled(),
      now: deps.now,
      ...(deps.carrier === undefined ? {} : { carrier: deps.carrier }),
    });
    current = { run, active };
    deps.log.info({ run, address: endpoint.address, port: endpoint.port }, "load run started");
  };

  return {
    async start(run, plan) {
      // Loaded with the first run: an idle agent need not carry it.
      const { startRun } = await import("./run.ts");
      if (current?.run === run) return { ok: true };
      if (current !== undefined) return refuse(run, "busy", `run ${current.run} is active`);
      if (isStopped) return refuse(run, "failed", "the agent is stopping");
      // Held while the target resolves, so that two plans cannot pass each other here.
      current = { run, active: undefined };
      const verdict = await guard.judge(plan);
      const fault = verdict.kind === "refused" ? verdict.reason : await unsupported(plan);
      if (verdict.kind === "refused" || fault !== undefined || isStopped) {
        current = undefined;
        return refuse(
          run,
          verdict.kind === "refused" ? "policy" : fault === undefined ? "failed" : "unsupported",
          fault ?? "the agent is stopping",
        );
      }
      begin(startRun, run, plan, verdict.endpoint);
      return { ok: true };
    },
    cancel(run) {
      if (current?.run !== run || current.active === undefined) return unknownRun(run);
      current.active.end("cancelled", "cancelled by the hub");
      return { ok: true };
    },
    lease(run, ttlMs) {
      if (current?.run !== run || current.active === undefined) return unknownRun(run);
      current.active.lease(ttlMs);
      return { ok: true };
    },
    active: () => (current?.active === undefined ? [] : [current.run]),
    allowed: () => guard.allowsAny(),
    policyHash: () => guard.policyHash(),
    async stop() {
      isStopped = true;
      const active = current?.active;
      active?.end("cancelled", "the agent stopped");
      await active?.ended;
    },
  };
}
