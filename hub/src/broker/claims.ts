// The JWTs of operator mode: who may connect, and where each may publish. Pure: keys in, tokens out.
// Hub and agents have an account each. In one account an agent could publish on its own subject with
// `$JS.API.STREAM.PURGE.METRICS` as reply: JetStream's acknowledgement then is the request that purges (tried on 2.9.10).
// Limits are written out because nats-server reads a missing limit as 0, and 0 refuses everything.
import { type Account, encodeAccount, encodeOperator, encodeUser } from "@nats-io/jwt";
import type { KeyPair } from "@nats-io/nkeys";
import { type AgentId, permissionsOf, streams, wireLimits } from "@tidemark/proto";
import { storeLimits } from "./store-limits.ts";

export const claimLimits = {
  /** How long an agent's credentials last. The hub renews them over the bus when half of it is gone. */
  agentSeconds: 365 * 86_400,
  /** An agent holds two subscriptions, tasks and inbox; the rest is room. */
  agentSubscriptionsMax: 64,
} as const;

/** Public key of a revoked user → Unix seconds: every JWT issued to the key until then is void. */
export type Revocations = Readonly<Record<string, number>>;

/** 2106: a revoked key never comes back, even if the clock ran ahead when its JWT was issued. */
export const revokedForEver = 0xffff_ffff;

export interface OperatorKeys {
  readonly operator: KeyPair;
  readonly operatorSigning: KeyPair;
  readonly system: KeyPair;
}

export interface FleetKeys {
  readonly operatorSigning: KeyPair;
  readonly hub: KeyPair;
  readonly fleet: KeyPair;
  readonly fleetSigning: KeyPair;
}

export function operatorJwt(keys: OperatorKeys): Promise<string> {
  return encodeOperator("tidemark", keys.operator, {
    signing_keys: [keys.operatorSigning.getPublicKey()],
    system_account: keys.system.getPublicKey(),
  });
}

export function systemAccountJwt(keys: OperatorKeys): Promise<string> {
  return encodeAccount("SYS", keys.system, { limits: unlimited }, { signer: keys.operatorSigning });
}

/** The hub's account: streams, key-value buckets, and what it exchanges with the agents' account. */
export function hubAccountJwt(keys: FleetKeys): Promise<string> {
  const account: Partial<Account> = {
    limits: {
      ...unlimited,
      disallow_bearer: true,
      mem_storage: storeLimits.memoryBytesMax,
      disk_storage: storeLimits.diskBytesMax,
      streams: storeLimits.streamsMax,
      consumer: -1,
    },
    exports: [
      ...fromAgents.map((subject) => ({ ...crossing(subject), type: "service" as const })),
      { ...crossing(toAgents), type: "stream" },
    ],
  };
  return encodeAccount("HUB", keys.hub, account, { signer: keys.operatorSigning });
}

/** The account all agents live in; it has no JetStream, so no reply subject an agent makes up can reach its API. */
export function fleetAccountJwt(keys: FleetKeys, revocations: Revocations): Promise<string> {
  const account = keys.hub.getPublicKey();
  const claims: Partial<Account> = {
    limits: { ...unlimited, disallow_bearer: true },
    imports: [
      ...fromAgents.map((subject) => ({ ...crossing(subject), type: "service" as const, account })),
      { ...crossing(toAgents), type: "stream", account },
    ],
    signing_keys: [keys.fleetSigning.getPublicKey()],
    revocations: { ...revocations },
  };
  return encodeAccount("FLEET", keys.fleet, claims, { signer: keys.operatorSigning });
}

/** A user that may do everything within its account: the hub, or the system user that pushes claims. */
export function accountUserJwt(name: string, user: KeyPair, account: KeyPair): Promise<string> {
  return encodeUser(name, user, account, connectionLimits);
}

export interface AgentIssuer {
  /** Public key of the account agents belong to. */
  readonly account: string;
  /** The account's own key, or one of its signing keys. */
  readonly signer: KeyPair;
}

/** Credentials for an agent whose key pair never left its host: exactly `permissionsOf(agent)`, for `agentSeconds`. */
export function agentJwt(
  agent: AgentId,
  publicKey: string,
  issuer: AgentIssuer,
  nowMs: number,
): Promise<string> {
  const { publish, subscribe } = permissionsOf(agent);
  return encodeUser(
    agent,
    publicKey,
    issuer.account,
    {
      ...connectionLimits,
      subs: claimLimits.agentSubscriptionsMax,
      payload: wireLimits.messageBytesMax,
      pub: { allow: [...publish] },
      sub: { allow: [...subscribe] },
    },
    { signer: issuer.signer, exp: Math.floor(nowMs / 1_000) + claimLimits.agentSeconds },
  );
}

/** What agents may send across to the hub's account, as requests whose answers find back; and what the hub sends across to them. */
const fromAgents = [
  ...Object.values(streams).flatMap((stream): readonly string[] => stream.subjects),
  "v1.beat.*",
  "v1.results.*.reply.*",
];
const toAgents = "v1.tasks.*.*";

const crossing = (subject: string) => ({ name: subject, subject });

const unlimited = {
  subs: -1,
  data: -1,
  payload: -1,
  conn: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  leaf: 0,
} as const;

const connectionLimits = {
  subs: -1,
  data: -1,
  payload: -1,
  bearer_token: false,
  // Neither websocket nor leafnode nor MQTT: their code had most of nats-server's holes.
  allowed_connection_types: ["STANDARD" as const],
};
