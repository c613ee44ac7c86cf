// The bus between agents and hub: a nats-server of our own by default, somebody else's when a URL is given. Either way it is
// not used before it has refused a stranger.
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { AgentId } from "@tidemark/proto";
import type { Logger } from "pino";
import type { BrokerOptions, RefusalListener } from "./backend.ts";
import { closeConnection, followConnection, hostOf, refuseAnonymous } from "./connection.ts";
import { startEmbedded } from "./embedded.ts";
import { openExternal } from "./external.ts";
import { ensureStreams } from "./streams.ts";
import { startTrimming } from "./trimming.ts";

export type { BrokerOptions } from "./backend.ts";

export interface Broker {
  /** The hub's user in the agents' account; may use JetStream. Reconnects by itself. */
  readonly connection: NatsConnection;
  /** What agents are told at enrolment. */
  readonly brokerUrls: readonly string[];
  readonly embedded: boolean;
  /** User JWT with `permissionsOf(agent)` for the agent's own nkey. Throws BrokerFailed `revoked` or `key-missing`. */
  issue(agent: AgentId, publicKey: string): Promise<string>;
  /** Cuts the key's live connections within a second and refuses it for ever. Throws BrokerFailed. */
  revoke(publicKey: string): Promise<void>;
  /** Whether the hub is connected to it now. */
  isConnected(): boolean;
  /** The embedded server's process, undefined while it is being restarted and for an external broker. */
  serverPid(): number | undefined;
  stop(): Promise<void>;
}

/** Throws BrokerFailed when the broker does not come up, lets strangers in, or its keys cannot be used. */
export async function startBroker(
  options: BrokerOptions,
  log: Logger,
  refused: RefusalListener = () => undefined,
): Promise<Broker> {
  const embedded = options.url === undefined;
  const backend = embedded
    ? await startEmbedded(options, log, refused)
    : await openExternal(options);
  const { connection } = backend;
  try {
    await refuseAnonymous(backend.ownUrls);
    const manager = await jetstreamManager(connection);
    await ensureStreams(manager);
    const isConnected = followConnection(connection, log);
    const trimming = startTrimming(manager, log);
    const unwatch = backend.watch(manager);
    const server = connection.info;
    log.info(
      { version: server?.version, embedded, urls: backend.ownUrls.map(hostOf) },
      "broker ready",
    );
    return {
      connection,
      brokerUrls: options.advertise ?? backend.agentUrls,
      embedded,
      issue: (agent, publicKey) => backend.issue(agent, publicKey),
      revoke: (publicKey) => backend.revoke(publicKey),
      isConnected,
      serverPid: () => backend.serverPid(),
      async stop() {
        unwatch();
        await trimming.stop();
        await closeConnection(connection);
        await backend.stop();
      },
    };
  } catch (cause) {
    await closeConnection(connection);
    await backend.stop();
    throw cause;
  }
}
