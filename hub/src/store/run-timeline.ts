// A run second by second: intervals of the same index added up over its agents, and neighbours together where the run is long.
import { type AgentId, Histogram, type RunId } from "@tidemark/proto";
import type { Database } from "./database.ts";
import { type HistogramRow, histogramOf } from "./run-histograms.ts";
import { intervalsMax } from "./run-results.ts";

/** One entry of the timeline. */
export interface TimelineRow {
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly due: number;
  readonly sent: number;
  readonly completed: number;
  readonly errors: number;
  readonly unexpected: number;
  readonly dropped: number;
  readonly backlog: number;
  readonly inFlight: number;
  readonly histograms: Readonly<Record<"response" | "service", Histogram>>;
}

/** An agent's part, and how far its clock was ahead of the hub's, ms. */
export interface TimelinePart {
  readonly agent: AgentId;
  readonly aheadMs: number;
}

const timelinePointsMax = 3_600;

/** At most `pointsMax` entries in order, of these parts alone. */
export async function readTimeline(
  database: Database,
  run: RunId,
  parts: readonly TimelinePart[],
  pointsMax = timelinePointsMax,
): Promise<readonly TimelineRow[]> {
  const agents = parts.map(({ agent }) => agent);
  const ahead = parts.map(({ aheadMs }) => Math.round(aheadMs));
  const [extent] = await database.query<{ last: number }>(
    `SELECT max(idx) AS last
    FROM run_intervals
    WHERE run = {run:String} AND agent IN {agents:Array(String)}
    LIMIT 1`,
    { run, agents },
  );
  const step = Math.max(1, Math.ceil(((extent?.last ?? 0) + 1) / pointsMax));
  const rows = await database.query<SqlRow>(
    `SELECT bucket, min(started) AS startedAtMs, max(duration) AS durationMs, sum(dues) AS due, sum(sents) AS sent,
      sum(completions) AS completed, sum(drops) AS dropped, sum(failures) AS errors, sum(surprises) AS unexpected,
      sum(lastBacklog) AS backlog, sum(lastInFlight) AS inFlight
    FROM (
      SELECT agent, toUInt32(intDiv(idx, {step:UInt32})) AS bucket,
        min(toUnixTimestamp64Milli(started_at)) - transform(agent, {agents:Array(String)}, {ahead:Array(Int64)}, toInt64(0)) AS started,
        sum(duration_ms) AS duration, sum(due) AS dues, sum(sent) AS sents, sum(completed) AS completions,
        sum(dropped) AS drops, sum(arraySum(mapValues(errors))) AS failures, sum(unexpected) AS surprises,
        argMax(backlog, idx) AS lastBacklog, argMax(in_flight, idx) AS lastInFlight
      FROM (
        SELECT *
        FROM run_intervals
        WHERE run = {run:String} AND agent IN {agents:Array(String)}
        ORDER BY agent, idx
        LIMIT 1 BY agent, idx
        LIMIT ${intervalsMax}
      )
      GROUP BY agent, bucket
    )
    GROUP BY bucket
    ORDER BY bucket
    LIMIT {limit:UInt32}`,
    { run, agents, ahead, step, limit: pointsMax },
  );
  const histograms = await bucketHistograms(database, run, agents, step);
  return rows.map((row) => ({
    startedAtMs: Number(row.startedAtMs),
    durationMs: row.durationMs,
    due: Number(row.due),
    sent: Number(row.sent),
    completed: Number(row.completed),
    errors: Number(row.errors),
    unexpected: Number(row.unexpected),
    dropped: Number(row.dropped),
    backlog: Number(row.backlog),
    inFlight: Number(row.inFlight),
    histograms: {
      response: histograms.get(`response ${row.bucket}`) ?? new Histogram(),
      service: histograms.get(`service ${row.bucket}`) ?? new Histogram(),
    },
  }));
}

/** Histograms merged over the agents and the intervals of each bucket of `step` intervals, by "basis bucket". */
async function bucketHistograms(
  database: Database,
  run: RunId,
  agents: readonly AgentId[],
  step: number,
): Promise<ReadonlyMap<string, Histogram>> {
  const rows = await database.query<HistogramRow>(
    `SELECT basis, bucket, tupleElement(sums, 1) AS slots, tupleElement(sums, 2) AS counts
    FROM (
      SELECT basis, toUInt32(intDiv(idx, {step:UInt32})) AS bucket,
        sumMap(slots, arrayMap(slotCount -> toUInt64(slotCount), counts)) AS sums
      FROM (
        SELECT agent, basis, idx, slots, counts
        FROM run_histograms
        WHERE run = {run:String} AND agent IN {agents:Array(String)}
        ORDER BY agent, basis, idx
        LIMIT 1 BY agent, basis, idx
      )
      WHERE idx >= 0 AND basis IN ('response', 'service')
      GROUP BY basis, bucket
    )
    ORDER BY basis, bucket
    LIMIT {limit:UInt32}`,
    { run, agents, step, limit: 2 * timelinePointsMax },
  );
  return new Map(rows.map((row) => [`${row.basis} ${row.bucket}`, histogramOf(row)]));
}

type Quantity = number | string;

interface SqlRow {
  readonly bucket: number;
  readonly startedAtMs: Quantity;
  readonly durationMs: number;
  readonly due: Quantity;
  readonly sent: Quantity;
  readonly completed: Quantity;
  readonly errors: Quantity;
  readonly unexpected: Quantity;
  readonly dropped: Quantity;
  readonly backlog: Quantity;
  readonly inFlight: Quantity;
}
