// GET /query/top
import type { AgentId, TopQuery, TopResult } from "@tidemark/proto";
import type { QuerySource } from "./query-source.ts";
import { matchingSids } from "./series-match.ts";

/** The part of the agent registry that names hosts. */
export interface HostNames {
  byHost(
    host: number,
  ):
    | { readonly id: AgentId; readonly name: string; readonly revokedAtMs: number | null }
    | undefined;
}

const itemsDefault = 10;
/** Rows beyond the asked-for ones, for hosts that are revoked. */
const spare = 100;
/** Longer windows read the minutes, and those past the minutes' retention the hours. */
const rawSecondsMax = 900;
const daySeconds = 86_400;

interface TopRow {
  readonly sid: number;
  readonly host: number;
  readonly mean: number;
  readonly max: number;
}

export async function queryTop(
  query: TopQuery,
  agents: HostNames,
  { database, series, retention, now }: QuerySource,
): Promise<TopResult> {
  const sids = matchingSids(series, query.metric, query.label);
  const unit = series.get(sids[0] ?? 0)?.unit ?? "";
  if (sids.length === 0) return { metric: query.metric, unit, items: [] };
  const n = query.n ?? itemsDefault;
  const by = query.by === "max" ? "max" : "mean";
  const ageSeconds = Math.floor(now() / 1000) - query.from;
  const isRaw =
    query.to - query.from <= rawSecondsMax && ageSeconds < retention.samples * daySeconds;
  const source = isRaw ? raw : ageSeconds < retention.samples_1m * daySeconds ? minutes : hours;
  const rows = await database.query<TopRow>(
    `SELECT sid, host, ${source}
    WHERE sid IN {sids:Array(UInt32)}
      AND t >= toDateTime({from:UInt32}, 'UTC') AND t < toDateTime({to:UInt32}, 'UTC')
    GROUP BY sid, host
    ORDER BY ${by} DESC, host, sid
    LIMIT 1 BY host
    LIMIT {max:UInt32}`,
    { sids, from: query.from, to: query.to, max: n + spare },
  );
  const items = rows.flatMap(({ sid, host, mean, max }) => {
    const record = agents.byHost(host);
    const labels = series.get(sid)?.labels;
    return record === undefined || record.revokedAtMs !== null || labels === undefined
      ? []
      : [{ agent: record.id, name: record.name, labels, mean, max }];
  });
  return { metric: query.metric, unit, items: items.slice(0, n) };
}

const raw = "avg(v) AS mean, max(v) AS max FROM samples";
const minutes = "sum(sm) / sum(n) AS mean, max(mx) AS max FROM samples_1m";
const hours = "sum(sm) / sum(n) AS mean, max(mx) AS max FROM samples_1h FINAL";
