// How the hub connects to a broker, its own or another's, and how it finds out that a broker lets strangers in.
import type { Authenticator, NatsConnection } from "@nats-io/transport-node";
import { AuthorizationError, connect } from "@nats-io/transport-node";
import type { Logger } from "pino";
import { BrokerFailed } from "./errors.ts";

const connectLimits = {
  timeoutMs: 5_000,
  /** Finds a half-open link within half a minute. */
  pingIntervalMs: 10_000,
  pingsUnanswered: 2,
  reconnectMs: 200,
  drainMs: 2_000,
} as const;

/** How the stranger of `refuseAnonymous` calls itself. */
export const selfTestName = "tidemark-self-test";

/** Connects once; after that the client reconnects by itself for ever. */
export function connectHub(
  servers: readonly string[],
  authenticator: Authenticator,
): Promise<NatsConnection> {
  return connect({
    servers: [...servers],
    authenticator,
    name: "tidemark-hub",
    // No agent's id has three characters, so no agent may listen here.
    inboxPrefix: "_INBOX.hub",
    timeout: connectLimits.timeoutMs,
    pingInterval: connectLimits.pingIntervalMs,
    maxPingOut: connectLimits.pingsUnanswered,
    maxReconnectAttempts: -1,
    reconnectTimeWait: connectLimits.reconnectMs,
    reconnectJitter: connectLimits.reconnectMs,
    // A broker that comes up before its accounts have been read refuses everybody for a moment.
    ignoreAuthErrorAbort: true,
  });
}

/** A connection for one exchange, such as pushing claims. */
export function connectOnce(
  servers: readonly string[],
  authenticator: Authenticator,
): Promise<NatsConnection> {
  return connect({
    servers: [...servers],
    authenticator,
    name: "tidemark-claims",
    timeout: connectLimits.timeoutMs,
    reconnect: false,
  });
}

/** Resolves when every server refuses a connection without credentials; throws BrokerFailed `anonymous-access` otherwise. */
export async function refuseAnonymous(servers: readonly string[]): Promise<void> {
  for (const server of servers) {
    let stranger: NatsConnection;
    try {
      stranger = await connect({
        servers: [server],
        name: selfTestName,
        timeout: connectLimits.timeoutMs,
        reconnect: false,
      });
    } catch (cause) {
      if (cause instanceof AuthorizationError) continue;
      throw new BrokerFailed(
        "anonymous-access",
        `could not find out whether the broker at ${hostOf(server)} refuses connections without credentials`,
        { cause },
      );
    }
    await stranger.close();
    throw new BrokerFailed(
      "anonymous-access",
      `the broker at ${hostOf(server)} lets anybody in without credentials: remove its no_auth_user or authorization block before starting the hub`,
    );
  }
}

/**
 * Logs what happens to the connection until it is closed; the returned function says whether it is up. The client itself
 * only tells a closed connection, and one that reconnects for ever is never closed.
 */
export function followConnection(connection: NatsConnection, log: Logger): () => boolean {
  let isUp = true;
  void (async () => {
    for await (const status of connection.status()) {
      switch (status.type) {
        case "disconnect":
          isUp = false;
          log.warn("broker connection lost");
          break;
        case "reconnect":
          isUp = true;
          log.info("broker connection back");
          break;
        case "error":
          log.warn({ err: status.error }, "broker refused an operation");
          break;
        case "slowConsumer":
          log.warn({ pending: status.pending }, "broker messages are waiting for the hub");
          break;
        default:
          break;
      }
    }
  })();
  return () => isUp && !connection.isClosed();
}

/** Sends what is under way, then closes; a broker that no longer answers is not waited for. */
export async function closeConnection(connection: NatsConnection): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, connectLimits.drainMs);
  });
  try {
    if (!connection.isClosed() && !connection.isDraining())
      await Promise.race([connection.drain(), late]);
  } finally {
    clearTimeout(timer);
    await connection.close();
  }
}

/** Host and port of a NATS URL; a password in it stays out of messages. */
export function hostOf(url: string): string {
  return url.replace(/^[a-z+]+:\/\//i, "").replace(/^.*@/, "");
}
