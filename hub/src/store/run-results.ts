// Intervals and histograms of runs as rows. A histogram is stored by its non-empty slots, so that ClickHouse itself can merge
// them exactly (sumMap). Copies of an interval are left out when reading: LIMIT 1 BY idx.
import {
  type Basis,
  type Counts,
  Histogram,
  type RunId,
  type RunInterval,
  bases,
} from "@tidemark/proto";
import type { Database } from "./database.ts";
import {
  type HistogramRow,
  type Histograms,
  type StoredHistograms,
  byBasis,
  histogramOf,
  histogramRows,
} from "./run-histograms.ts";
import { dateTime64 } from "./sql-text.ts";

export interface StoredInterval extends StoredHistograms {
  readonly interval: Omit<RunInterval, "histograms">;
}

/** One entry of the timeline: one interval, or several neighbours together. */
export interface TimelineRow {
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly due: number;
  readonly sent: number;
  readonly completed: number;
  readonly errors: number;
  readonly failedStatuses: number;
  readonly dropped: number;
  readonly backlog: number;
  readonly inFlight: number;
  readonly histograms: Readonly<Record<"response" | "service", Histogram>>;
}

export interface RunResults {
  insert(intervals: readonly StoredInterval[], wholes: readonly StoredHistograms[]): Promise<void>;
  /** Which intervals of a run are stored. */
  indices(run: RunId): Promise<readonly number[]>;
  /** How many intervals of each run are stored. */
  intervalCounts(runs: readonly RunId[]): Promise<ReadonlyMap<string, number>>;
  /** Sum of the counts of all intervals of a run. */
  totals(run: RunId): Promise<{ readonly histograms: Histograms; readonly counts: Counts }>;
  /** The whole run's histograms as its agent reported them; undefined before the final. */
  wholes(run: RunId): Promise<Histograms | undefined>;
  /** At most `timelinePointsMax` entries in order. */
  timeline(run: RunId): Promise<readonly TimelineRow[]>;
}

const timelinePointsMax = 3_600;
const intervalsMax = 100_000;

const deduplicated = `(
    SELECT *
    FROM run_intervals
    WHERE run = {run:String}
    ORDER BY idx
    LIMIT 1 BY idx
    LIMIT ${intervalsMax}
  )`;
const deduplicatedHistograms = `(
    SELECT basis, idx, slots, counts
    FROM run_histograms
    WHERE run = {run:String}
    ORDER BY basis, idx
    LIMIT 1 BY basis, idx
  )`;

export function openRunResults(database: Database): RunResults {
  /** Histograms merged over the intervals of each bucket of `step` intervals. */
  const merged = async (run: RunId, step: number, wanted: readonly Basis[]) =>
    database.query<HistogramRow>(
      `SELECT basis, bucket, tupleElement(sums, 1) AS slots, tupleElement(sums, 2) AS counts
      FROM (
        SELECT basis, toUInt32(intDiv(idx, {step:UInt32})) AS bucket,
          sumMap(slots, arrayMap(slotCount -> toUInt64(slotCount), counts)) AS sums
        FROM ${deduplicatedHistograms}
        WHERE idx >= 0 AND basis IN {wanted:Array(String)}
        GROUP BY basis, bucket
      )
      ORDER BY basis, bucket`,
      { run, step, wanted },
    );

  return {
    async insert(intervals, wholes) {
      // Histograms first: an interval whose row stands has its histograms too.
      await database.insertRows("run_histograms", [...intervals, ...wholes].flatMap(histogramRows));
      await database.insertRows("run_intervals", intervals.map(intervalRow));
    },
    async indices(run) {
      const rows = await database.query<{ idx: number }>(
        `SELECT DISTINCT idx
        FROM run_intervals
        WHERE run = {run:String}
        LIMIT ${intervalsMax}`,
        { run },
      );
      return rows.map(({ idx }) => idx);
    },
    async intervalCounts(runs) {
      if (runs.length === 0) return new Map();
      const rows = await database.query<{ run: string; stored: number | string }>(
        `SELECT run, uniqExact(idx) AS stored
        FROM run_intervals
        WHERE run IN {runs:Array(String)}
        GROUP BY run
        LIMIT {limit:UInt32}`,
        { runs, limit: runs.length },
      );
      return new Map(rows.map(({ run, stored }) => [run, Number(stored)]));
    },
    async totals(run) {
      const [row] = await database.query<TotalsRow>(
        `SELECT sum(due) AS due, sum(sent) AS sent, sum(completed) AS completed, sum(dropped) AS dropped,
          sum(connects) AS connects, sum(bytes_sent) AS bytesSent, sum(bytes_received) AS bytesReceived,
          sumMap(statuses) AS statuses, sumMap(errors) AS errors
        FROM ${deduplicated}
        LIMIT 1`,
        { run },
      );
      const rows = await merged(run, intervalsMax, bases);
      return { histograms: byBasis(rows), counts: countsOf(row) };
    },
    async wholes(run) {
      const rows = await database.query<HistogramRow>(
        `SELECT basis, toUInt32(0) AS bucket, slots, counts
        FROM ${deduplicatedHistograms}
        WHERE idx = -1
        LIMIT ${bases.length}`,
        { run },
      );
      return rows.length === 0 ? undefined : byBasis(rows);
    },
    async timeline(run) {
      const [extent] = await database.query<{ last: number }>(
        `SELECT max(idx) AS last
        FROM run_intervals
        WHERE run = {run:String}
        LIMIT 1`,
        { run },
      );
      const step = Math.max(1, Math.ceil(((extent?.last ?? 0) + 1) / timelinePointsMax));
      const rows = await database.query<TimelineSqlRow>(
        `SELECT toUInt32(intDiv(idx, {step:UInt32})) AS bucket,
          toUnixTimestamp64Milli(min(started_at)) AS startedAtMs, sum(duration_ms) AS durationMs,
          sum(due) AS due, sum(sent) AS sent, sum(completed) AS completed, sum(dropped) AS dropped,
          sum(arraySum(mapValues(errors))) AS errors,
          sum(arraySum(mapValues(mapFilter((status, count) -> status >= 400, statuses)))) AS failedStatuses,
          argMax(backlog, idx) AS backlog, argMax(in_flight, idx) AS inFlight
        FROM ${deduplicated}
        GROUP BY bucket
        ORDER BY bucket
        LIMIT {limit:UInt32}`,
        { run, step, limit: timelinePointsMax },
      );
      const histograms = new Map<string, Histogram>();
      for (const row of await merged(run, step, ["response", "service"]))
        histograms.set(`${row.basis} ${row.bucket}`, histogramOf(row));
      return rows.map((row) => ({
        startedAtMs: Number(row.startedAtMs),
        durationMs: row.durationMs,
        due: Number(row.due),
        sent: Number(row.sent),
        completed: Number(row.completed),
        errors: Number(row.errors),
        failedStatuses: Number(row.failedStatuses),
        dropped: Number(row.dropped),
        backlog: Number(row.backlog),
        inFlight: Number(row.inFlight),
        histograms: {
          response: histograms.get(`response ${row.bucket}`) ?? new Histogram(),
          service: histograms.get(`service ${row.bucket}`) ?? new Histogram(),
        },
      }));
    },
  };
}

type Quantity = number | string;

interface TotalsRow {
  readonly due: Quantity;
  readonly sent: Quantity;
  readonly completed: Quantity;
  readonly dropped: Quantity;
  readonly connects: Quantity;
  readonly bytesSent: Quantity;
  readonly bytesReceived: Quantity;
  readonly statuses: Readonly<Record<string, Quantity>>;
  readonly errors: Readonly<Record<string, Quantity>>;
}

interface TimelineSqlRow {
  readonly bucket: number;
  readonly startedAtMs: Quantity;
  readonly durationMs: number;
  readonly due: Quantity;
  readonly sent: Quantity;
  readonly completed: Quantity;
  readonly errors: Quantity;
  readonly failedStatuses: Quantity;
  readonly dropped: Quantity;
  readonly backlog: Quantity;
  readonly inFlight: Quantity;
}

function intervalRow({ run, agent, index, interval }: StoredInterval): Record<string, unknown> {
  const { counts } = interval;
  return {
    run,
    agent,
    idx: index,
    started_at: dateTime64(interval.startedAtMs),
    duration_ms: interval.durationMs,
    due: counts.due,
    sent: counts.sent,
    completed: counts.completed,
    dropped: counts.dropped,
    connects: counts.connects,
    bytes_sent: counts.bytesSent,
    bytes_received: counts.bytesReceived,
    statuses: counts.statuses,
    errors: counts.errors,
    backlog: interval.backlog,
    in_flight: interval.inFlight,
  };
}

function countsOf(row: TotalsRow | undefined): Counts {
  const error = (name: string) => Number(row?.errors[name] ?? 0);
  return {
    due: Number(row?.due ?? 0),
    sent: Number(row?.sent ?? 0),
    completed: Number(row?.completed ?? 0),
    dropped: Number(row?.dropped ?? 0),
    connects: Number(row?.connects ?? 0),
    bytesSent: Number(row?.bytesSent ?? 0),
    bytesReceived: Number(row?.bytesReceived ?? 0),
    statuses: Object.fromEntries(
      Object.entries(row?.statuses ?? {}).map(([status, count]) => [status, Number(count)]),
    ),
    errors: {
      connect: error("connect"),
      timeout: error("timeout"),
      reset: error("reset"),
      closed: error("closed"),
      malformed: error("malformed"),
      refused: error("refused"),
    },
  };
}
