// What a broker needs to be told, and what the two kinds of broker, embedded and external, do differently.
import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { AgentId } from "@tidemark/proto";
import type { BrokerRefusal } from "./refusals.ts";

export interface BrokerOptions {
  /** Keys go to `<dataDir>/keys`, the broker's files to `<dataDir>/nats`. */
  readonly dataDir: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  /** A NATS server that runs elsewhere, or several with commas between; then host and port are not used. */
  readonly url?: string;
  /** Credentials (`.creds`) of the hub's user there. */
  readonly credentialsFile?: string;
  /** Seed of a key of the agents' account (its own or a signing key), and that account's public key: for `issue`. */
  readonly signingKeyFile?: string;
  /** Not the hub's: an agent in an account with JetStream can purge streams by the reply subject it chooses. */
  readonly agentAccount?: string;
  /** Credentials of a user of the system account, and the seed of an operator key: for `revoke`. */
  readonly systemCredentialsFile?: string;
  readonly operatorKeyFile?: string;
  /** URLs for agents, where they differ from what the hub itself uses. */
  readonly advertise?: readonly string[];
}

/** Hears what the embedded server refused a client; an external one tells nobody. */
export type RefusalListener = (refusal: BrokerRefusal) => void;

export interface Backend {
  readonly connection: NatsConnection;
  /** How the hub itself reaches it, and how an agent on another host would. */
  readonly ownUrls: readonly string[];
  readonly agentUrls: readonly string[];
  issue(agent: AgentId, publicKey: string): Promise<string>;
  revoke(publicKey: string): Promise<void>;
  serverPid(): number | undefined;
  /** Looks after the store while it runs, where that is ours to do; returns how to stop looking. */
  watch(manager: JetStreamManager): () => void;
  /** After the hub's connection has been closed. */
  stop(): Promise<void>;
}
