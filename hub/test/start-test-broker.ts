// A real broker for tests: its own nats-server on a free port, in a temporary folder that goes away with it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "@nats-io/nkeys";
import { type NatsConnection, connect, jwtAuthenticator } from "@nats-io/transport-node";
import { type AgentId, inboxPrefix } from "@tidemark/proto";
import { type Logger, pino } from "pino";
import { afterAll } from "vitest";
import { freePort } from "../../deploy/test/free-port.ts";
import { type Broker, type BrokerOptions, startBroker } from "../src/broker/broker.ts";

/** An agent's key pair and what the hub gave for it. */
export interface TestIdentity {
  readonly agent: AgentId;
  readonly publicKey: string;
  readonly seed: Uint8Array;
  readonly jwt: string;
}

export interface TestBroker {
  readonly broker: Broker;
  readonly dataDir: string;
  /** Where it listens; the same after a restart. */
  readonly url: string;
  readonly port: number;
  /** A new key pair, issued for `agent`. */
  identity(agent: AgentId): Promise<TestIdentity>;
  /** A connection with the rights of `agent`, closed by `stop`; it reconnects for ever. */
  agentConnection(agent: AgentId | TestIdentity): Promise<NatsConnection>;
  stop(): Promise<void>;
}

/** Of a request: NATS waits for a second by default, and a busy machine may take longer to answer. */
export const patient = { timeout: 30_000 } as const;

/** A test that fails before its `stop` must not leave a server behind. */
const running = new Set<Broker>();
afterAll(async () => {
  await Promise.all(Array.from(running, (broker) => broker.stop()));
});

/** `dataDir` keeps the folder (and the caller removes it); the log is silent unless one is given. */
export async function startTestBroker(
  options: Partial<BrokerOptions> & { readonly log?: Logger } = {},
): Promise<TestBroker> {
  const { log = pino({ level: "silent" }), ...overrides } = options;
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "tidemark-broker-")));
  const broker = await startBroker(
    { dataDir, host: "127.0.0.1", port: await freePort(), ...overrides },
    log,
  );
  const [url] = broker.brokerUrls;
  if (url === undefined) throw new Error("a broker has a URL");
  const connections: NatsConnection[] = [];
  running.add(broker);

  async function identity(agent: AgentId): Promise<TestIdentity> {
    const pair = createUser();
    const publicKey = pair.getPublicKey();
    return { agent, publicKey, seed: pair.getSeed(), jwt: await broker.issue(agent, publicKey) };
  }

  return {
    broker,
    dataDir,
    url,
    port: Number(new URL(url).port),
    identity,
    async agentConnection(agent) {
      const who = typeof agent === "string" ? await identity(agent) : agent;
      const connection = await connectAs(url, who);
      connections.push(connection);
      return connection;
    },
    async stop() {
      await Promise.all(connections.map((connection) => connection.close()));
      running.delete(broker);
      await broker.stop();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Connects the way an agent does. */
export function connectAs(url: string, who: TestIdentity): Promise<NatsConnection> {
  return connect({
    servers: url,
    authenticator: jwtAuthenticator(who.jwt, who.seed),
    inboxPrefix: inboxPrefix(who.agent),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
    reconnectJitter: 0,
    ignoreAuthErrorAbort: true,
  });
}
