// Rows of a run's intervals as the columns that charts draw. Pure.
import { type Histogram, type RunTimeline, requestErrors } from "@tidemark/proto";
import type { StoredInterval } from "../store/run-results.ts";
import type { TimelineRow } from "../store/run-timeline.ts";

export function timelineOf(rows: readonly TimelineRow[]): RunTimeline {
  const percentile = (basis: "response" | "service", at: number) =>
    rows.map(({ histograms }) => present(histograms[basis].percentile(at)));
  return {
    times: rows.map(({ startedAtMs }) => startedAtMs),
    durationMs: rows.map(({ durationMs }) => durationMs),
    due: rows.map(({ due }) => due),
    sent: rows.map(({ sent }) => sent),
    completed: rows.map(({ completed }) => completed),
    errors: rows.map(({ errors }) => errors),
    unexpected: rows.map(({ unexpected }) => unexpected),
    dropped: rows.map(({ dropped }) => dropped),
    backlog: rows.map(({ backlog }) => backlog),
    inFlight: rows.map(({ inFlight }) => inFlight),
    response: {
      p50: percentile("response", 50),
      p90: percentile("response", 90),
      p99: percentile("response", 99),
      max: rows.map(({ histograms }) => largest(histograms.response)),
    },
    service: { p50: percentile("service", 50), p99: percentile("service", 99) },
  };
}

/** An interval that has just arrived, as a timeline's entry; its agent's clock is `aheadMs` ahead of the hub's. */
export function rowOf({ interval, histograms }: StoredInterval, aheadMs: number): TimelineRow {
  const { counts } = interval;
  return {
    startedAtMs: Math.round(interval.startedAtMs - aheadMs),
    durationMs: interval.durationMs,
    due: counts.due,
    sent: counts.sent,
    completed: counts.completed,
    errors: requestErrors.reduce((sum, error) => sum + counts.errors[error], 0),
    unexpected: counts.unexpected,
    dropped: counts.dropped,
    backlog: interval.backlog,
    inFlight: interval.inFlight,
    histograms,
  };
}

function present(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function largest(histogram: Histogram): number | null {
  return histogram.total === 0 ? null : histogram.max;
}
