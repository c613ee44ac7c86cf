// The one door to ClickHouse, embedded or over HTTP, through the same @clickhouse/client. SQL lives in store/; callers of
// this file write statements, never settings: on chDB a client setting becomes a sticky `SET` and has lost data, so the
// few settings there are stand in the SQL text or are set once when a connection opens.
import { Readable } from "node:stream";
import type { ClickHouseClient } from "@clickhouse/client";
import type { Logger } from "pino";
import { openEmbedded } from "./embedded.ts";
import type { EngineKind } from "./engine.ts";
import { openServer } from "./server.ts";
import { quoted } from "./sql-text.ts";

export interface Database {
  readonly engine: EngineKind;
  readonly version: string;
  /** Rows of a SELECT with bound `{name:Type}` parameters; at most 20 s long. */
  query<T>(sql: string, params?: Record<string, unknown>): Promise<T[]>;
  /** DDL, ALTER, INSERT … SELECT. */
  command(sql: string, params?: Record<string, unknown>): Promise<void>;
  /** A small insert. With a token, a second insert of the same token is dropped (within the table's window). */
  insertRows(
    table: string,
    rows: readonly Record<string, unknown>[],
    token?: string,
  ): Promise<void>;
  /** One Native block whose columns stand in the table's order; exactly once per token. */
  insertNative(table: string, block: Uint8Array, token: string): Promise<void>;
  close(): Promise<void>;
}

export type DatabaseOptions =
  | { readonly path: string }
  | {
      readonly url: string;
      readonly user: string;
      readonly password: string;
      readonly database: string;
    };

/** Opens the embedded database in a folder, or connects to a server. Throws one of store/errors.ts. */
export async function openDatabase(options: DatabaseOptions, log: Logger): Promise<Database> {
  const engine = "url" in options ? await openServer(options) : await openEmbedded(options.path);
  const [row] = await rowsOf<{ version: string }>(engine.work, "SELECT version() AS version");
  const version = row?.version ?? "unknown";
  log.info({ engine: engine.kind, version }, "database opened");
  const waiting = leases(engine.queries);

  return {
    engine: engine.kind,
    version,
    query: (sql, params) => waiting((client) => rowsOf(client, sql, params)),
    async command(sql, params) {
      await engine.work.command({ query: sql, ...(params && { query_params: params }) });
    },
    async insertRows(table, rows, token) {
      const [first] = rows;
      if (first === undefined) return;
      const columns = Object.keys(first).join(", ");
      const result = await engine.ingest.exec({
        query: `INSERT INTO ${table} (${columns}) SETTINGS ${insertSettings(token)} FORMAT JSONEachRow`,
        values: Readable.from([rows.map((row) => JSON.stringify(row)).join("\n")]),
      });
      await drained(result.stream);
    },
    insertNative: (table, block, token) => engine.insertNative(table, block, insertSettings(token)),
    close: () => engine.close(),
  };
}

// One thread: with several, the blocks of a repeated INSERT … SELECT differ, and the token counts per block.
function insertSettings(token: string | undefined): string {
  // A crash between the table's part and its view's part: the repeated insert must still reach the view.
  const base =
    "async_insert = 0, max_threads = 1, max_insert_threads = 1, deduplicate_blocks_in_dependent_materialized_views = 1";
  return token === undefined ? base : `${base}, insert_deduplication_token = ${quoted(token)}`;
}

async function rowsOf<T>(
  client: ClickHouseClient,
  sql: string,
  params?: Record<string, unknown>,
): Promise<T[]> {
  const result = await client.query({
    query: sql,
    format: "JSONEachRow",
    ...(params && { query_params: params }),
  });
  return await result.json<T>();
}

async function drained(stream: Readable): Promise<void> {
  for await (const _chunk of stream) continue;
}

/** Runs each task on an idle client; tasks beyond the clients wait in order. */
function leases(clients: readonly ClickHouseClient[]) {
  const idle = [...clients];
  const queue: ((client: ClickHouseClient) => void)[] = [];
  return async <T>(task: (client: ClickHouseClient) => Promise<T>): Promise<T> => {
    const client =
      idle.pop() ?? (await new Promise<ClickHouseClient>((resolve) => queue.push(resolve)));
    try {
      return await task(client);
    } finally {
      const next = queue.shift();
      if (next === undefined) idle.push(client);
      else next(client);
    }
  };
}
