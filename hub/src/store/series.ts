// The fleet's series by number: (metric, labels, unit, kind) ↔ sid. All of it is in memory, so that queries look names up here
// instead of joining; a new series is written before any sample names it.
import type { Series } from "@tidemark/proto";
import { seriesKey } from "@tidemark/proto";
import type { Database } from "./database.ts";

export interface SeriesDirectory {
  readonly size: number;
  /** The series with this number. */
  get(sid: number): Series | undefined;
  /** Numbers of the series of a metric. */
  ofMetric(metric: string): readonly number[];
  find(series: Series): number | undefined;
  /** The number of a series, a new one if need be. */
  intern(series: Series): number;
  /** New rows for `series_def` since the last call; the caller writes them before any sample. Twice does no harm. */
  takeUnsaved(): readonly SeriesRow[];
}

export interface SeriesRow extends Record<string, unknown> {
  readonly sid: number;
  readonly metric: string;
  readonly labels: Series["labels"];
  readonly unit: string;
  readonly kind: Series["kind"];
  readonly decimals: number;
}

const loadMax = 1_000_000;

/** Loads the directory. One per process: ingest and queries share it. */
export async function openSeries(database: Database): Promise<SeriesDirectory> {
  const rows = await database.query<SeriesRow>(
    "SELECT sid, metric, labels, unit, kind, decimals FROM series_def FINAL ORDER BY sid LIMIT {max:UInt32}",
    { max: loadMax },
  );
  return createSeries(rows);
}

/** The directory, from the rows of \`series_def\`. */
export function createSeries(rows: readonly SeriesRow[]): SeriesDirectory {
  const bySid = new Map<number, Series>();
  const byKey = new Map<string, number>();
  const byMetric = new Map<string, number[]>();
  const pending: SeriesRow[] = [];
  let lastSid = 0;
  for (const { sid, metric, labels, unit, kind, decimals } of rows)
    add(sid, { metric, labels, unit, kind, decimals });

  function add(sid: number, series: Series): void {
    bySid.set(sid, series);
    byKey.set(identity(series), sid);
    const numbers = byMetric.get(series.metric);
    if (numbers === undefined) byMetric.set(series.metric, [sid]);
    else numbers.push(sid);
    lastSid = Math.max(lastSid, sid);
  }

  return {
    get size() {
      return bySid.size;
    },
    get: (sid) => bySid.get(sid),
    ofMetric: (metric) => byMetric.get(metric) ?? [],
    find: (series) => byKey.get(identity(series)),
    intern(series) {
      const known = byKey.get(identity(series));
      if (known !== undefined) return known;
      const sid = lastSid + 1;
      add(sid, series);
      pending.push({ sid, ...series });
      return sid;
    },
    takeUnsaved: () => pending.splice(0),
  };
}

/** Unit and kind belong to the identity: an agent that claims bytes where others send fractions gets a series of its own. */
function identity(series: Series): string {
  return `${series.kind} ${series.unit} ${seriesKey(series)}`;
}
