// A hub's ingest in a process of its own, to be killed. Argument: JSON of ChildOptions. Says "ready", then a line for every
// stored block; on SIGTERM it stops and says what it counted.
import { connect } from "@nats-io/transport-node";
import type { AgentId } from "@tidemark/proto";
import { openBucket } from "../src/state/bucket.ts";
import { type Database, type DatabaseOptions, openDatabase } from "../src/store/database.ts";
import { migrate } from "../src/store/migrate.ts";
import { defaultRetention } from "../src/store/retention.ts";
import { openSeries } from "../src/store/series.ts";
import { startIngest } from "../src/ingest/ingest.ts";
import { memoryFleet } from "./ingest-parts.ts";
import { silent } from "./store-engines.ts";

export interface ChildOptions {
  readonly url: string;
  readonly database: DatabaseOptions;
  readonly agents: readonly AgentId[];
  /** Dies by SIGKILL right before or after this step of its `block`th block. */
  readonly crash?: {
    readonly step: "samples" | "ledger";
    readonly when: "before" | "after";
    readonly block: number;
  };
}

const options: ChildOptions = JSON.parse(process.argv[2] ?? "{}");
const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`);

const connection = await connect({ servers: options.url, maxReconnectAttempts: -1 });
const opened = await openDatabase(options.database, silent);
await migrate(opened, defaultRetention);
const database = crashing(opened);
const ingest = await startIngest({
  connection,
  database,
  series: await openSeries(database),
  bucket: await openBucket(connection, "ingest"),
  agents: memoryFleet(options.agents),
  rejected: (agent, what, reason) => say({ rejected: { agent, what, reason } }),
  askSeries: () => undefined,
  stored: () => undefined,
  now: Date.now,
  telemetry: {
    blockStored: (block) => say({ block }),
    blockRetried: () => undefined,
    ledgerGaveUp: () => undefined,
  },
  laneEnded: () => undefined,
  log: silent,
});
say("ready");
process.once("SIGTERM", () => {
  void ingest.stop().then(async () => {
    await connection.close();
    await opened.close();
    say({ stats: ingest.stats(), failure: ingest.failure()?.message });
    process.exit(0);
  });
});

/** The database, with a sudden death at the step that the options name. */
function crashing(inner: Database): Database {
  const { crash } = options;
  if (crash === undefined) return inner;
  let reached = 0;
  const guarded = async (step: string, run: () => Promise<void>): Promise<void> => {
    const isDue = step === crash.step && (reached += 1) === crash.block;
    if (isDue && crash.when === "before") process.kill(process.pid, "SIGKILL");
    await run();
    if (isDue) process.kill(process.pid, "SIGKILL");
  };
  return {
    ...inner,
    insertRows: (table, rows, token) => guarded(table, () => inner.insertRows(table, rows, token)),
    insertNative: (table, block, token) =>
      guarded(table, () => inner.insertNative(table, block, token)),
  };
}
