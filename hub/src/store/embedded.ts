// ClickHouse inside this process (chDB): main thread or child process only, since it crashes when a worker thread exits.
// The first session binds the folder and the server settings; the client's connections join it.
import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ClickHouseClientConfigOptions, createClient } from "@clickhouse/client";
import { blockFolder } from "./block-folder.ts";
import { type Engine, querySettings } from "./engine.ts";
import { DatabaseLocked, DatabaseUnopenable, EngineMissing } from "./errors.ts";
import { quoted } from "./sql-text.ts";

/** Server settings of the embedded engine: ClickHouse's defaults are for a machine of its own. */
const serverSettings = {
  mark_cache_size: 67_108_864,
  primary_index_cache_size: 67_108_864,
  index_mark_cache_size: 16_777_216,
  max_server_memory_usage: 2_000_000_000,
} as const;

const queryConnections = 3;

export async function openEmbedded(path: string): Promise<Engine> {
  const { chdb, connection } = await loadChdb();
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const connectionArgs = Object.entries(serverSettings).map(([key, value]) => `--${key}=${value}`);
  let session;
  try {
    session = new chdb.Session(path, { connectionArgs });
  } catch (cause) {
    const holder = lockHolder(path);
    throw holder === undefined
      ? new DatabaseUnopenable(path, cause)
      : new DatabaseLocked(path, holder, cause);
  }
  const open = () => {
    // chDB is typed against @clickhouse/client-common, whose SettingsMap is the same class declared a second time.
    const joined: unknown = connection.createChdbConnection({ path });
    return createClient({
      connection: joined as NonNullable<ClickHouseClientConfigOptions["connection"]>,
    });
  };
  const queries = Array.from({ length: queryConnections }, open);
  const work = open();
  const ingest = open();
  const querySet = Object.entries(querySettings)
    .map(([key, value]) => `${key} = ${value}`)
    .join(", ");
  for (const client of queries) {
    // Deliberately sticky: this connection serves nothing but queries.
    await client.command({ query: `SET ${querySet}` });
  }
  const blocks = blockFolder(path);
  let written = 0;

  return {
    kind: "chdb",
    queries,
    work,
    ingest,
    async insertNative(table, block, settings) {
      written += 1;
      const file = join(blocks, `${written}.native`);
      // logind's RemoveIPC empties shared memory of a user who logs out.
      await mkdir(blocks, { recursive: true, mode: 0o700 });
      await writeFile(file, block, { mode: 0o600 });
      try {
        await ingest.command({
          query: `INSERT INTO ${table} SELECT * FROM file(${quoted(file)}, 'Native') SETTINGS ${settings}`,
        });
      } finally {
        await rm(file, { force: true });
      }
    },
    async close() {
      for (const client of [...queries, work, ingest]) await client.close();
      session.close();
      rmSync(blocks, { recursive: true, force: true });
    },
  };
}

async function loadChdb() {
  try {
    return { chdb: await import("chdb"), connection: await import("chdb/connection") };
  } catch (cause) {
    throw new EngineMissing(cause);
  }
}

/** The process that holds ClickHouse's own lock on the folder. The binding only says that opening failed, so ask the kernel. */
function lockHolder(path: string): number | undefined {
  try {
    const { ino } = statSync(join(path, "status"));
    for (const line of readFileSync("/proc/locks", "utf8").split("\n")) {
      // "1: FLOCK  ADVISORY  WRITE 4242 fe:01:393221 0 EOF", proc_locks(5)
      const fields = line.trim().split(/\s+/);
      if (fields[5]?.endsWith(`:${ino}`)) return Number(fields[4]);
    }
  } catch {
    return undefined;
  }
  return undefined;
}
