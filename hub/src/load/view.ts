// A run as the API shows it. Pure.
import {
  type Counts,
  type GeneratorHealth,
  type LatencySummary,
  type Run,
  type Spoiler,
  emptyCounts,
} from "@tidemark/proto";
import type { RunRecord } from "../store/runs.ts";
import { emptySummary } from "./summary.ts";

/** What is known before the final: sums over the intervals that arrived. */
export interface Progress {
  readonly counts: Counts;
  readonly backlog: number;
  readonly inFlight: number;
  /** Ms of the intervals together. */
  readonly elapsedMs: number;
  readonly latency: {
    readonly response: LatencySummary;
    readonly service: LatencySummary;
    readonly lateness: LatencySummary;
  };
}

/** `storedIntervals`: how many intervals of the run the hub holds. */
export function runView(
  record: RunRecord,
  agentName: string,
  progress: Progress | undefined,
  storedIntervals: number,
): Run {
  const { final } = record;
  const known = final === undefined ? progressFacts(progress) : finalFacts(final, storedIntervals);
  return {
    id: record.id,
    name: record.name,
    agent: record.agent,
    agentName,
    target: record.target,
    method: record.method,
    ratePerSecond: record.ratePerSecond,
    connections: record.connections,
    durationSeconds: record.durationMs / 1_000,
    timeoutMs: record.timeoutMs,
    precision: record.precision,
    headerNames: [...record.headerNames],
    bodyBytes: record.bodyBytes,
    state: record.state,
    cause: record.cause,
    createdBy: record.createdBy,
    createdAtMs: record.createdAtMs,
    startedAtMs: record.startedAtMs,
    endedAtMs: record.endedAtMs,
    ...known,
  };
}

type Facts = Pick<
  Run,
  | "counts"
  | "unsent"
  | "inFlight"
  | "achievedPerSecond"
  | "response"
  | "service"
  | "lateness"
  | "generator"
  | "spoiled"
>;

function finalFacts(final: NonNullable<RunRecord["final"]>, storedIntervals: number): Facts {
  const generator: GeneratorHealth = final.generator;
  return {
    counts: final.counts,
    unsent: final.unsent,
    inFlight: final.inFlight,
    achievedPerSecond: perSecond(final.counts.completed, final.endedAtMs - final.startedAtMs),
    ...final.latency,
    generator,
    spoiled: [...final.spoiled, ...missing(final.intervals, storedIntervals)],
  };
}

/** The numbers come from the final and hold; only the picture second by second has holes. */
function missing(reported: number, stored: number): Spoiler[] {
  if (stored >= reported) return [];
  const detail = `${reported - stored} of ${reported} intervals have not arrived`;
  return [{ code: "intervals-missing", detail }];
}

function progressFacts(progress: Progress | undefined): Facts {
  return {
    counts: progress?.counts ?? emptyCounts(),
    unsent: progress?.backlog ?? 0,
    inFlight: progress?.inFlight ?? 0,
    achievedPerSecond:
      progress === undefined ? null : perSecond(progress.counts.completed, progress.elapsedMs),
    response: progress?.latency.response ?? emptySummary,
    service: progress?.latency.service ?? emptySummary,
    lateness: progress?.latency.lateness ?? emptySummary,
    generator: null,
    spoiled: [],
  };
}

function perSecond(count: number, ms: number): number | null {
  return ms > 0 ? (count * 1_000) / ms : null;
}
