// A run the hub has in mind: its record, its agents' assignments, and what their intervals add up to.
import {
  type AgentId,
  type Counts,
  Histogram,
  addCounts,
  bases,
  emptyCounts,
} from "@tidemark/proto";
import type { AssignmentRecord } from "../store/assignments.ts";
import type { Histograms } from "../store/run-histograms.ts";
import type { StoredInterval, StoredPart } from "../store/run-results.ts";
import { type RunRecord, searchAgents } from "../store/run-row.ts";
import type { StoredRun } from "../store/runs.ts";
import type { Latencies } from "../store/stored-final.ts";
import type { Heard } from "./lost.ts";
import { summaryOf } from "./summary.ts";
import type { Progress } from "./view.ts";

export interface KnownAssignment {
  record: AssignmentRecord;
  /** Indices of the stored intervals: each counts once. */
  readonly indices: Set<number>;
  /** Of the intervals together. */
  counts: Counts;
  /** Of the intervals together; the agent's own of the whole from its final on. */
  histograms: Histograms;
  backlog: number;
  inFlight: number;
  elapsedMs: number;
  heard: Heard;
  /** The agent has the run: its lease is renewed. */
  isTaken: boolean;
}

export interface KnownRun {
  record: RunRecord;
  /** By agent, in the order of their shares. */
  readonly assignments: ReadonlyMap<AgentId, KnownAssignment>;
  /** Its end was asked for: its leases are no longer renewed. */
  cancelled: boolean;
}

/** Of a run that was made just now. */
export const noParts: ReadonlyMap<AgentId, StoredPart> = new Map();

export function newKnownRun(
  { record, assignments }: StoredRun,
  parts: ReadonlyMap<AgentId, StoredPart>,
  nowMs: number,
): KnownRun {
  return {
    record,
    assignments: new Map(
      assignments.map((assignment) => {
        const part = parts.get(assignment.agent);
        const indices = part?.indices ?? [];
        const known: KnownAssignment = {
          record: assignment,
          indices: new Set(indices),
          counts: part?.counts ?? emptyCounts(),
          histograms: part?.histograms ?? noHistograms(),
          backlog: 0,
          inFlight: 0,
          elapsedMs: indices.length * 1_000,
          heard: {
            sinceMs: nowMs,
            durationMs: record.plan.durationMs + (record.plan.warmupMs ?? 0),
            heardAtMs: nowMs,
            forgottenAtMs: undefined,
          },
          isTaken: assignment.state === "running",
        };
        return [assignment.agent, known];
      }),
    ),
    cancelled: record.cancelAskedAtMs !== null,
  };
}

export function noHistograms(): Histograms {
  return { response: new Histogram(), service: new Histogram(), lateness: new Histogram() };
}

/** Adds an interval that was not there before. */
export function addInterval(
  known: KnownAssignment,
  { index, interval, histograms }: StoredInterval,
): void {
  known.indices.add(index);
  known.counts = addCounts(known.counts, interval.counts);
  known.backlog = interval.backlog;
  known.inFlight = interval.inFlight;
  known.elapsedMs += interval.durationMs;
  // The final's hold every value already.
  if (known.record.final === undefined)
    for (const basis of bases) known.histograms[basis].merge(histograms[basis]);
}

/** Whether a run, or an agent's part of it, has ended for the hub; a late final may still replace how. */
export function hasEnded({ state }: Pick<RunRecord, "state">): boolean {
  return state !== "pending" && state !== "running";
}

/** Whom a run keeps busy, itself or by its steps. */
export function agentsOf({ record, assignments }: KnownRun): readonly AgentId[] {
  return record.search === undefined ? [...assignments.keys()] : searchAgents(record.search);
}

export function progressOf(known: KnownAssignment): Progress {
  return {
    counts: known.counts,
    backlog: known.backlog,
    inFlight: known.inFlight,
    elapsedMs: known.elapsedMs,
    latency: latenciesOf(known.histograms),
  };
}

export function latenciesOf({ response, service, lateness }: Histograms): Latencies {
  return {
    response: summaryOf(response),
    service: summaryOf(service),
    lateness: summaryOf(lateness),
  };
}

/** Counts of several added up, whatever their order. */
export function mergedHistograms(several: Iterable<Histograms>): Histograms {
  const merged = noHistograms();
  for (const histograms of several)
    for (const basis of bases) merged[basis].merge(histograms[basis]);
  return merged;
}
