// What a hub has left on disk, counted in a process of its own once the hub is gone. Argument: its data folder.
import { join } from "node:path";
import process from "node:process";
import { pino } from "pino";
import { openDatabase } from "../../../hub/src/store/database.ts";

/** What stored.ts reads from standard output. */
export interface StoredCheck {
  readonly samples: number;
  /** Raw samples that the 1-minute roll-up stands for. */
  readonly rolledUp: number;
  readonly rolledUpRows: number;
  readonly series: number;
  /** Fewest and most different seconds of a series of a host, and most rows. */
  readonly secondsMin: number;
  readonly secondsMax: number;
  readonly rowsMax: number;
  readonly samplesBytes: number;
  readonly rollupBytes: number;
}

const database = await openDatabase(
  { path: join(process.argv[2] ?? "", "clickhouse") },
  pino({ level: "silent" }),
);
const one = async (sql: string) => (await database.query<Record<string, number>>(sql))[0] ?? {};
const raw = await one(
  `SELECT sum(n) AS samples, count() AS series, min(seconds) AS secondsMin, max(seconds) AS secondsMax, max(n) AS rowsMax
  FROM (SELECT count() AS n, groupBitmap(toUInt32(t)) AS seconds FROM samples GROUP BY sid, host)`,
);
const rolled = await one("SELECT sum(n) AS rolledUp FROM samples_1m");
for (const table of ["samples", "samples_1m"])
  await database.command(`OPTIMIZE TABLE ${table} FINAL`);
const bytes = await one(
  `SELECT
    sumIf(bytes_on_disk, table = 'samples') AS samplesBytes,
    sumIf(bytes_on_disk, table = 'samples_1m') AS rollupBytes,
    sumIf(rows, table = 'samples_1m') AS rolledUpRows
  FROM system.parts
  WHERE active AND database = currentDatabase()`,
);
await database.close();
process.stdout.write(`${JSON.stringify({ ...raw, ...rolled, ...bytes })}\n`);
