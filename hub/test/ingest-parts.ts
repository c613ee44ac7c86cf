// Ingest as the tests start it: over a real broker and database, with agents and a bucket that live in memory.
import type { AgentId } from "@tidemark/proto";
import type { Database } from "../src/store/database.ts";
import { openSeries } from "../src/store/series.ts";
import type { FleetHost } from "../src/ingest/fleet-hosts.ts";
import { type Ingest, type StoredBatch, startIngest } from "../src/ingest/ingest.ts";
import type { PositionBucket } from "../src/ingest/position.ts";
import { createRejections } from "../src/ingest/rejections.ts";
import type { NatsConnection } from "@nats-io/transport-node";
import { silent } from "./store-engines.ts";

export function memoryBucket(): PositionBucket & {
  entries: Map<string, { value: Uint8Array; revision: number }>;
} {
  const entries = new Map<string, { value: Uint8Array; revision: number }>();
  return {
    entries,
    get: async (key) => entries.get(key),
    async put(key, value, revision) {
      const now = entries.get(key)?.revision ?? 0;
      if (revision !== undefined && revision !== now) throw new Error("wrong revision");
      entries.set(key, { value, revision: now + 1 });
      return now + 1;
    },
  };
}

export function memoryFleet(ids: readonly AgentId[]) {
  const records = new Map<AgentId, FleetHost>(
    ids.map((id, at) => [
      id,
      { id, host: at + 1, name: `host-${at + 1}`, labels: {}, revokedAtMs: null },
    ]),
  );
  return {
    records,
    get: (id: AgentId) => records.get(id),
    all: () => [...records.values()],
    onChange: () => () => undefined,
  };
}

export interface RunningIngest {
  readonly ingest: Ingest;
  readonly rejections: ReturnType<typeof createRejections>;
  readonly asked: { agent: AgentId; hash: string }[];
  readonly stored: StoredBatch[];
  /** Lanes that ended by themselves. */
  readonly ended: string[];
}

export async function runIngest(
  connection: NatsConnection,
  database: Database,
  fleet: ReturnType<typeof memoryFleet>,
  bucket: PositionBucket = memoryBucket(),
  now: () => number = Date.now,
): Promise<RunningIngest> {
  const rejections = createRejections(now, () => undefined);
  const asked: { agent: AgentId; hash: string }[] = [];
  const stored: StoredBatch[] = [];
  const ended: string[] = [];
  const ingest = await startIngest({
    connection,
    database,
    series: await openSeries(database),
    bucket,
    agents: fleet,
    rejected: rejections.rejected,
    askSeries: (agent, hash) => asked.push({ agent, hash }),
    stored: (batch) => stored.push(batch),
    now,
    telemetry: {
      blockStored: () => undefined,
      blockRetried: () => undefined,
      ledgerGaveUp: () => undefined,
    },
    laneEnded: (lane) => ended.push(lane),
    log: silent,
  });
  return { ingest, rejections, asked, stored, ended };
}
