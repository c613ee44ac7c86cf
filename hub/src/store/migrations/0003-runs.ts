import type { Migration } from "./migration.ts";

export const runs: Migration = {
  version: 3,
  name: "runs",
  statements: [
    // One row per state of a run; the newest version holds.
    `CREATE TABLE IF NOT EXISTS runs (
      id String,
      version UInt64,
      created_at DateTime64(3, 'UTC'),
      agent String,
      host UInt32,
      name String,
      target String,
      method LowCardinality(String),
      rate Float64,
      connections UInt32,
      duration_ms UInt64,
      timeout_ms UInt32,
      precision LowCardinality(String),
      header_names Array(String),
      body_bytes UInt32,
      state LowCardinality(String),
      cause String,
      created_by String,
      started_at Nullable(DateTime64(3, 'UTC')),
      ended_at Nullable(DateTime64(3, 'UTC')),
      final String CODEC(ZSTD(3)),
      plan_json String CODEC(ZSTD(3))
    ) ENGINE = ReplacingMergeTree(version) ORDER BY id
    TTL toDateTime(created_at) + toIntervalDay(730)
    SETTINGS fsync_after_insert = 1`,

    `CREATE TABLE IF NOT EXISTS run_intervals (
      run String,
      agent String,
      idx UInt32,
      started_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
      duration_ms Float64,
      due UInt64,
      sent UInt64,
      completed UInt64,
      dropped UInt64,
      connects UInt64,
      bytes_sent UInt64,
      bytes_received UInt64,
      statuses Map(UInt16, UInt64),
      errors Map(LowCardinality(String), UInt64),
      backlog UInt64,
      in_flight UInt64
    ) ENGINE = MergeTree ORDER BY (run, agent, idx)
    TTL toDateTime(started_at) + toIntervalDay(90)
    SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1`,

    // idx -1 is the whole run. Slots and counts are the non-empty slots of the histogram that proto describes.
    `CREATE TABLE IF NOT EXISTS run_histograms (
      run String,
      agent String,
      idx Int32,
      basis LowCardinality(String),
      exact UInt8,
      source LowCardinality(String),
      total UInt64,
      sum Float64,
      min UInt64,
      max UInt64,
      clamped UInt64,
      slots Array(UInt16) CODEC(Delta, ZSTD(1)),
      counts Array(UInt32) CODEC(T64, ZSTD(1)),
      stored_at DateTime('UTC') DEFAULT now()
    ) ENGINE = MergeTree ORDER BY (run, agent, basis, idx)
    TTL stored_at + toIntervalDay(730)
    SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1`,
  ],
};
