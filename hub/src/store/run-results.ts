// Intervals and histograms of runs as rows, by agent. A histogram is stored by its non-empty slots, so that ClickHouse itself
// can merge them exactly (sumMap), over seconds and over agents. Copies of an interval are left out when reading: LIMIT 1 BY.
import {
  type AgentId,
  type Counts,
  type RunId,
  type RunInterval,
  emptyCounts,
  isAgentId,
  loadLimits,
  requestErrors,
} from "@tidemark/proto";
import type { Database } from "./database.ts";
import {
  type HistogramRow,
  type Histograms,
  type StoredHistograms,
  byBasis,
  histogramRows,
} from "./run-histograms.ts";
import { dateTime64 } from "./sql-text.ts";

export interface StoredInterval extends StoredHistograms {
  readonly interval: Omit<RunInterval, "histograms">;
}

/** What is stored of one agent's part. */
export interface StoredPart {
  readonly indices: readonly number[];
  /** Sum over the intervals. */
  readonly counts: Counts;
  /** Of the whole part where its agent reported that, of the intervals together otherwise. */
  readonly histograms: Histograms;
}

export interface RunResults {
  insert(intervals: readonly StoredInterval[], wholes: readonly StoredHistograms[]): Promise<void>;
  /** How many intervals of each agent of each run are stored. */
  intervalCounts(runs: readonly RunId[]): Promise<(run: RunId, agent: AgentId) => number>;
  /** What is stored of each agent's part of a run. */
  parts(run: RunId): Promise<ReadonlyMap<AgentId, StoredPart>>;
}

/** A day of seconds, and some for ends and stops, of every agent a run can have. */
export const intervalsMax = loadLimits.agentsMax * (loadLimits.durationMsMax / 1_000 + 1_000);
const partsMax = 200_000;

export function openRunResults(database: Database): RunResults {
  async function histogramsOf(run: RunId): Promise<ReadonlyMap<string, Histograms>> {
    const rows = await database.query<HistogramRow & { agent: string; whole: number }>(
      `SELECT agent, basis, whole, 0 AS bucket, tupleElement(sums, 1) AS slots, tupleElement(sums, 2) AS counts
      FROM (
        SELECT agent, basis, idx = -1 AS whole, sumMap(slots, arrayMap(slotCount -> toUInt64(slotCount), counts)) AS sums
        FROM (
          SELECT agent, basis, idx, slots, counts
          FROM run_histograms
          WHERE run = {run:String}
          ORDER BY agent, basis, idx
          LIMIT 1 BY agent, basis, idx
        )
        GROUP BY agent, basis, whole
      )
      LIMIT {limit:UInt32}`,
      { run, limit: partsMax },
    );
    const byAgent = new Map<string, Histograms>();
    for (const [agent, own] of Map.groupBy(rows, (row) => row.agent)) {
      const whole = own.filter((row) => Number(row.whole) === 1);
      byAgent.set(agent, byBasis(whole.length > 0 ? whole : own));
    }
    return byAgent;
  }

  return {
    async insert(intervals, wholes) {
      // Histograms first: an interval whose row stands has its histograms too.
      await database.insertRows("run_histograms", [...intervals, ...wholes].flatMap(histogramRows));
      await database.insertRows("run_intervals", intervals.map(intervalRow));
    },
    async intervalCounts(runs) {
      if (runs.length === 0) return () => 0;
      const rows = await database.query<{ run: string; agent: string; stored: number | string }>(
        `SELECT run, agent, uniqExact(idx) AS stored
        FROM run_intervals
        WHERE run IN {runs:Array(String)}
        GROUP BY run, agent
        LIMIT {limit:UInt32}`,
        { runs, limit: partsMax },
      );
      const stored = new Map(
        rows.map(({ run, agent, stored: count }) => [`${run} ${agent}`, Number(count)]),
      );
      return (run, agent) => stored.get(`${run} ${agent}`) ?? 0;
    },
    async parts(run) {
      const rows = await database.query<PartRow>(
        `SELECT agent, groupArray(idx) AS indices, sum(due) AS due, sum(sent) AS sent, sum(completed) AS completed,
          sum(dropped) AS dropped, sum(unexpected) AS unexpected, sum(connects) AS connects,
          sum(bytes_sent) AS bytesSent, sum(bytes_received) AS bytesReceived,
          sumMap(statuses) AS statuses, sumMap(errors) AS errors
        FROM (
          SELECT *
          FROM run_intervals
          WHERE run = {run:String}
          ORDER BY agent, idx
          LIMIT 1 BY agent, idx
          LIMIT ${intervalsMax}
        )
        GROUP BY agent
        LIMIT {limit:UInt32}`,
        { run, limit: partsMax },
      );
      const byAgent = new Map(rows.map((row) => [row.agent, row]));
      const parts = new Map<AgentId, StoredPart>();
      // Histograms are stored before their intervals: who has rows has histograms.
      for (const [agent, histograms] of await histogramsOf(run)) {
        if (!isAgentId(agent)) continue;
        const row = byAgent.get(agent);
        const counts = row === undefined ? emptyCounts() : countsOf(row);
        parts.set(agent, { indices: row?.indices ?? [], counts, histograms });
      }
      return parts;
    },
  };
}

type Quantity = number | string;

interface PartRow {
  readonly agent: string;
  readonly indices: readonly number[];
  readonly due: Quantity;
  readonly sent: Quantity;
  readonly completed: Quantity;
  readonly dropped: Quantity;
  readonly unexpected: Quantity;
  readonly connects: Quantity;
  readonly bytesSent: Quantity;
  readonly bytesReceived: Quantity;
  readonly statuses: Readonly<Record<string, Quantity>>;
  readonly errors: Readonly<Record<string, Quantity>>;
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
    unexpected: counts.unexpected,
    connects: counts.connects,
    bytes_sent: counts.bytesSent,
    bytes_received: counts.bytesReceived,
    statuses: counts.statuses,
    errors: counts.errors,
    backlog: interval.backlog,
    in_flight: interval.inFlight,
  };
}

function countsOf(row: PartRow): Counts {
  const errors = { ...emptyCounts().errors };
  for (const error of requestErrors) errors[error] = Number(row.errors[error] ?? 0);
  return {
    due: Number(row.due),
    sent: Number(row.sent),
    completed: Number(row.completed),
    dropped: Number(row.dropped),
    unexpected: Number(row.unexpected),
    connects: Number(row.connects),
    bytesSent: Number(row.bytesSent),
    bytesReceived: Number(row.bytesReceived),
    statuses: Object.fromEntries(
      Object.entries(row.statuses).map(([status, count]) => [status, Number(count)]),
    ),
    errors,
  };
}
