import type { Migration } from "./migration.ts";

// A row's key holds the message's identity (boot, seq), so that a message that comes twice replaces itself.
export const events: Migration = {
  version: 2,
  name: "events",
  statements: [
    `CREATE TABLE IF NOT EXISTS inventory (
      host UInt32,
      at DateTime64(3, 'UTC'),
      inventory String CODEC(ZSTD(3))
    ) ENGINE = ReplacingMergeTree(at) ORDER BY host`,

    `CREATE TABLE IF NOT EXISTS processes (
      host UInt32,
      at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
      boot LowCardinality(String),
      seq UInt64 CODEC(Delta, ZSTD(1)),
      by_cpu String CODEC(ZSTD(3)),
      by_memory String CODEC(ZSTD(3))
    ) ENGINE = ReplacingMergeTree PARTITION BY toDate(at) ORDER BY (host, at, boot, seq)
    TTL toDateTime(at) + toIntervalDay(7)
    SETTINGS ttl_only_drop_parts = 1`,

    `CREATE TABLE IF NOT EXISTS notices (
      host UInt32,
      at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
      boot LowCardinality(String),
      seq UInt64,
      code LowCardinality(String),
      detail String CODEC(ZSTD(3))
    ) ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(at) ORDER BY (host, at, boot, seq)
    TTL toDateTime(at) + toIntervalDay(90)`,

    `CREATE TABLE IF NOT EXISTS audit (
      at DateTime64(3, 'UTC'),
      user LowCardinality(String),
      action LowCardinality(String),
      subject String,
      detail String CODEC(ZSTD(3))
    ) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY at
    TTL toDateTime(at) + toIntervalDay(730)
    SETTINGS non_replicated_deduplication_window = 100, fsync_after_insert = 1`,
  ],
};
