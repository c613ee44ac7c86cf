// The composition root: opens the hub's parts in the order they need each other and closes them in reverse. Nothing else
// in the hub knows more than the parts it is handed.
import { join } from "node:path";
import type { AgentId } from "@tidemark/proto";
import type { Logger } from "pino";
import { createAudit } from "./audit.ts";
import { type Broker, startBroker } from "./broker/broker.ts";
import type { HubConfig } from "./config.ts";
import { ensureAdmin } from "./first-admin.ts";
import { startPresence } from "./fleet/presence.ts";
import { createServer } from "./http/server.ts";
import { startEvents } from "./ingest/events.ts";
import { startGaps } from "./ingest/gaps.ts";
import { startIngest } from "./ingest/ingest.ts";
import { createRejections } from "./ingest/rejections.ts";
import { createLive } from "./live.ts";
import { startRuns } from "./load/runs.ts";
import { grantLocalAccess, newLocalSecret } from "./local-access.ts";
import { openBucket } from "./state/bucket.ts";
import { openState } from "./state/state.ts";
import { type Database, openDatabase } from "./store/database.ts";
import { openEventQueries } from "./store/events.ts";
import { migrate } from "./store/migrate.ts";
import { openSampleQueries } from "./store/samples.ts";
import { openUsageQueries } from "./store/usage.ts";
import { openDispatcher } from "./tasks/dispatcher.ts";
import { createTelemetry } from "./telemetry.ts";
import { hubVersion } from "./version.ts";

export interface RunningHub {
  /** Where the hub answers on this machine. */
  readonly url: string;
  /** The password made up for the first user at the first start. */
  readonly initialPassword: string | undefined;
  /** Closes everything, last opened first. */
  stop(): Promise<void>;
}

export interface HubOptions {
  /** Hold every HTTP reply against its schema: for tests. */
  readonly checkReplies?: boolean;
}

/** Starts every part; when one fails, those before it are closed and its error is thrown. */
export async function startHub(
  config: HubConfig,
  log: Logger,
  options: HubOptions = {},
): Promise<RunningHub> {
  const now = Date.now;
  const startedAtMs = now();
  await using starting = new AsyncDisposableStack();
  const opened = <T extends { stop(): Promise<void> }>(part: T): T => {
    starting.defer(() => part.stop());
    return part;
  };
  const telemetry = createTelemetry(hubVersion);
  const broker = opened(await startBroker(brokerOptions(config), log));
  const state = opened(await openState(broker.connection, log));
  const initialPassword = await ensureAdmin(state.users, config.admin);
  const database = await openDatabase(databaseOptions(config), log);
  starting.defer(() => database.close());
  await migrate(database, config.retention);
}
