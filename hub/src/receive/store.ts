// The receiver's tables. `shared_reports` holds one row for each accepted report, for 35 days and with nothing finer than the day
// it came; `shared_keys` holds what remembers a report without telling it: hashes, so that it is counted once and a deletion stays.
import type { Database } from "../store/database.ts";
import { quoted } from "../store/sql-text.ts";
import { dayText } from "./day.ts";
import { type Fingerprint, fingerprintSql } from "./fingerprint.ts";

/** Days that a row of `shared_reports` is kept; ClickHouse's own TTL drops the day's part as a whole. */
export const reportDaysMax = 35;
/** Rows of one page when the known keys are read at start. */
const pageRows = 50_000;
/** Public keys of one ALTER … DELETE: the statement stays below 100 kB. */
const deletionKeysMax = 1_000;

/** An accepted report, as it is stored. Days are UTC, `2026-11-30`. */
export interface ReportRow {
  readonly question: string;
  readonly period: number;
  readonly catalogue: number;
  readonly answer: Readonly<Record<string, string>>;
  readonly public_key: string;
  readonly text_sha256: string;
  readonly received_day: string;
  /** The first day on which it need not be known: the period window refuses it, and its row is gone. */
  readonly closed_day: string;
}

/** A key that has sent a report: by hashes alone. */
export interface KnownKey {
  readonly fingerprint: Fingerprint;
  readonly deleted: boolean;
  /** Days since 1970-01-01 UTC of `closed_day`. */
  readonly closedDay: number;
}

/** A report that is to be deleted. */
export interface DeletedRow {
  readonly publicKey: string;
  readonly fingerprint: Fingerprint;
  readonly closedDay: number;
}

export interface ReportStore {
  /** Stored durably when it resolves; a second insert of the same token is dropped. */
  insert(rows: readonly ReportRow[], token: string): Promise<void>;
  /** The tombstones first, then the rows: gone from the table when it resolves. May be repeated. */
  delete(rows: readonly DeletedRow[]): Promise<void>;
  /** Copies what `shared_reports` knows into `shared_keys`, which outlives it, and ends deletions that a crash cut short. */
  remember(): Promise<void>;
  /** Every key that must be known on `today` (days since 1970-01-01 UTC), a page at a time. */
  known(today: number): AsyncIterable<readonly KnownKey[]>;
}

// Files that a merge or a deletion has replaced go after a minute instead of eight: a deleted answer leaves the disk, and a busy
// receiver keeps fewer of them in mind. So what replaces them is synced, which ClickHouse otherwise leaves to those eight minutes.
const replaced =
  "old_parts_lifetime = 60, min_rows_to_fsync_after_merge = 1, fsync_after_insert = 1, fsync_part_directory = 1";

// The sorting key begins with what charts ask for and ends with a random key: a part's order says nothing of who came first.
// Replacing: should a server have taken an insert from a receiver that was killed meanwhile, the copies become one.
const tables = [
  `CREATE TABLE IF NOT EXISTS shared_reports (
    question LowCardinality(String),
    period UInt32,
    catalogue UInt16,
    answer Map(LowCardinality(String), LowCardinality(String)),
    public_key FixedString(43),
    text_sha256 FixedString(64),
    received_day Date,
    closed_day Date
  ) ENGINE = ReplacingMergeTree PARTITION BY received_day ORDER BY (question, period, public_key)
  TTL received_day + toIntervalDay(${reportDaysMax})
  SETTINGS ttl_only_drop_parts = 1, merge_with_ttl_timeout = 3600, non_replicated_deduplication_window = 1000,
    ${replaced}`,

  // The greater `deleted` holds: a tombstone is never taken back.
  `CREATE TABLE IF NOT EXISTS shared_keys (
    key_hash UInt64,
    text_hash UInt64,
    deleted UInt8,
    closed_day Date
  ) ENGINE = ReplacingMergeTree(deleted) ORDER BY key_hash
  TTL closed_day + toIntervalDay(1)
  SETTINGS ${replaced}`,
];

/** The tables, made where they are missing. */
export async function openReportStore(database: Database): Promise<ReportStore> {
  for (const statement of tables) await database.command(statement);

  const deleteRows = async (publicKeys: readonly string[]) => {
    const listed = publicKeys.map(quoted).join(", ");
    await database.command(
      `ALTER TABLE shared_reports DELETE WHERE public_key IN (${listed}) SETTINGS mutations_sync = 1`,
    );
  };

  return {
    insert: (rows, token) =>
      database.insertRows(
        "shared_reports",
        rows.map((row) => ({ ...row })),
        token,
      ),
    async delete(rows) {
      for (let from = 0; from < rows.length; from += deletionKeysMax) {
        const some = rows.slice(from, from + deletionKeysMax);
        await database.insertRows("shared_keys", some.map(tombstone));
        await deleteRows(some.map(({ publicKey }) => publicKey));
      }
    },
    async remember() {
      await database.command(
        `INSERT INTO shared_keys (key_hash, text_hash, deleted, closed_day)
        SELECT ${fingerprintSql.key} AS key_hash, ${fingerprintSql.text} AS text_hash, 0, closed_day
        FROM shared_reports
        WHERE key_hash NOT IN (SELECT key_hash FROM shared_keys)
        SETTINGS max_threads = 1`,
      );
      for (;;) {
        const left = await database.query<{ public_key: string }>(
          `SELECT public_key
          FROM shared_reports
          WHERE ${fingerprintSql.key} IN (SELECT key_hash FROM shared_keys WHERE deleted = 1)
          LIMIT ${deletionKeysMax}`,
        );
        if (left.length === 0) return;
        await deleteRows(left.map(({ public_key }) => public_key));
      }
    },
    known: (today) => knownKeys(database, today),
  };
}

async function* knownKeys(
  database: Database,
  today: number,
): AsyncGenerator<readonly KnownKey[], void> {
  for (let from = 0n; from < 1n << 64n;) {
    const rows = await database.query<KeyRow>(
      `SELECT bitAnd(key_hash, 0xffffffff) AS key_low, bitShiftRight(key_hash, 32) AS key_high,
        bitAnd(text_hash, 0xffffffff) AS text_low, bitShiftRight(text_hash, 32) AS text_high,
        deleted, toUInt32(closed_day) AS closed
      FROM shared_keys FINAL
      WHERE key_hash >= {from:UInt64} AND toUInt32(closed_day) > {today:UInt32}
      ORDER BY key_hash
      LIMIT ${pageRows}`,
      { from: String(from), today },
    );
    if (rows.length > 0) yield rows.map(knownKey);
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
    from = ((BigInt(last.key_high) << 32n) | BigInt(last.key_low)) + 1n;
  }
}

interface KeyRow {
  readonly key_low: number;
  readonly key_high: number;
  readonly text_low: number;
  readonly text_high: number;
  readonly deleted: number;
  readonly closed: number;
}

const knownKey = (row: KeyRow): KnownKey => ({
  fingerprint: {
    keyLow: row.key_low,
    keyHigh: row.key_high,
    textLow: row.text_low,
    textHigh: row.text_high,
  },
  deleted: row.deleted === 1,
  closedDay: row.closed,
});

const tombstone = ({ fingerprint, closedDay }: DeletedRow) => ({
  key_hash: whole(fingerprint.keyHigh, fingerprint.keyLow),
  text_hash: whole(fingerprint.textHigh, fingerprint.textLow),
  deleted: 1,
  closed_day: dayText(closedDay),
});

/** Of 64 bits, as text: JSON numbers end at 2^53. */
const whole = (high: number, low: number) => String((BigInt(high) << 32n) | BigInt(low));
