import type { Migration } from "./migration.ts";

export const runAssignments: Migration = {
  version: 5,
  name: "run-assignments",
  statements: [
    // What an agent makes of its share of a run: one row per state, the newest version holds.
    `CREATE TABLE IF NOT EXISTS run_assignments (
      run String,
      agent String,
      version UInt64,
      created_at DateTime64(3, 'UTC'),
      host UInt32,
      share_index UInt32,
      share_of UInt32,
      state LowCardinality(String),
      cause String,
      clock_ahead_ms Nullable(Float64),
      clock_uncertainty_ms Nullable(Float64),
      started_at Nullable(DateTime64(3, 'UTC')),
      ended_at Nullable(DateTime64(3, 'UTC')),
      final String CODEC(ZSTD(3)),
      interim String CODEC(ZSTD(3))
    ) ENGINE = ReplacingMergeTree(version) ORDER BY (run, agent)
    TTL toDateTime(created_at) + toIntervalDay(730)
    SETTINGS fsync_after_insert = 1`,

    // Runs of one agent had their only assignment in their own row. Run again, it writes the same versions.
    `INSERT INTO run_assignments (run, agent, version, created_at, host, share_index, share_of, state, cause,
      clock_ahead_ms, clock_uncertainty_ms, started_at, ended_at, final, interim)
    SELECT id, agent, version, created_at, host, 0, 1, state, cause, NULL, NULL, started_at, ended_at, final, ''
    FROM runs FINAL
    WHERE agent != ''`,

    "ALTER TABLE runs ADD COLUMN IF NOT EXISTS part_of String AFTER final",
    "ALTER TABLE runs ADD COLUMN IF NOT EXISTS start_failure String AFTER cause",
    "ALTER TABLE runs ADD COLUMN IF NOT EXISTS remarks Array(String) AFTER start_failure",
    "ALTER TABLE runs ADD COLUMN IF NOT EXISTS latency String CODEC(ZSTD(3)) AFTER final",
    "ALTER TABLE runs ADD COLUMN IF NOT EXISTS search String CODEC(ZSTD(3)) AFTER latency",
    "ALTER TABLE run_intervals ADD COLUMN IF NOT EXISTS unexpected UInt64 AFTER dropped",
    // Until now only statuses were judged: 400 and above were not what anybody expects.
    `ALTER TABLE run_intervals UPDATE unexpected = arraySum(mapValues(mapFilter((status, count) -> status >= 400, statuses)))
    WHERE arraySum(mapValues(mapFilter((status, count) -> status >= 400, statuses))) > 0
    SETTINGS mutations_sync = 2`,
  ],
};
