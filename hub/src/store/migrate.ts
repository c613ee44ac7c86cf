// Brings a database to this program's schema: forward only, each step recorded once all its statements ran.
import type { Database } from "./database.ts";
import { SchemaTooNew } from "./errors.ts";
import { migrations } from "./migrations/index.ts";
import { type Retention, applyRetention } from "./retention.ts";

export type { Retention } from "./retention.ts";

/** Applies what is missing, then the retention. Throws SchemaTooNew when a newer program was here. */
export async function migrate(database: Database, retention: Retention): Promise<void> {
  await database.command(
    `CREATE TABLE IF NOT EXISTS schema_versions (
      version UInt32,
      name String,
      applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
    ) ENGINE = ReplacingMergeTree(applied_at) ORDER BY version
    SETTINGS fsync_after_insert = 1`,
  );
  const found = await schemaVersion(database);
  const known = migrations.at(-1)?.version ?? 0;
  if (found > known) throw new SchemaTooNew(found, known);
  for (const { version, name, statements } of migrations) {
    if (version <= found) continue;
    for (const statement of statements) await database.command(statement);
    await database.insertRows("schema_versions", [{ version, name }]);
  }
  await applyRetention(database, retention);
}

async function schemaVersion(database: Database): Promise<number> {
  const [row] = await database.query<{ version: number }>(
    "SELECT max(version) AS version FROM schema_versions LIMIT 1",
  );
  return row?.version ?? 0;
}
