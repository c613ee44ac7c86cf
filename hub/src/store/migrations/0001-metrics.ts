import type { Migration } from "./migration.ts";

// Exactly once needs a deduplication window on the table and on the view's target; 1000 blocks is far more than a crash
// can repeat. fsync: the position that allows the broker to forget a message is written after the insert.
const exactlyOnce =
  "non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1";

const key = "CODEC(Delta, ZSTD(1))";
/** Not Gorilla: values are rounded to their decimals, and ZSTD alone is a third smaller on those. */
const value = "CODEC(ZSTD(1))";

export const metrics: Migration = {
  version: 1,
  name: "metrics",
  statements: [
    `CREATE TABLE IF NOT EXISTS series_def (
      sid UInt32,
      metric LowCardinality(String),
      labels Map(LowCardinality(String), String),
      unit LowCardinality(String),
      kind Enum8('gauge' = 1, 'rate' = 2),
      decimals UInt8
    ) ENGINE = ReplacingMergeTree ORDER BY sid
    SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,

    // Which series an agent's table holds, by the table's hash; sid 0 stands for a series that was refused.
    `CREATE TABLE IF NOT EXISTS series_tables (
      host UInt32,
      hash String,
      sids Array(UInt32),
      decimals Array(UInt8),
      seen DateTime('UTC')
    ) ENGINE = ReplacingMergeTree(seen) ORDER BY (host, hash)
    SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,

    `CREATE TABLE IF NOT EXISTS host_def (
      host UInt32,
      agent String,
      name String,
      labels Map(LowCardinality(String), String),
      seen DateTime64(3, 'UTC')
    ) ENGINE = ReplacingMergeTree(seen) ORDER BY host`,

    `CREATE TABLE IF NOT EXISTS samples (
      sid UInt32 ${key},
      host UInt32 ${key},
      t DateTime('UTC') ${key},
      v Float64 ${value}
    ) ENGINE = MergeTree PARTITION BY toDate(t) ORDER BY (sid, host, t)
    TTL t + toIntervalDay(7)
    SETTINGS ttl_only_drop_parts = 1, ${exactlyOnce}`,

    `CREATE TABLE IF NOT EXISTS samples_1m (
      sid UInt32 ${key},
      host UInt32 ${key},
      t DateTime('UTC') ${key},
      n SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
      sm SimpleAggregateFunction(sum, Float64) ${value},
      mn SimpleAggregateFunction(min, Float64) ${value},
      mx SimpleAggregateFunction(max, Float64) ${value}
    ) ENGINE = AggregatingMergeTree PARTITION BY toMonday(t) ORDER BY (sid, host, t)
    TTL t + toIntervalDay(30)
    SETTINGS ttl_only_drop_parts = 1, ${exactlyOnce}`,

    `CREATE MATERIALIZED VIEW IF NOT EXISTS samples_to_1m TO samples_1m AS
    SELECT sid, host, toStartOfMinute(t) AS t, count() AS n, sum(v) AS sm, min(v) AS mn, max(v) AS mx
    FROM samples
    GROUP BY sid, host, t`,

    // Filled by the hourly job, which writes a whole hour again when late samples changed it: the newest version holds.
    `CREATE TABLE IF NOT EXISTS samples_1h (
      sid UInt32 ${key},
      host UInt32 ${key},
      t DateTime('UTC') ${key},
      n UInt64 CODEC(T64, ZSTD(1)),
      sm Float64 ${value},
      mn Float64 ${value},
      mx Float64 ${value},
      version UInt64 CODEC(Delta, ZSTD(1))
    ) ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(t) ORDER BY (sid, host, t)
    TTL t + toIntervalDay(730)
    SETTINGS ttl_only_drop_parts = 1`,

    // What ingest has stored, as ranges; ingest/ledger.ts says what the kinds mean. \`block\` is the block that wrote the row.
    `CREATE TABLE IF NOT EXISTS ledger (
      kind Enum8('seq' = 1, 'second' = 2, 'hour' = 3, 'rolled' = 4),
      host UInt32,
      key String,
      firsts Array(UInt64),
      lasts Array(UInt64),
      block UInt64,
      at DateTime('UTC')
    ) ENGINE = ReplacingMergeTree(block) ORDER BY (kind, host, key)
    TTL at + toIntervalDay(10)
    SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,

    // Batches whose series table the hub does not know yet, as they came.
    `CREATE TABLE IF NOT EXISTS parked (
      id UInt64,
      host UInt32,
      agent String,
      hash String,
      boot String,
      seq UInt64,
      frame String,
      sent_at_ms UInt64,
      at DateTime('UTC')
    ) ENGINE = ReplacingMergeTree ORDER BY (host, hash, id)
    TTL at + toIntervalDay(8)
    SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  ],
};
