// Timelines of the mock: columns of seconds, joined one after the other.
import type { RunTimeline } from "@tidemark/proto";
import type { Histograms } from "./run-latencies.ts";

export function emptyTimeline(): RunTimeline {
  return {
    times: [],
    durationMs: [],
    due: [],
    sent: [],
    completed: [],
    errors: [],
    unexpected: [],
    dropped: [],
    backlog: [],
    inFlight: [],
    response: { p50: [], p90: [], p99: [], max: [] },
    service: { p50: [], p99: [] },
  };
}

/** What happened in one second, on one agent or on all of them. */
export interface Second {
  readonly startedAtMs: number;
  readonly due: number;
  readonly completed: number;
  readonly errors: number;
  readonly unexpected: number;
  readonly backlog: number;
  readonly inFlight: number;
}

export function entryOf(second: Second, { response, service }: Histograms): RunTimeline {
  return {
    times: [second.startedAtMs],
    durationMs: [1_000],
    due: [second.due],
    sent: [second.due],
    completed: [second.completed],
    errors: [second.errors],
    unexpected: [second.unexpected],
    dropped: [0],
    backlog: [second.backlog],
    inFlight: [second.inFlight],
    response: {
      p50: [response.percentile(50)],
      p90: [response.percentile(90)],
      p99: [response.percentile(99)],
      max: [response.max],
    },
    service: { p50: [service.percentile(50)], p99: [service.percentile(99)] },
  };
}

export function joined(left: RunTimeline, right: RunTimeline): RunTimeline {
  return {
    times: [...left.times, ...right.times],
    durationMs: [...left.durationMs, ...right.durationMs],
    due: [...left.due, ...right.due],
    sent: [...left.sent, ...right.sent],
    completed: [...left.completed, ...right.completed],
    errors: [...left.errors, ...right.errors],
    unexpected: [...left.unexpected, ...right.unexpected],
    dropped: [...left.dropped, ...right.dropped],
    backlog: [...left.backlog, ...right.backlog],
    inFlight: [...left.inFlight, ...right.inFlight],
    response: {
      p50: [...left.response.p50, ...right.response.p50],
      p90: [...left.response.p90, ...right.response.p90],
      p99: [...left.response.p99, ...right.response.p99],
      max: [...left.response.max, ...right.response.max],
    },
    service: {
      p50: [...left.service.p50, ...right.service.p50],
      p99: [...left.service.p99, ...right.service.p99],
    },
  };
}
