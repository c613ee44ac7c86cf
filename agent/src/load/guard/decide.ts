// Whether a plan may run from this host. Pure: the policy, the plan and what the target's name resolved to come in.
import { type LoadPlan, peakPerSecond } from "@tidemark/proto";
import {
  type Address,
  type Block,
  embeddedAddress,
  isWithin,
  parseAddress,
  parseBlock,
} from "./addresses.ts";
import type { Policy, Rule } from "./policy.ts";

/** The target as the resolver saw it. */
export interface Resolved {
  /** Name or address as the plan has it, lower case, no brackets. */
  readonly host: string;
  readonly port: number;
  /** What it resolved to, in the order to try. */
  readonly addresses: readonly string[];
  /** Addresses of this host's own interfaces. */
  readonly own: readonly string[];
}

export type Decision =
  /** Addresses that were checked, in the order to try: the only ones a connection may be made to. */
  | { readonly kind: "allowed"; readonly addresses: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Whether the target's name may be looked up: an address, a name of this host, or one that a rule names. Any other would tell
 * whoever rules the hub, by the reason of the refusal, what this host's resolver knows.
 */
export function mayLookUp(policy: Policy, host: string, ownName: string): boolean {
  const own = ownName.toLowerCase();
  return (
    parseAddress(host) !== undefined ||
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === own ||
    host === own.split(".", 1)[0] ||
    policy.rules.some(({ to }) => to.kind === "name" && to.name === host)
  );
}

/** Refused whatever the policy says. */
const forbidden: readonly (readonly [Block, string])[] = (
  [
    ["169.254.0.0/16", "a link-local or cloud metadata address"],
    ["fe80::/10", "a link-local address"],
    ["fd00:ec2::254", "a cloud metadata address"],
    ["fd20:ce::254", "a cloud metadata address"],
    ["100.100.100.200", "a cloud metadata address"],
    ["168.63.129.16", "a cloud metadata address"],
    ["192.0.0.192", "a cloud metadata address"],
    ["0.0.0.0/8", "not a host's address"],
    ["::", "not a host's address"],
    ["224.0.0.0/4", "a multicast address"],
    ["240.0.0.0/4", "a reserved or broadcast address"],
    ["ff00::/8", "a multicast address"],
  ] as const
).map(([block, what]) => [blockOf(block), what] as const);

const loopback = [blockOf("127.0.0.0/8"), blockOf("::1")];

export function decide(policy: Policy, plan: LoadPlan, resolved: Resolved): Decision {
  const ceiling = ceilingOf(policy, plan);
  if (ceiling !== undefined) return refused(ceiling);
  if (resolved.addresses.length === 0) return refused(`${resolved.host} has no address`);
  const own = resolved.own.map(parseAddress).filter((address) => address !== undefined);
  const allowed: string[] = [];
  const reasons: string[] = [];
  for (const text of resolved.addresses) {
    const reason = faultOf(policy, text, resolved, own);
    if (reason === undefined) allowed.push(text);
    else reasons.push(reason);
  }
  if (allowed.length > 0) return { kind: "allowed", addresses: allowed };
  return refused(reasons[0] ?? "nothing allows it");
}

function refused(reason: string): Decision {
  return { kind: "refused", reason };
}

function ceilingOf(policy: Policy, plan: LoadPlan): string | undefined {
  if (!policy.allow) return "this host's policy allows no load test";
  const rate = peakPerSecond(plan.pacing);
  if (rate !== undefined && rate > policy.ratePerSecondMax)
    return `${rate} requests/s, this host's policy allows ${policy.ratePerSecondMax}`;
  if (plan.connections > policy.connectionsMax)
    return `${plan.connections} connections, this host's policy allows ${policy.connectionsMax}`;
  if (plan.durationMs > policy.durationMsMax)
    return `${plan.durationMs / 1_000} s, this host's policy allows ${policy.durationMsMax / 1_000} s`;
  return undefined;
}

function faultOf(
  policy: Policy,
  text: string,
  { host, port }: Resolved,
  own: readonly Address[],
): string | undefined {
  const address = parseAddress(text);
  if (address === undefined) return `${text} is not an address this host may connect to`;
  const embedded = embeddedAddress(address);
  for (const [block, what] of forbidden) {
    if (isWithin(address, block) || (embedded !== undefined && isWithin(embedded, block)))
      return `${text} is ${what}, always refused`;
  }
  const isSelf =
    loopback.some(
      (block) => isWithin(address, block) || (embedded !== undefined && isWithin(embedded, block)),
    ) || own.some(({ family, value }) => family === address.family && value === address.value);
  if (policy.rules.some((rule) => admits(rule, address, isSelf, host, port))) return undefined;
  const seen = host === text ? text : `${host} (${text})`;
  return `${seen} port ${port} is not among the targets this host's policy allows`;
}

function admits(
  rule: Rule,
  address: Address,
  isSelf: boolean,
  host: string,
  port: number,
): boolean {
  if (
    rule.ports !== undefined &&
    !rule.ports.some(([first, last]) => port >= first && port <= last)
  )
    return false;
  switch (rule.to.kind) {
    case "self":
      return isSelf;
    case "block":
      return isWithin(address, rule.to.block);
    case "name":
      // Whoever answers for the name must not be able to point it at this host's own services.
      return !isSelf && host === rule.to.name;
  }
}

function blockOf(text: string): Block {
  const block = parseBlock(text);
  if (block === undefined) throw new RangeError(`${text} is not a block`);
  return block;
}
