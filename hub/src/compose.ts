// The composition root: opens the hub's parts in the order they need each other and closes them in reverse. Nothing else
// in the hub knows more than the parts it is handed.
import { join } from "node:path";
import { type Logger, pino } from "pino";
import { createAudit } from "./audit.ts";
import { type Broker, startBroker } from "./broker/broker.ts";
import type { HubConfig } from "./config.ts";
import { ensureAdmin } from "./first-admin.ts";
import { startPresence } from "./fleet/presence.ts";
import { createServer } from "./http/server.ts";
import { createRejections } from "./ingest/rejections.ts";
import { startIngest } from "./ingest/ingest.ts";
import { createLive } from "./live.ts";
import { startRuns } from "./load/runs.ts";
import {
  grantLocalAccess,
  initialPasswordFile,
  newLocalSecret,
  writePrivately,
} from "./local-access.ts";
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
