// The rows behind ingest's state: ledger, series tables and parked batches. ingest/ says what they mean.
import type { AgentId } from "@tidemark/proto";
import type { Database } from "./database.ts";

export interface LedgerRow extends Record<string, unknown> {
  readonly kind: "seq" | "second" | "hour";
  readonly host: number;
  readonly key: string;
  readonly firsts: readonly number[];
  readonly lasts: readonly number[];
  readonly block: number;
  /** Unix seconds. */
  readonly at: number;
}

export interface TableRow extends Record<string, unknown> {
  readonly host: number;
  readonly hash: string;
  readonly sids: readonly number[];
  readonly decimals: readonly number[];
  /** Unix seconds. */
  readonly seen: number;
}

export interface ParkedRow extends Record<string, unknown> {
  readonly id: number;
  readonly host: number;
  readonly agent: AgentId;
  readonly hash: string;
  readonly boot: string;
  readonly seq: number;
  /** base64 */
  readonly frame: string;
  readonly sent_at_ms: number;
  /** Unix seconds. */
  readonly at: number;
}

export type ParkedHead = Pick<ParkedRow, "id" | "host" | "agent" | "hash"> & {
  readonly bytes: number;
};

const ledgerRowsMax = 4_000_000;
const tablesMax = 200_000;
const parkedMax = 100_000;

/** Entries of the last ten days, the least recently used first, and the number of the last block. */
export async function loadLedger(
  database: Database,
): Promise<{ readonly rows: readonly LedgerRow[]; readonly block: number }> {
  const rows = await database.query<LedgerRow>(
    `SELECT kind, host, key, firsts, lasts, block, toUnixTimestamp(at) AS at
    FROM ledger FINAL
    WHERE kind IN ('seq', 'second') AND at > now() - INTERVAL 10 DAY
    ORDER BY block, host, key
    LIMIT {max:UInt32}`,
    { max: ledgerRowsMax },
  );
  const [newest] = await database.query<{ block: number }>(
    "SELECT max(block) AS block FROM ledger LIMIT 1",
  );
  return { rows, block: newest?.block ?? 0 };
}

/** The newest `perHost` tables of every host, oldest first. */
export async function loadTables(database: Database, perHost: number): Promise<TableRow[]> {
  const rows = await database.query<TableRow>(
    `SELECT host, hash, sids, decimals, toUnixTimestamp(seen) AS seen
    FROM series_tables FINAL
    ORDER BY seen DESC, hash
    LIMIT {perHost:UInt32} BY host
    LIMIT {max:UInt32}`,
    { perHost, max: tablesMax },
  );
  return rows.reverse();
}

export function listParked(database: Database): Promise<ParkedHead[]> {
  return database.query<ParkedHead>(
    `SELECT id, host, agent, hash, length(frame) AS bytes
    FROM parked FINAL
    ORDER BY id
    LIMIT {max:UInt32}`,
    { max: parkedMax },
  );
}

/** The parked batches of `ids` in their order of arrival. */
export async function readParked(
  database: Database,
  ids: readonly number[],
): Promise<readonly ParkedRow[]> {
  if (ids.length === 0) return [];
  return await database.query<ParkedRow>(
    `SELECT id, host, agent, hash, boot, seq, frame, sent_at_ms, toUnixTimestamp(at) AS at
    FROM parked FINAL
    WHERE id IN {ids:Array(UInt64)}
    ORDER BY id
    LIMIT {max:UInt32}`,
    { ids, max: ids.length },
  );
}

export async function deleteParked(database: Database, ids: readonly number[]): Promise<void> {
  if (ids.length > 0)
    await database.command("DELETE FROM parked WHERE id IN {ids:Array(UInt64)}", { ids });
}
