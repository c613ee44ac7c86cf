import type { Migration } from "./migration.ts";

export const runCancel: Migration = {
  version: 4,
  name: "run-cancel",
  statements: [
    "ALTER TABLE runs ADD COLUMN IF NOT EXISTS cancel_asked_at Nullable(DateTime64(3, 'UTC')) AFTER ended_at",
  ],
};
