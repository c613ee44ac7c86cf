// GET /query/range: one row a series comes back from ClickHouse, its points as arrays, and is laid on the common time axis.
import {
  type AgentId,
  type RangeQuery,
  type RangeResult,
  type RangeSeries,
  type Resolution,
  apiLimits,
} from "@tidemark/proto";
import type { QuerySource } from "./query-source.ts";
import { type Grid, gridOf } from "./resolution.ts";
import { matchingSids } from "./series-match.ts";

const pointsDefault = 600;

interface SeriesPoints {
  readonly sid: number;
  readonly host: number;
  /** Index of each point on the axis. */
  readonly at: readonly number[];
  readonly mean: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
}

export async function queryRange(
  query: RangeQuery,
  hosts: ReadonlyMap<AgentId, number>,
  { database, series, retention, now }: QuerySource,
): Promise<RangeResult> {
  const window = { from: query.from, to: query.to, points: query.points ?? pointsDefault };
  const grid = gridOf(window, query.resolution, retention, Math.floor(now() / 1000));
  const times = Array.from({ length: grid.points }, (_, at) => grid.from + at * grid.stepSeconds);
  const sids = query.metric.flatMap((metric) => matchingSids(series, metric, query.label));
  const empty = { resolution: grid.resolution, stepSeconds: grid.stepSeconds, times };
  if (sids.length === 0 || hosts.size === 0) return { ...empty, series: [], truncated: false };

  const rows = await database.query<SeriesPoints>(pointsSql(grid), {
    sids,
    hosts: [...hosts.values()],
    from: grid.from,
    to: query.to,
    step: grid.stepSeconds,
    max: apiLimits.querySeriesMax + 1,
  });
  const agents = new Map(Array.from(hosts, ([agent, host]) => [host, agent]));
  const order = new Map(query.metric.map((metric, at) => [metric, at]));
  const found: RangeSeries[] = [];
  for (const row of rows.slice(0, apiLimits.querySeriesMax)) {
    const definition = series.get(row.sid);
    const agent = agents.get(row.host);
    if (definition === undefined || agent === undefined) continue;
    const { metric, labels, unit, kind } = definition;
    found.push({
      agent,
      metric,
      labels,
      unit,
      kind,
      mean: onAxis(row.at, row.mean, grid.points),
      ...(isFull(grid)
        ? {}
        : {
            min: onAxis(row.at, row.min, grid.points),
            max: onAxis(row.at, row.max, grid.points),
          }),
    });
  }
  found.sort((a, b) => (order.get(a.metric) ?? 0) - (order.get(b.metric) ?? 0));
  return { ...empty, series: found, truncated: rows.length > apiLimits.querySeriesMax };
}

/** Every stored second is its own point: nothing to aggregate. */
function isFull({ resolution, stepSeconds }: Grid): boolean {
  return resolution === "raw" && stepSeconds === 1;
}

function pointsSql(grid: Grid): string {
  const rows = isFull(grid)
    ? `SELECT sid, host, toUInt32(t) - {from:UInt32} AS point, v AS mean
      FROM samples
      WHERE ${where}
      ORDER BY sid, host, t`
    : `SELECT sid, host, intDiv(toUInt32(t) - {from:UInt32}, {step:UInt32}) AS point, ${aggregates[grid.resolution]}
      WHERE ${where}
      GROUP BY sid, host, point
      ORDER BY sid, host, point`;
  const bounds = isFull(grid) ? "" : ", groupArray(min) AS min, groupArray(max) AS max";
  return `SELECT sid, host, groupArray(point) AS at, groupArray(mean) AS mean${bounds}
    FROM (${rows})
    GROUP BY sid, host
    ORDER BY sid, host
    LIMIT {max:UInt32}`;
}

const where =
  "sid IN {sids:Array(UInt32)} AND host IN {hosts:Array(UInt32)} AND t >= toDateTime({from:UInt32}, 'UTC') AND t < toDateTime({to:UInt32}, 'UTC')";

const rolled = "sum(sm) / sum(n) AS mean, min(mn) AS min, max(mx) AS max";
const aggregates: Record<Resolution, string> = {
  raw: "avg(v) AS mean, min(v) AS min, max(v) AS max FROM samples",
  "1m": `${rolled} FROM samples_1m`,
  // A re-written hour stands twice until ClickHouse merges.
  "1h": `${rolled} FROM samples_1h FINAL`,
};

function onAxis(
  at: readonly number[],
  values: readonly number[],
  points: number,
): (number | null)[] {
  const axis: (number | null)[] = Array.from({ length: points }, () => null);
  at.forEach((point, index) => {
    if (point < points) axis[point] = values[index] ?? null;
  });
  return axis;
}
