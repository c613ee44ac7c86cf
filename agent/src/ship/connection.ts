// The agent's one connection to the broker: nkey challenge and user JWT, its own inbox prefix, reconnecting for ever. The first
// connect is a loop of ours instead of the client's `waitOnFirstConnect`, because that one cannot be cancelled by SIGTERM.
import {
  type NatsConnection,
  AuthorizationError,
  UserAuthenticationExpiredError,
  connect,
  jwtAuthenticator,
} from "@nats-io/transport-node";
import { type AgentId, inboxPrefix } from "@tidemark/proto";

export interface ConnectionOptions {
  readonly agent: AgentId;
  readonly brokerUrls: readonly string[];
  /** Read at every dial, so that a renewed JWT is used from the next one on. */
  readonly jwt: () => string;
  readonly seed: Uint8Array;
  readonly onConnected: (connection: NatsConnection) => void;
  readonly onDisconnected: () => void;
  /** An attempt failed or the broker complained; `isRefused` when it does not accept these credentials. */
  readonly onTrouble: (cause: unknown, isRefused: boolean) => void;
  /** 0 … 1. */
  readonly random: () => number;
}

export interface Connection {
  /** The live connection; `undefined` while there is none. */
  readonly current: () => NatsConnection | undefined;
  /** Dials again, with the JWT as it is now. */
  redial(): void;
  /** Closes, in well under a second, whatever the state. */
  stop(): Promise<void>;
}

const pingIntervalMs = 10_000;
const dialTimeoutMs = 5_000;
/** Between dials: base plus up to as much again, so that a fleet does not come back in step. */
const redialMs = 1_000;
/** While the broker refuses the credentials, as after a revocation. */
const refusedRedialMs = 15_000;

export function startConnection(options: ConnectionOptions): Connection {
  const stopped = new AbortController();
  let connection: NatsConnection | undefined;
  let isUp = false;
  let isRefused = false;
  const redialDelayMs = () => (isRefused ? refusedRedialMs : redialMs) * (1 + options.random());

  const trouble = (cause: unknown) => {
    isRefused = isRefusal(cause);
    options.onTrouble(cause, isRefused);
  };
  const up = (live: NatsConnection) => {
    isUp = true;
    isRefused = false;
    options.onConnected(live);
  };
  const down = () => {
    if (!isUp) return;
    isUp = false;
    if (!stopped.signal.aborted) options.onDisconnected();
  };

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        connection = await connect(dialOptions(options, redialDelayMs));
      } catch (cause) {
        trouble(cause);
        await pause(redialDelayMs(), stopped.signal);
        continue;
      }
      if (stopped.signal.aborted) break;
      up(connection);
      for await (const status of connection.status()) {
        if (status.type === "disconnect") down();
        else if (status.type === "reconnect") up(connection);
        else if (status.type === "error") trouble(status.error);
      }
      // The client gave up by itself, which its options forbid; dial anew whatever the reason.
      down();
      const cause = await connection.closed();
      connection = undefined;
      if (cause !== undefined && !stopped.signal.aborted) trouble(cause);
    }
    await connection?.close();
  }
  const running = run();

  return {
    current: () => (isUp ? connection : undefined),
    redial() {
      void connection?.reconnect();
    },
    async stop() {
      stopped.abort();
      await connection?.close();
      await running;
    },
  };
}

function dialOptions(options: ConnectionOptions, redialDelayMs: () => number) {
  return {
    servers: [...options.brokerUrls],
    authenticator: jwtAuthenticator(options.jwt, options.seed),
    inboxPrefix: inboxPrefix(options.agent),
    name: `tidemark-agent ${options.agent}`,
    timeout: dialTimeoutMs,
    maxReconnectAttempts: -1,
    // A revoked agent may be enrolled again under the same identity: keep asking, slowly.
    ignoreAuthErrorAbort: true,
    reconnectDelayHandler: redialDelayMs,
    pingInterval: pingIntervalMs,
    maxPingOut: 2,
    // A stack trace per request costs more CPU than the request.
    noAsyncTraces: true,
  };
}

function isRefusal(cause: unknown): boolean {
  for (let error = cause; error instanceof Error; error = error.cause)
    if (error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError)
      return true;
  return false;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
