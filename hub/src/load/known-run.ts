// A run the hub has in mind: its record, and what its intervals add up to.
import { type Counts, Histogram, addCounts, bases } from "@tidemark/proto";
import type { Histograms } from "../store/run-histograms.ts";
import type { StoredInterval } from "../store/run-results.ts";
import type { RunRecord } from "../store/runs.ts";
import type { Heard } from "./lost.ts";
import { summaryOf } from "./summary.ts";
import type { Progress } from "./view.ts";

export interface KnownRun {
  record: RunRecord;
  /** Indices of the stored intervals: each counts once. */
  readonly indices: Set<number>;
  counts: Counts;
  readonly histograms: Histograms;
  backlog: number;
  inFlight: number;
  elapsedMs: number;
  heard: Heard;
  /** A user asked for its end: its lease is no longer renewed. */
  cancelled: boolean;
}

export function newKnownRun(
  record: RunRecord,
  stored: {
    readonly indices: readonly number[];
    readonly counts: Counts;
    readonly histograms: Histograms;
  },
  nowMs: number,
): KnownRun {
  return {
    record,
    indices: new Set(stored.indices),
    counts: stored.counts,
    histograms: stored.histograms,
    backlog: 0,
    inFlight: 0,
    elapsedMs: stored.indices.length * 1_000,
    heard: {
      sinceMs: nowMs,
      durationMs: record.durationMs,
      heardAtMs: nowMs,
      forgottenAtMs: undefined,
    },
    cancelled: record.cancelAskedAtMs !== null,
  };
}

export function noHistograms(): Histograms {
  return { response: new Histogram(), service: new Histogram(), lateness: new Histogram() };
}

/** Adds an interval that was not there before. */
export function addInterval(
  known: KnownRun,
  { index, interval, histograms }: StoredInterval,
): void {
  known.indices.add(index);
  known.counts = addCounts(known.counts, interval.counts);
  for (const basis of bases) known.histograms[basis].merge(histograms[basis]);
  known.backlog = interval.backlog;
  known.inFlight = interval.inFlight;
  known.elapsedMs += interval.durationMs;
}

/** Whether the run has ended for the hub; a late final may still replace how. */
export function hasEnded({ state }: RunRecord): boolean {
  return state !== "pending" && state !== "running";
}

export function progressOf(known: KnownRun): Progress {
  return {
    counts: known.counts,
    backlog: known.backlog,
    inFlight: known.inFlight,
    elapsedMs: known.elapsedMs,
    latency: {
      response: summaryOf(known.histograms.response),
      service: summaryOf(known.histograms.service),
      lateness: summaryOf(known.histograms.lateness),
    },
  };
}
