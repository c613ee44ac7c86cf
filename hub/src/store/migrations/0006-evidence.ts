import type { Migration } from "./migration.ts";

export const evidence: Migration = {
  version: 6,
  name: "evidence",
  statements: [
    "ALTER TABLE runs ADD COLUMN IF NOT EXISTS profile String AFTER part_of",
    "ALTER TABLE runs ADD COLUMN IF NOT EXISTS profile_revision UInt32 AFTER profile",
    "ALTER TABLE runs ADD COLUMN IF NOT EXISTS profile_name String AFTER profile_revision",
    "ALTER TABLE runs ADD COLUMN IF NOT EXISTS variant Map(LowCardinality(String), String) AFTER profile_name",
    "ALTER TABLE runs ADD COLUMN IF NOT EXISTS campaign String AFTER variant",
    "ALTER TABLE runs ADD COLUMN IF NOT EXISTS validity String CODEC(ZSTD(3)) AFTER campaign",

    // One run in one row: all that a comparison, a history or the board reads. The newest version holds. NaN: withheld.
    `CREATE TABLE IF NOT EXISTS run_evidence (
      profile String,
      run String,
      version UInt64,
      name String,
      created_at DateTime64(3, 'UTC'),
      started_at Nullable(DateTime64(3, 'UTC')),
      ended_at DateTime64(3, 'UTC'),
      profile_revision UInt32,
      profile_name String,
      variant Map(LowCardinality(String), String),
      campaign String,
      key FixedString(16),
      key_fields Map(LowCardinality(String), String),
      environment Map(String, String) CODEC(ZSTD(3)),
      level LowCardinality(String),
      findings String CODEC(ZSTD(3)),
      requests UInt64,
      p50 Float64,
      p50_low Float64,
      p50_high Float64,
      p95 Float64,
      p95_low Float64,
      p95_high Float64,
      p99 Float64,
      p99_low Float64,
      p99_high Float64,
      error_ratio Float64,
      achieved Float64,
      capacity Float64
    ) ENGINE = ReplacingMergeTree(version) ORDER BY (profile, run)
    TTL toDateTime(created_at) + toIntervalDay(730)
    SETTINGS fsync_after_insert = 1`,

    // One row per state of a campaign; the newest version holds.
    `CREATE TABLE IF NOT EXISTS campaigns (
      id String,
      version UInt64,
      created_at DateTime64(3, 'UTC'),
      kind LowCardinality(String),
      profile String,
      schedule String,
      state LowCardinality(String),
      record String CODEC(ZSTD(3))
    ) ENGINE = ReplacingMergeTree(version) ORDER BY id
    TTL toDateTime(created_at) + toIntervalDay(730)
    SETTINGS fsync_after_insert = 1`,

    // What came of every time a schedule was due; the newest version holds.
    `CREATE TABLE IF NOT EXISTS firings (
      schedule String,
      due_at DateTime64(3, 'UTC'),
      id String,
      version UInt64,
      starts_at DateTime64(3, 'UTC'),
      outcome LowCardinality(String),
      cause String,
      campaign String,
      is_manual UInt8
    ) ENGINE = ReplacingMergeTree(version) ORDER BY (schedule, due_at, id)
    TTL toDateTime(due_at) + toIntervalDay(730)
    SETTINGS fsync_after_insert = 1`,
  ],
};
