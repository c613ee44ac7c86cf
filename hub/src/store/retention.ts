// How long each table keeps its rows. A changed configuration alters the table's TTL at the next start; rows past it go
// when ClickHouse merges, whole parts at a time.
import type { Database } from "./database.ts";

/** Days each table keeps its rows. */
export interface Retention {
  readonly samples: number;
  readonly samples_1m: number;
  readonly samples_1h: number;
  readonly processes: number;
  readonly notices: number;
  readonly runs: number;
  readonly run_intervals: number;
  readonly run_histograms: number;
  readonly audit: number;
}
export type RetainedTable = keyof Retention;

export const defaultRetention: Retention = {
  samples: 7,
  samples_1m: 30,
  samples_1h: 730,
  processes: 7,
  notices: 90,
  runs: 730,
  run_intervals: 90,
  run_histograms: 730,
  audit: 730,
};

/** Sets the TTL of every table whose days differ from `retention`. */
export async function applyRetention(database: Database, retention: Retention): Promise<void> {
  const tables = await database.query<{ name: string; engine: string }>(
    "SELECT name, engine_full AS engine FROM system.tables WHERE database = currentDatabase() LIMIT 1000",
  );
  const engines = new Map(tables.map((table) => [table.name, table.engine]));
  for (const table of retainedTables) {
    const days = retention[table];
    if (!Number.isInteger(days) || days < 1 || days > 36_500)
      throw new RangeError(`retention of ${table} must be 1 … 36500 whole days, not ${days}`);
    const own = { name: table, time: timeColumns[table] };
    for (const { name, time } of [own, ...(alongside[table] ?? [])]) {
      if (engines.get(name)?.includes(`toIntervalDay(${days})`)) continue;
      await database.command(
        `ALTER TABLE ${name} MODIFY TTL ${time} + toIntervalDay(${days}) SETTINGS materialize_ttl_after_modify = 0`,
      );
    }
  }
}

const timeColumns: Record<RetainedTable, string> = {
  samples: "t",
  samples_1m: "t",
  samples_1h: "t",
  processes: "toDateTime(at)",
  notices: "toDateTime(at)",
  runs: "toDateTime(created_at)",
  run_intervals: "toDateTime(started_at)",
  run_histograms: "stored_at",
  audit: "toDateTime(at)",
};
/** Tables that are nothing without another's rows, or what became of those, and keep theirs as long. */
const alongside: Partial<Record<RetainedTable, readonly AlongsideTable[]>> = {
  runs: [
    { name: "run_assignments", time: "toDateTime(created_at)" },
    { name: "run_evidence", time: "toDateTime(created_at)" },
    { name: "campaigns", time: "toDateTime(created_at)" },
    { name: "firings", time: "toDateTime(due_at)" },
  ],
};
interface AlongsideTable {
  readonly name: string;
  readonly time: string;
}
const retainedTables = [
  "samples",
  "samples_1m",
  "samples_1h",
  "processes",
  "notices",
  "runs",
  "run_intervals",
  "run_histograms",
  "audit",
] as const satisfies readonly RetainedTable[];
