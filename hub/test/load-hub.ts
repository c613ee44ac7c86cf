// The hub's side of load tests with what it needs: a real broker, a real database, agents as records.
import type { NatsConnection } from "@nats-io/transport-node";
import { type AgentId, newId } from "@tidemark/proto";
import { createRejections } from "../src/ingest/rejections.ts";
import { type RunControl, startRuns } from "../src/load/runs.ts";
import { openBucket } from "../src/state/bucket.ts";
import { openDispatcher } from "../src/tasks/dispatcher.ts";
import { type LoadAgent, startLoadAgent } from "./load-agent.ts";
import { startTestBroker } from "./start-test-broker.ts";
import { type OpenedEngine, type engines, openEngine, silent } from "./store-engines.ts";

export interface AgentEntry {
  readonly id: AgentId;
  readonly host: number;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly revokedAtMs: number | null;
}

export interface LoadHub {
  readonly opened: OpenedEngine;
  readonly connection: NatsConnection;
  readonly records: Map<AgentId, AgentEntry>;
  /** Agents that have not beaten lately. */
  readonly away: Set<AgentId>;
  readonly rejections: ReturnType<typeof createRejections>;
  readonly endedLanes: string[];
  /** One hub's load tests; several at once are several hubs. */
  start(): Promise<RunControl>;
  newAgent(labels?: Readonly<Record<string, string>>): Promise<LoadAgent>;
  /** A record of an agent that is not there. */
  addRecord(labels?: Readonly<Record<string, string>>): AgentEntry;
  stop(): Promise<void>;
}

export async function startLoadHub(engine: (typeof engines)[number]): Promise<LoadHub> {
  const [opened, broker] = await Promise.all([openEngine(engine), startTestBroker()]);
  const { connection } = broker.broker;
  const bucket = await openBucket(connection, "tasks");
  const dispatcher = await openDispatcher({ connection, bucket, now: Date.now });
  const records = new Map<AgentId, AgentEntry>();
  const away = new Set<AgentId>();
  const rejections = createRejections(Date.now, () => undefined);
  const endedLanes: string[] = [];

  function addRecord(labels: Readonly<Record<string, string>> = {}): AgentEntry {
    const number = records.size + 1;
    const entry = { id: newId<AgentId>(), host: number, name: `host-${number}`, labels };
    const record = { ...entry, revokedAtMs: null };
    records.set(record.id, record);
    return record;
  }

  return {
    opened,
    connection,
    records,
    away,
    rejections,
    endedLanes,
    addRecord,
    start: async () =>
      startRuns({
        connection,
        database: opened.database,
        bucket: await openBucket(connection, "ingest"),
        agents: { get: (id) => records.get(id), all: () => [...records.values()] },
        stateOf: ({ id, revokedAtMs }) =>
          revokedAtMs !== null ? "revoked" : away.has(id) ? "offline" : "online",
        dispatcher,
        rejected: rejections.rejected,
        laneEnded: (lane) => endedLanes.push(lane),
        now: Date.now,
        log: silent,
      }),
    async newAgent(labels) {
      const { id } = addRecord(labels);
      return startLoadAgent(id, await broker.agentConnection(id), dispatcher.publicKey);
    },
    async stop() {
      await Promise.all([opened.stop(), broker.stop()]);
    },
  };
}
