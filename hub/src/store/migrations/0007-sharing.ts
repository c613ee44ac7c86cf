import type { Migration } from "./migration.ts";

export const sharing: Migration = {
  version: 7,
  name: "sharing",
  statements: [
    // Everything that was agreed to, left or failed to, for ever: no TTL. `id` tells an entry that is written again after a crash from
    // a new one; the same number always holds the same.
    `CREATE TABLE IF NOT EXISTS sharing_ledger (
      number UInt64,
      id String,
      at DateTime64(3, 'UTC'),
      event LowCardinality(String),
      question LowCardinality(String),
      period Nullable(UInt32),
      text String CODEC(ZSTD(3)),
      sha256 String,
      status Nullable(UInt16),
      receipt String,
      said String
    ) ENGINE = ReplacingMergeTree ORDER BY number
    SETTINGS fsync_after_insert = 1`,
  ],
};
