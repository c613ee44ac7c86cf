// Whom a line of the policy, or of a secret's targets, means. Pure.
import { type Address, type Block, isWithin, parseBlock } from "./addresses.ts";

/** The host itself, addresses, or one name whatever it resolves to (never to the host itself). */
export type Destination =
  | { readonly kind: "self" }
  | { readonly kind: "block"; readonly block: Block }
  | { readonly kind: "name"; readonly name: string };

export type PortRange = readonly [number, number];

export interface Rule {
  readonly to: Destination;
  /** Inclusive ranges; `undefined` is any port. */
  readonly ports: readonly PortRange[] | undefined;
}

/** One address of a target, as a rule sees it. */
export interface Seen {
  /** Name or address as the plan has it, lower case, no brackets, no final dot. */
  readonly host: string;
  readonly port: number;
  readonly address: Address;
  /** The address is this host's own. */
  readonly isSelf: boolean;
  /** It is, or a translator on the way would make it so. */
  readonly mayBeSelf: boolean;
}

export function admits(rule: Rule, { host, port, address, isSelf, mayBeSelf }: Seen): boolean {
  if (rule.ports?.some(([first, last]) => port >= first && port <= last) === false) return false;
  switch (rule.to.kind) {
    case "self":
      return isSelf;
    case "block":
      return isWithin(address, rule.to.block);
    case "name":
      // Whoever answers for the name must not be able to point it at this host's own services.
      return !mayBeSelf && host === rule.to.name;
  }
}

const namePattern = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?$/;

/** `self`, an address, a CIDR block or a host name; `undefined` for anything else. */
export function destinationOf(text: string): Destination | undefined {
  if (text === "self" || text === "localhost") return { kind: "self" };
  const block = parseBlock(text);
  if (block !== undefined) return { kind: "block", block };
  const name = text.toLowerCase();
  // What looks like a mistyped address or block must not become a name that matches nothing and looks allowed.
  if (!namePattern.test(name) || /^[\d.]+$/.test(name)) return undefined;
  return { kind: "name", name: name.replace(/\.$/, "") };
}

/** `443` or `"8000-8999"`; `undefined` for what is no port. */
export function portRangeOf(port: number | string): PortRange | undefined {
  const [first = 0, last = first] = String(port).split("-").map(Number);
  return first >= 1 && last <= 65_535 && first <= last ? [first, last] : undefined;
}

/** A destination with an optional port behind a colon: `10.0.0.0/8:443`, `[2001:db8::/32]:443`, `api.example.org`. */
export function ruleOf(text: string): Rule | undefined {
  const [, inBrackets, plain = "", port] =
    /^(?:\[([^\]]*)\]|(.*?))(?::(\d{1,5}(?:-\d{1,5})?))?$/.exec(text) ?? [];
  // An IPv6 address without brackets has no port: its last group only looks like one.
  const whole = parseBlock(text);
  if (whole !== undefined) return { to: { kind: "block", block: whole }, ports: undefined };
  const to = destinationOf(inBrackets ?? plain);
  if (to === undefined) return undefined;
  if (port === undefined) return { to, ports: undefined };
  const range = portRangeOf(port);
  return range === undefined ? undefined : { to, ports: [range] };
}
