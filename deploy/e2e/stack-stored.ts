// What a stopped hub's database holds, asked of its tables and not of the hub.
import type { AgentId } from "@tidemark/proto";
import type { Sender } from "./stack-sender.ts";
import type { Stack } from "./stack.ts";
import { expectedSql, madeUpMetric } from "./stack-values.ts";

export interface StoredSecond {
  readonly second: number;
  /** Rows, and series among them. */
  readonly rows: number;
  readonly series: number;
  /** Made-up values that are not what was measured; 0 for others. */
  readonly wrong: number;
}

export interface Stored {
  /** Rows of `samples`, and those of them that are there more than once. */
  readonly samples: { readonly rows: number; readonly repeated: number };
  /** Series-minutes, and those in which `samples_1m` disagrees with `samples`. */
  readonly minutes: { readonly all: number; readonly wrong: number };
  /** Batches still kept aside. */
  readonly parked: number;
  /** By agent, each second in order. */
  readonly seconds: ReadonlyMap<AgentId, readonly StoredSecond[]>;
}

/** `senders` are held against their values, `others` only counted. */
export async function readStored(
  stack: Stack,
  senders: readonly Sender[],
  others: readonly AgentId[] = [],
): Promise<Stored> {
  const asked = [
    ...senders.map(({ host, options }) => ({
      id: host.id,
      sql: secondsSql(host.id, `v != ${expectedSql(options.salt)}`, madeUpMetric),
    })),
    ...others.map((id) => ({ id, sql: secondsSql(id, "0") })),
  ];
  const [samples, minutes, parked, ...perAgent] = await stack.rows([
    "SELECT count() AS all, count() - uniqExact(sid, host, t) AS repeated FROM samples",
    minutesSql,
    "SELECT count() AS all FROM parked",
    ...asked.map(({ sql }) => sql),
  ]);
  const seconds = asked.map(
    ({ id }, index) => [id, (perAgent[index] ?? []).map(storedSecond)] as const,
  );
  return {
    samples: { rows: numberIn(samples, "all"), repeated: numberIn(samples, "repeated") },
    minutes: { all: numberIn(minutes, "all"), wrong: numberIn(minutes, "wrong") },
    parked: numberIn(parked, "all"),
    seconds: new Map(seconds),
  };
}

const secondsSql = (id: AgentId, wrong: string, metric?: string) => `
  SELECT toUnixTimestamp(t) AS second, count() AS rows, uniqExact(sid) AS series, countIf(${wrong}) AS wrong
  FROM (
    SELECT sid, t, v, labels['index'] AS index
    FROM samples
    INNER JOIN (SELECT DISTINCT sid, labels, metric FROM series_def) AS def USING (sid)
    WHERE host = (SELECT any(host) FROM host_def WHERE agent = '${id}')
    ${metric === undefined ? "" : `AND metric = '${metric}'`}
  )
  GROUP BY t
  ORDER BY t
  LIMIT 1000000`;

// Sums of doubles depend on the order, so they may differ in the last digits.
const minutesSql = `
  SELECT count() AS all, countIf(
    raw.n != rolled.n OR raw.mn != rolled.mn OR raw.mx != rolled.mx
    OR abs(raw.sm - rolled.sm) > 1e-9 * greatest(1, abs(raw.sm))
  ) AS wrong
  FROM (
    SELECT sid, host, toStartOfMinute(t) AS minute, count() AS n, sum(v) AS sm, min(v) AS mn, max(v) AS mx
    FROM samples
    GROUP BY sid, host, minute
  ) AS raw
  FULL OUTER JOIN (
    SELECT sid, host, t AS minute, sum(n) AS n, sum(sm) AS sm, min(mn) AS mn, max(mx) AS mx
    FROM samples_1m
    GROUP BY sid, host, minute
  ) AS rolled
  USING (sid, host, minute)`;

function storedSecond(row: Record<string, unknown>): StoredSecond {
  const { second, rows, series, wrong } = row;
  return {
    second: Number(second),
    rows: Number(rows),
    series: Number(series),
    wrong: Number(wrong),
  };
}

const numberIn = (rows: Record<string, unknown>[] | undefined, name: string) =>
  Number(rows?.[0]?.[name]);
