// The shell around the decisions: reads policy and kill switch from disk, resolves the target's name once, and hands back the
// one checked address the run will connect to, so that a second lookup (DNS rebinding) never happens.
import { hostname } from "node:os";
import { type LoadPlan, defaultPortOf } from "@tidemark/proto";
import type { Verdict } from "../drivers/driver.ts";
import { type Circumstances, type Claim, judgeCeilings, localTime } from "./ceilings.ts";
import { killSwitchName, openKillSwitch } from "./kill-switch.ts";
import type { Policy } from "./policy.ts";
import { loadPolicyParser, openPolicyFile, writeDefaultPolicy } from "./policy-file.ts";
import { quietWithin } from "./quiet-hours.ts";
import {
  type Probe,
  type Resolve,
  firstAnswering,
  ownAddresses,
  probeTcp,
  resolveHost,
} from "./resolve.ts";
import { type CheckedTarget, decideTarget, mayLookUp } from "./targets.ts";

/** The policy's word on what a plan takes of this host. */
export type Admission =
  | {
      readonly kind: "admitted";
      readonly claim: Claim;
      /** As it stood when it was asked: its targets and its watched ceilings hold for the run. */
      readonly policy: Policy;
    }
  | { readonly kind: "refused"; readonly code: "policy" | "busy"; readonly reason: string };

export interface Guard {
  /** Resolves when any policy can be read; before that only the default one is, and another means nobody. */
  ready(): Promise<void>;
  /** Judges a plan by the policy as it stands now, all but its target: at once, so that no two runs can claim the same room. */
  admit(plan: LoadPlan, circumstances: Circumstances): Admission;
  /** Looks the target up and checks it: where to connect, or why not. */
  locate(plan: LoadPlan, policy: Policy): Promise<CheckedTarget | string>;
  /** The same rules for another target of a run under way, as a redirect leads to it. */
  judgeTarget(host: string, port: number): Promise<Verdict>;
  /** Why whatever runs must end now: the kill switch, a policy that allows nothing any more, quiet hours. */
  stopCause(nowMs: number): string | undefined;
  isKilled(): boolean;
  /** Sets the kill switch; the fault when its file could not be written. */
  kill(why: string): unknown;
  /** Whether any run at all could be allowed. */
  allowsAny(): boolean;
  /** First 16 hex digits of the policy's SHA-256. */
  policyHash(): string;
}

export interface GuardOptions {
  readonly policyFile: string;
  /** Replace DNS and the network in tests. */
  readonly resolve?: Resolve;
  readonly probe?: Probe;
}

/** Writes the default policy when there is none; a disk that refuses leaves the default in force without a file. */
export function openGuard(options: GuardOptions): Guard {
  const { policyFile, resolve = resolveHost, probe = probeTcp } = options;
  const killSwitch = openKillSwitch(policyFile);
  const read = openPolicyFile(policyFile);
  writeDefaultPolicy(policyFile);

  /** The policy in force, or why nothing may run. */
  const inForce = (): Policy | string => {
    if (killSwitch.isSet()) return `the kill switch ${killSwitchName} is set on this host`;
    const { parsed } = read();
    return parsed.kind === "policy"
      ? parsed.policy
      : `this host's load policy is malformed, which means nobody: ${parsed.faults.join("; ")}`;
  };

  const check = async (
    policy: Policy,
    given: string,
    port: number,
    isTcp: boolean,
  ): Promise<CheckedTarget | string> => {
    const bare = given.replace(/^\[(.*)\]$/, "$1");
    const host = bare.toLowerCase().replace(/\.$/, "");
    if (!mayLookUp(policy.rules, host, hostname()))
      return `${host} is not named by this host's policy, so it is not looked up: give an address, or name it there`;
    try {
      const addresses = await resolve(bare);
      const decision = decideTarget(policy.rules, { host, port, addresses, own: ownAddresses() });
      if (decision.kind === "refused") return decision.reason;
      // UDP answers no knock: there the first address stands.
      const address = isTcp
        ? await firstAnswering(decision.addresses, port, probe)
        : decision.addresses[0];
      return address === undefined ? `${host} has no address` : { host, address, port };
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause);
    }
  };

  return {
    admit(plan, circumstances) {
      const policy = inForce();
      if (typeof policy === "string") return { kind: "refused", code: "policy", reason: policy };
      const ceiling = judgeCeilings(policy, plan, circumstances);
      return ceiling.kind === "above"
        ? { kind: "refused", code: ceiling.code, reason: ceiling.reason }
        : { kind: "admitted", claim: ceiling.claim, policy };
    },
    async locate(plan, policy) {
      const { hostname: host, protocol, port } = new URL(plan.target);
      const to = port === "" ? defaultPortOf(protocol) : Number(port);
      if (to === undefined) return "the target names no port";
      return await check(policy, host, to, protocol !== "udp:");
    },
    ready: loadPolicyParser,
    async judgeTarget(host, port) {
      await loadPolicyParser();
      const policy = inForce();
      const target = typeof policy === "string" ? policy : await check(policy, host, port, true);
      if (typeof target === "string") return { kind: "refused", reason: target };
      return { kind: "allowed", endpoint: { address: target.address, port } };
    },
    stopCause(nowMs) {
      const policy = inForce();
      if (typeof policy === "string") return policy;
      if (!policy.allow) return "this host's policy allows no load test any more";
      return quietWithin(policy.quietHours, nowMs, nowMs) === undefined
        ? undefined
        : `this host's quiet hours began (${localTime(nowMs)})`;
    },
    isKilled: killSwitch.isSet,
    kill: (why) => killSwitch.set(why),
    allowsAny() {
      const policy = inForce();
      return typeof policy !== "string" && policy.allow && policy.rules.length > 0;
    },
    policyHash: () => read().hash,
  };
}
