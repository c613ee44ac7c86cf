// The agent's side of load tests: judges each plan by the host's own policy, carries runs out as far as they may share the host,
// tries single requests, and publishes intervals and finals through the results outbox. Whatever a refusal, an end or a log says
// has passed through `hiding.ts`.
import { availableParallelism } from "node:os";
import {
  type LoadPlan,
  type RefusalCode,
  type RunFinal,
  type RunId,
  type RunInterval,
  type TaskReply,
  newId,
  wholeShare,
} from "@tidemark/proto";
import type { Logger } from "pino";
import type { Assignment, StartCarrier } from "./carrier.ts";
import type { Claim } from "./guard/ceilings.ts";
import { openGuard } from "./guard/guard.ts";
import type { Policy } from "./guard/policy.ts";
import type { Resolve } from "./guard/resolve.ts";
import { type Hide, openHiding } from "./hiding.ts";
import { engineLimits } from "./limits.ts";
import type { ActiveRun } from "./run.ts";
import type { Trial } from "./trial.ts";

export interface LoadRunner {
  /**
   * Judges and starts a run; answers once it is under way, or waits for `startAtMs`, or is refused. A run that is already active
   * is answered with ok.
   */
  start(run: RunId, plan: LoadPlan, startAtMs?: number): Promise<TaskReply>;
  /** One request of a plan, judged as a run of one request; one at a time. */
  tryOnce(plan: LoadPlan): Promise<TaskReply>;
  cancel(run: RunId): TaskReply;
  lease(run: RunId, ttlMs: number): TaskReply;
  active(): readonly RunId[];
  /** Whether the policy lets any run at all be carried out. */
  allowed(): boolean;
  policyHash(): string;
  /** Sets the kill switch and ends what is under way. */
  kill(by: string): void;
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
  /** A run or a trial is under way. */
  readonly started: (kind: "run" | "try") => void;
  /** The kill switch was set by `kill`; `fault`: why it could not be written down. */
  readonly killed: (by: string, fault: unknown) => void;
  /** Replaced in tests. */
  readonly resolve?: Resolve;
  readonly cores?: number;
  readonly carrier?: StartCarrier;
  /** The threads' program for trials. */
  readonly trialEntry?: URL;
}

/** A place among the runs under way, held from the moment a run is asked for. */
interface Place {
  readonly mayShare: boolean;
  claim: Claim | undefined;
  active: ActiveRun | undefined;
  /** What generating took in its latest interval, cores. */
  cpu: number;
}

/** A plan that may be carried out. */
interface Admitted {
  readonly kind: "admitted";
  readonly assignment: Assignment;
  readonly claim: Claim;
  readonly policy: Policy;
  readonly hide: Hide;
}
interface Refusal {
  readonly kind: "refused";
  readonly code: RefusalCode;
  readonly reason: string;
}

export function createLoadRunner(deps: LoadRunnerDeps): LoadRunner {
  const { policyFile, resolve, now, log } = deps;
  const guard = openGuard({ policyFile, ...(resolve === undefined ? {} : { resolve }) });
  const cores = deps.cores ?? availableParallelism();
  const places = new Map<RunId, Place>();
  let trial: Trial | "preparing" | undefined;
  let vigil: NodeJS.Timeout | undefined;
  let isStopped = false;

  /** Everything that stands between a plan and its start, in the order of what it costs. Loads what only runs need. */
  const admit = async (
    run: RunId,
    plan: LoadPlan,
    judged: LoadPlan,
    place: Place,
    startAtMs: number | undefined,
  ): Promise<Admitted | Refusal> => {
    const { driverFault, unsupported } = await import("./support.ts");
    const fault = unsupported(plan, cores);
    if (fault !== undefined) return refusal("unsupported", fault);
    const others = [...places.values()].flatMap(({ claim }) => claim ?? []);
    const admission = guard.admit(judged, {
      others,
      cores,
      startAtMs: startAtMs ?? now(),
      isTrial: judged !== plan,
    });
    if (admission.kind === "refused") return admission;
    const { claim, policy } = admission;
    place.claim = claim;
    const target = await guard.locate(plan, policy);
    if (typeof target === "string") return refusal("policy", target);
    const { secretsFor } = await import("./secrets.ts");
    const granted = secretsFor(plan, policyFile, target);
    if (granted.kind === "refused") return refusal("policy", granted.reason);
    const unhonoured = await driverFault(plan);
    if (unhonoured !== undefined) return refusal("unsupported", unhonoured);
    const assignment = {
      run,
      plan,
      share: plan.share ?? wholeShare,
      endpoint: { address: target.address, port: target.port },
      secrets: granted.values,
      policyFile,
      startAtMs,
    };
    return { kind: "admitted", assignment, claim, policy, hide: openHiding(plan, granted.values) };
  };

  const begin = async (run: RunId, place: Place, admitted: Admitted) => {
    const { assignment, claim, policy, hide } = admitted;
    const { startWatched } = await import("./watched-run.ts");
    const late = refusalNow(assignment.startAtMs);
    if (late !== undefined) return late;
    place.active = startWatched({
      assignment,
      claim,
      policy,
      cores,
      cpuOfAll(own) {
        place.cpu = own;
        return [...places.values()].reduce((sum, { cpu }) => sum + cpu, 0);
      },
      hide,
      interval: (interval) => deps.publish.interval(run, interval),
      final(final) {
        leave(run);
        log.info({ run, state: final.state, cause: final.cause }, "load run ended");
        deps.publish.final(run, final);
      },
      isKilled: guard.isKilled,
      now,
      ...(deps.carrier === undefined ? {} : { carrier: deps.carrier }),
    });
    // The policy may be changed, and quiet hours may begin, while a run is under way.
    vigil ??= setInterval(() => {
      const cause = guard.stopCause(now());
      if (cause !== undefined) endAll(cause);
    }, engineLimits.policyPollMs);
    const { address, port } = assignment.endpoint;
    log.info({ run, address, port, startAtMs: assignment.startAtMs }, "load run started");
    deps.started("run");
    return undefined;
  };

  /** What may have changed while a plan was judged. */
  const refusalNow = (startAtMs: number | undefined): Refusal | undefined => {
    if (isStopped) return refusal("failed", "the agent is stopping");
    if (guard.isKilled()) return refusal("policy", "the kill switch was set on this host");
    return startFault(startAtMs, now());
  };

  const endAll = (cause: string) => {
    for (const { active } of places.values()) active?.end("cancelled", cause);
    if (typeof trial === "object") trial.end(cause);
  };
  const leave = (run: RunId) => {
    places.delete(run);
    if (places.size > 0) return;
    clearInterval(vigil);
    vigil = undefined;
  };
  const unknownRun = (run: RunId) => reply(refusal("unknown-run", `run ${run} is not active here`));

  return {
    async start(run, plan, startAtMs) {
      if (places.has(run)) return { ok: true };
      const early = refusalNow(startAtMs) ?? sharingFault(places, plan.mayShare === true);
      if (early !== undefined) return reply(early);
      // Held from here on, so that two plans cannot pass each other while their targets resolve.
      const place = newPlace(plan.mayShare === true);
      places.set(run, place);
      let outcome: Refusal | undefined;
      try {
        const admitted = await admit(run, plan, plan, place, startAtMs);
        outcome = admitted.kind === "refused" ? admitted : await begin(run, place, admitted);
        return outcome === undefined ? { ok: true } : reply(outcome);
      } finally {
        if (place.active === undefined) leave(run);
      }
    },
    async tryOnce(plan) {
      if (trial !== undefined) return reply(refusal("busy", "another request is being tried"));
      const early = refusalNow(undefined) ?? sharingFault(places, true);
      if (early !== undefined) return reply(early);
      trial = "preparing";
      try {
        const { asTrial, outcomeReply, startTrial } = await import("./trial.ts");
        const { untriable } = await import("./support.ts");
        const reason = untriable(plan);
        if (reason !== undefined) return reply(refusal("unsupported", reason));
        const { tried, judged } = asTrial(plan);
        const admitted = await admit(newId<RunId>(), tried, judged, newPlace(true), undefined);
        const refused = admitted.kind === "refused" ? admitted : refusalNow(undefined);
        if (admitted.kind === "refused" || refused !== undefined)
          return reply(refused ?? refusal("failed", "it was not admitted"));
        const { address, port } = admitted.assignment.endpoint;
        log.info({ address, port }, "request tried");
        deps.started("try");
        trial = startTrial(admitted.assignment, deps.trialEntry);
        return outcomeReply(await trial.outcome);
      } finally {
        trial = undefined;
      }
    },
    cancel(run) {
      const active = places.get(run)?.active;
      if (active === undefined) return unknownRun(run);
      active.end("cancelled", "cancelled by the hub");
      return { ok: true };
    },
    lease(run, ttlMs) {
      const active = places.get(run)?.active;
      if (active === undefined) return unknownRun(run);
      active.lease(ttlMs);
      return { ok: true };
    },
    active: () => [...places].flatMap(([run, { active }]) => (active === undefined ? [] : [run])),
    allowed: () => guard.allowsAny(),
    policyHash: () => guard.policyHash(),
    kill(by) {
      deps.killed(by, guard.kill(`Set by ${by} at ${new Date(now()).toISOString()}.`));
      endAll("the kill switch was set on the host");
    },
    async stop() {
      isStopped = true;
      endAll("the agent stopped");
      await Promise.all([...places.values()].flatMap(({ active }) => active?.ended ?? []));
    },
  };
}

function newPlace(mayShare: boolean): Place {
  return { mayShare, claim: undefined, active: undefined, cpu: 0 };
}

/** A measurement has its host for itself unless it says otherwise, and so must those beside it. */
function sharingFault(places: ReadonlyMap<RunId, Place>, mayShare: boolean): Refusal | undefined {
  for (const [run, place] of places)
    if (!mayShare || !place.mayShare)
      return refusal("busy", `run ${run} is under way, and not both may share this agent`);
  return undefined;
}

function startFault(startAtMs: number | undefined, nowMs: number): Refusal | undefined {
  if (startAtMs === undefined) return undefined;
  const aheadMs = startAtMs - nowMs;
  if (aheadMs <= 0) return refusal("too-late", `it was to start ${-aheadMs} ms ago`);
  return aheadMs <= engineLimits.startAheadMsMax
    ? undefined
    : refusal(
        "malformed",
        `it is to start in ${aheadMs} ms, ${engineLimits.startAheadMsMax} are the most`,
      );
}

function refusal(code: RefusalCode, reason: string): Refusal {
  return { kind: "refused", code, reason };
}

function reply({ code, reason }: Refusal): TaskReply {
  return { ok: false, code, reason: reason.slice(0, 512) };
}
