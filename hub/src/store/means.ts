// Mean of each series on each host over a stretch of time: of the raw samples, or of the finest roll-up where those are gone.
import type { Span } from "./host-window.ts";
import type { QuerySource } from "./query-source.ts";

const daySeconds = 86_400;
const rowsMax = 200_000;

interface Row {
  readonly host: number;
  readonly sid: number;
  readonly mean: number;
}

/** By host and series; what has no samples is absent. */
export async function readMeans(
  { database, retention, now }: QuerySource,
  sids: readonly number[],
  hosts: readonly number[],
  { from, to }: Span,
): Promise<ReadonlyMap<number, ReadonlyMap<number, number>>> {
  if (sids.length === 0 || hosts.length === 0) return new Map();
  const ageDays = (now() / 1_000 - from) / daySeconds;
  const source =
    ageDays < retention.samples ? raw : ageDays < retention.samples_1m ? minutes : hours;
  const rows = await database.query<Row>(
    `SELECT host, sid, ${source.mean}
    WHERE sid IN {sids:Array(UInt32)}
      AND host IN {hosts:Array(UInt32)}
      AND t >= toDateTime({from:UInt32}, 'UTC')
      AND t < toDateTime({to:UInt32}, 'UTC')
    GROUP BY host, sid
    LIMIT ${rowsMax}`,
    // A row of a roll-up stands at the start of its minute or hour, which may have begun before.
    { sids, hosts, from: from - (from % source.seconds), to },
  );
  const byHost = Map.groupBy(rows, ({ host }) => host);
  return new Map(
    Array.from(byHost, ([host, own]) => [host, new Map(own.map(({ sid, mean }) => [sid, mean]))]),
  );
}

const rolled = "sum(sm) / sum(n) AS mean";
const raw = { seconds: 1, mean: "avg(v) AS mean FROM samples" };
const minutes = { seconds: 60, mean: `${rolled} FROM samples_1m` };
const hours = { seconds: 3_600, mean: `${rolled} FROM samples_1h FINAL` };
