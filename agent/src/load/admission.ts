// Everything that stands between a plan and its start, in the order of what it costs: what the plan itself says, what the policy
// leaves room for, where its target is, which secrets may go there, what its driver can honour. What only runs need is loaded here.
import { type LoadPlan, type RefusalCode, type RunId, wholeShare } from "@tidemark/proto";
import type { Assignment } from "./carrier.ts";
import type { Claim } from "./guard/ceilings.ts";
import type { Guard } from "./guard/guard.ts";
import type { Policy } from "./guard/policy.ts";
import { type Hide, openHiding } from "./hiding.ts";
import { engineLimits } from "./limits.ts";

export interface AdmissionDeps {
  readonly guard: Guard;
  readonly policyFile: string;
  readonly cores: number;
  readonly now: () => number;
}

/** What the hub asks for. */
export interface Asked {
  readonly run: RunId;
  readonly plan: LoadPlan;
  /** Unix ms; at once without it. */
  readonly startAtMs: number | undefined;
  /** For a trial: the plan of one request that the ceilings are held against. */
  readonly judged?: LoadPlan;
}

/** A plan that may be carried out. */
export interface Admitted {
  readonly kind: "admitted";
  readonly assignment: Assignment;
  readonly claim: Claim;
  readonly policy: Policy;
  readonly hide: Hide;
}
export interface Refusal {
  readonly kind: "refused";
  readonly code: RefusalCode;
  readonly reason: string;
}

/**
 * `others`: the claims of what is under way, asked at the moment of judging; `claimed` is called with this plan's own in that same
 * moment, so that no two can claim the same room.
 */
export type Admit = (
  asked: Asked,
  others: () => readonly Claim[],
  claimed?: (claim: Claim) => void,
) => Promise<Admitted | Refusal>;

export function openAdmission({ guard, policyFile, cores, now }: AdmissionDeps): Admit {
  return async ({ run, plan, startAtMs, judged }, others, claimed) => {
    await guard.ready();
    const { driverFault, unsupported } = await import("./support.ts");
    const fault = unsupported(plan, cores);
    if (fault !== undefined) return refusal("unsupported", fault);
    const admission = guard.admit(judged ?? plan, {
      others: others(),
      cores,
      startAtMs: startAtMs ?? now(),
      isTrial: judged !== undefined,
    });
    if (admission.kind === "refused") return admission;
    const { claim, policy } = admission;
    claimed?.(claim);
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
      ratePerSecondMax: claim.ratePerSecond,
      startAtMs,
    };
    return { kind: "admitted", assignment, claim, policy, hide: openHiding(plan, granted.values) };
  };
}

/** Why a start instant cannot be kept; `undefined` when it can. */
export function startFault(startAtMs: number | undefined, nowMs: number): Refusal | undefined {
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

export function refusal(code: RefusalCode, reason: string): Refusal {
  return { kind: "refused", code, reason };
}
