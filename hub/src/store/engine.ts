// What embedded.ts and server.ts give to database.ts.
import type { ClickHouseClient } from "@clickhouse/client";

export type EngineKind = "chdb" | "clickhouse";

/** What a query of the API may cost; past it ClickHouse stops it with TIMEOUT_EXCEEDED or MEMORY_LIMIT_EXCEEDED. */
const queryLimits = { seconds: 20, memoryBytes: 600_000_000 } as const;

/** JSON numbers for 64-bit integers, whatever the server's default: ours stay below 2^53. */
export const querySettings = {
  max_execution_time: queryLimits.seconds,
  max_memory_usage: String(queryLimits.memoryBytes),
  output_format_json_quote_64bit_integers: 0,
} as const;

/** Connections to one engine. One chDB connection is serial, so inserts and queries never share one. */
export interface Engine {
  readonly kind: EngineKind;
  readonly queries: readonly ClickHouseClient[];
  readonly work: ClickHouseClient;
  readonly ingest: ClickHouseClient;
  insertNative(table: string, block: Uint8Array, settings: string): Promise<void>;
  close(): Promise<void>;
}
