// Whether an address may be loaded from this host. Pure: the policy, and what the target's name resolved to, come in.
import {
  type Address,
  type Block,
  embeddedAddresses,
  isWithin,
  parseAddress,
  parseBlock,
} from "./addresses.ts";
import { type Rule, type Seen, admits } from "./rules.ts";

/** The target as the resolver saw it. */
export interface Resolved {
  /** Name or address as the plan has it, lower case, no brackets, no final dot. */
  readonly host: string;
  readonly port: number;
  /** What it resolved to, in the order to try. */
  readonly addresses: readonly string[];
  /** Addresses of this host's own interfaces. */
  readonly own: readonly string[];
}

/** Where a run may connect to. */
export interface CheckedTarget {
  /** As the plan names it, lower case, no brackets, no final dot. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

export type Decision =
  /** Addresses that were checked, in the order to try: the only ones a connection may be made to. */
  | { readonly kind: "allowed"; readonly addresses: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Whether the target's name may be looked up: an address, a name of this host, or one that a rule names. Any other would tell
 * whoever rules the hub, by the reason of the refusal, what this host's resolver knows.
 */
export function mayLookUp(rules: readonly Rule[], host: string, ownName: string): boolean {
  const own = ownName.toLowerCase();
  return (
    parseAddress(host) !== undefined ||
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === own ||
    host === own.split(".", 1)[0] ||
    rules.some(({ to }) => to.kind === "name" && to.name === host)
  );
}

export function decideTarget(rules: readonly Rule[], resolved: Resolved): Decision {
  const { host, addresses } = resolved;
  if (addresses.length === 0) return { kind: "refused", reason: `${host} has no address` };
  const allowed: string[] = [];
  const reasons: string[] = [];
  for (const text of addresses) {
    const reason = faultOf(rules, text, resolved);
    if (reason === undefined) allowed.push(text);
    else reasons.push(reason);
  }
  if (allowed.length > 0) return { kind: "allowed", addresses: allowed };
  return { kind: "refused", reason: reasons[0] ?? "nothing allows it" };
}

/** An address of a target as rules see it; `undefined` for what is no address. */
export function seen(
  text: string,
  { host, port, own }: Omit<Resolved, "addresses">,
): Seen | undefined {
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  const owned = own.map(parseAddress).filter((known) => known !== undefined);
  const isOwn = (candidate: Address) =>
    loopback.some((block) => isWithin(candidate, block)) ||
    owned.some(({ family, value }) => family === candidate.family && value === candidate.value);
  const isSelf = isOwn(address);
  return {
    host,
    port,
    address,
    isSelf,
    mayBeSelf: isSelf || embeddedAddresses(address).some(isOwn),
  };
}

function faultOf(rules: readonly Rule[], text: string, resolved: Resolved): string | undefined {
  const target = seen(text, resolved);
  if (target === undefined) return `${text} is not an address this host may connect to`;
  const { host, port, address } = target;
  const reached = [address, ...embeddedAddresses(address)];
  for (const [block, what] of forbidden)
    if (reached.some((one) => isWithin(one, block))) return `${text} is ${what}, always refused`;
  if (rules.some((rule) => admits(rule, target))) return undefined;
  const shown = host === text ? text : `${host} (${text})`;
  return `${shown} port ${port} is not among the targets this host's policy allows`;
}

/** Refused whatever the policy says. */
const forbidden: readonly (readonly [Block, string])[] = (
  [
    ["169.254.0.0/16", "a link-local or cloud metadata address"],
    ["fe80::/10", "a link-local address"],
    ["fec0::/10", "a site-local address"],
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

function blockOf(text: string): Block {
  const block = parseBlock(text);
  if (block === undefined) throw new RangeError(`${text} is not a block`);
  return block;
}
