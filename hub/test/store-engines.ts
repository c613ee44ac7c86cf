// The store suite runs once per engine: embedded chDB, and ClickHouse's HTTP interface. The latter is whatever
// TIDEMARK_TEST_CLICKHOUSE_URL names (user:password in the URL), or else the test-only front over chDB in its own process.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { startFront } from "../../deploy/test/clickhouse-front-process.ts";
import { type Database, openDatabase } from "../src/store/database.ts";
import { migrate } from "../src/store/migrate.ts";
import { defaultRetention } from "../src/store/retention.ts";

export const engines = ["embedded", "http"] as const;
export const silent = pino({ level: "silent" });

export interface OpenedEngine {
  readonly database: Database;
  stop(): Promise<void>;
}

/** A migrated, empty database on the engine. */
export async function openEngine(engine: (typeof engines)[number]): Promise<OpenedEngine> {
  const opened = engine === "embedded" ? await openEmbedded() : await openHttp();
  await migrate(opened.database, defaultRetention);
  return opened;
}

async function openEmbedded(): Promise<OpenedEngine> {
  const path = mkdtempSync(join(tmpdir(), "tidemark-store-"));
  const database = await openDatabase({ path }, silent);
  return {
    database,
    async stop() {
      await database.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

async function openHttp(): Promise<OpenedEngine> {
  const named = process.env["TIDEMARK_TEST_CLICKHOUSE_URL"];
  const name = `tidemark_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
  if (named !== undefined) {
    const url = new URL(named);
    const { username, password } = url;
    url.username = "";
    url.password = "";
    const options = { url: url.href, user: username || "default", password, database: name };
    const database = await openDatabase(options, silent);
    return {
      database,
      async stop() {
        await database.command(`DROP DATABASE IF EXISTS ${name}`);
        await database.close();
      },
    };
  }
  const front = await startFront();
  const database = await openDatabase({ ...front.options, database: name }, silent);
  return {
    database,
    async stop() {
      await database.close();
      await front.stop();
    },
  };
}
