// A ClickHouse server or cluster over HTTP. The statements are the ones the embedded engine runs; only the transport of
// Native blocks differs (the request body instead of a file).
import { Readable } from "node:stream";
import { createClient } from "@clickhouse/client";
import { type Engine, querySettings } from "./engine.ts";
import { DatabaseUnreachable } from "./errors.ts";

const requestTimeoutMs = 300_000;
const connectionsMax = 8;

export interface ServerOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export async function openServer(options: ServerOptions): Promise<Engine> {
  const base = {
    url: options.url,
    username: options.user,
    password: options.password,
    request_timeout: requestTimeoutMs,
    max_open_connections: connectionsMax,
    compression: { request: false, response: false },
    // Errors are ours to log, with the part that saw them.
    log: { level: 127 },
  } as const;
  await createDatabase(base, options);
  const work = createClient({ ...base, database: options.database });
  const queries = createClient({
    ...base,
    database: options.database,
    clickhouse_settings: querySettings,
  });

  return {
    kind: "clickhouse",
    queries: Array.from({ length: connectionsMax }, () => queries),
    work,
    ingest: work,
    async insertNative(table, block, settings) {
      const { stream } = await work.exec({
        query: `INSERT INTO ${table} SETTINGS ${settings} FORMAT Native`,
        values: Readable.from([block], { objectMode: false }),
      });
      for await (const _chunk of stream) continue;
    },
    async close() {
      await queries.close();
      await work.close();
    },
  };
}

async function createDatabase(
  base: Parameters<typeof createClient>[0],
  options: ServerOptions,
): Promise<void> {
  const client = createClient({ ...base });
  try {
    await client.command({
      query: "CREATE DATABASE IF NOT EXISTS {name:Identifier}",
      query_params: { name: options.database },
    });
  } catch (cause) {
    throw new DatabaseUnreachable(options.url, cause);
  } finally {
    await client.close();
  }
}
