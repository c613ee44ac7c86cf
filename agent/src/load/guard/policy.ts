// The host's own word on load tests: a YAML file that the hub cannot change. Absent, only the host itself may be a target;
// malformed, nobody may.
import { Type, type Static } from "typebox";
import { loadLimits, MessageRejected, parser } from "@tidemark/proto";
import { parse as parseYaml } from "yaml";
import { type Block, parseBlock } from "./addresses.ts";

const strict = { additionalProperties: false } as const;
const Port = Type.Integer({ minimum: 1, maximum: 65_535 });
const PolicyFile = Type.Object(
  {
    allow: Type.Boolean(),
    targets: Type.Array(
      Type.Object(
        {
          to: Type.String({ minLength: 1, maxLength: 256 }),
          ports: Type.Optional(
            Type.Array(Type.Union([Port, Type.String({ pattern: "^\\d{1,5}-\\d{1,5}$" })]), {
              minItems: 1,
              maxItems: 64,
            }),
          ),
        },
        strict,
      ),
      { maxItems: 1_000 },
    ),
    limits: Type.Object(
      {
        ratePerSecond: Type.Number({ minimum: 0, maximum: loadLimits.ratePerSecondMax }),
        connections: Type.Integer({ minimum: 0, maximum: loadLimits.connectionsMax }),
        durationSeconds: Type.Number({ minimum: 0, maximum: loadLimits.durationMsMax / 1_000 }),
      },
      strict,
    ),
  },
  strict,
);

/** Who a rule lets through: the host itself, addresses, or one name whatever it resolves to (never to the host itself). */
export type Destination =
  | { readonly kind: "self" }
  | { readonly kind: "block"; readonly block: Block }
  | { readonly kind: "name"; readonly name: string };

export interface Rule {
  readonly to: Destination;
  /** Inclusive ranges; `undefined` is any port. */
  readonly ports: readonly (readonly [number, number])[] | undefined;
}

export interface Policy {
  readonly allow: boolean;
  readonly rules: readonly Rule[];
  readonly ratePerSecondMax: number;
  readonly connectionsMax: number;
  readonly durationMsMax: number;
}

/** What a fresh agent's file says. */
export const defaultPolicyText = `# Which load tests this host may generate. Only this file decides: the hub cannot change it.
# It is read again before every run. A file named stop-load beside it stops everything at once.
allow: true

# to: self               this host only (loopback and its own addresses)
#     10.1.0.0/16        addresses, as the target's URL gives them: names not listed here are not looked up
#     api.example.org    a name, at whatever address it has when the run starts, except this host's own
# ports: [80, "8000-8999"], or none for any port
# An empty list means nobody. Link-local and cloud metadata addresses are refused whatever stands here.
targets:
  - to: self

limits:
  ratePerSecond: 10000
  connections: 512
  durationSeconds: 3600
`;

const parseFile = parser(PolicyFile, "load policy");
const namePattern = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?$/;

/** What a policy file holds; `malformed` names the first fault, and means nobody. */
export type ParsedPolicy =
  | { readonly kind: "policy"; readonly policy: Policy }
  | { readonly kind: "malformed"; readonly reason: string };

export function parsePolicy(text: string): ParsedPolicy {
  let file: Static<typeof PolicyFile>;
  try {
    file = parseFile(parseYaml(text, { maxAliasCount: 0 }));
  } catch (cause) {
    const reason =
      cause instanceof MessageRejected
        ? cause.reason
        : `it is not YAML: ${cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : ""}`;
    return { kind: "malformed", reason };
  }
  const rules: Rule[] = [];
  for (const [index, target] of file.targets.entries()) {
    const to = destinationOf(target.to);
    if (to === undefined)
      return {
        kind: "malformed",
        reason: `/targets/${index}/to ${JSON.stringify(target.to)} is not self, an address, a CIDR block or a host name`,
      };
    const ports = target.ports?.map(portRange);
    if (ports?.some(([first, last]) => first < 1 || last > 65_535 || last < first))
      return { kind: "malformed", reason: `/targets/${index}/ports has no such range` };
    rules.push({ to, ports });
  }
  return {
    kind: "policy",
    policy: {
      allow: file.allow,
      rules,
      ratePerSecondMax: file.limits.ratePerSecond,
      connectionsMax: file.limits.connections,
      durationMsMax: file.limits.durationSeconds * 1_000,
    },
  };
}

function destinationOf(text: string): Destination | undefined {
  if (text === "self" || text === "localhost") return { kind: "self" };
  const block = parseBlock(text);
  if (block !== undefined) return { kind: "block", block };
  const name = text.toLowerCase();
  // What looks like a mistyped address or block must not become a name that matches nothing and looks allowed.
  if (!namePattern.test(name) || /^[\d.]+$/.test(name)) return undefined;
  return { kind: "name", name: name.replace(/\.$/, "") };
}

function portRange(port: number | string): readonly [number, number] {
  if (typeof port === "number") return [port, port];
  const [first, last] = port.split("-").map(Number);
  return [first ?? 0, last ?? 0];
}
