// samples_1m → samples_1h, an hour at a time. ingest/ledger.ts marks the hours that blocks touch.
import type { Database } from "./database.ts";

export interface TouchedHour {
  /** Unix seconds of its start. */
  readonly hour: number;
  /** The last block with samples of it; the version of the rows that come out. */
  readonly block: number;
}

const hoursMax = 200;

/** Hours with samples that are not rolled up yet, oldest first. */
export function touchedHours(database: Database): Promise<TouchedHour[]> {
  return database.query<TouchedHour>(
    `SELECT hour, touched AS block
    FROM (
      SELECT
        toUInt32(key) AS hour,
        maxIf(block, kind = 'hour') AS touched,
        maxIf(block, kind = 'rolled') AS rolled
      FROM ledger
      WHERE kind IN ('hour', 'rolled')
      GROUP BY key
    )
    WHERE touched > rolled
    ORDER BY hour
    LIMIT {max:UInt32}`,
    { max: hoursMax },
  );
}

export async function rollHour(
  database: Database,
  hour: number,
  block: number,
  atSeconds: number,
): Promise<void> {
  await database.command(
    `INSERT INTO samples_1h (sid, host, t, n, sm, mn, mx, version)
    SELECT sid, host, toDateTime({hour:UInt32}, 'UTC'), sum(n), sum(sm), min(mn), max(mx), {block:UInt64}
    FROM samples_1m
    WHERE t >= toDateTime({hour:UInt32}, 'UTC') AND t < toDateTime({hour:UInt32}, 'UTC') + INTERVAL 1 HOUR
    GROUP BY sid, host
    SETTINGS max_threads = 1`,
    { hour, block },
  );
  await database.insertRows("ledger", [
    { kind: "rolled", host: 0, key: String(hour), firsts: [], lasts: [], block, at: atSeconds },
  ]);
}
