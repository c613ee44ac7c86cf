// One reported stretch of a run made of counts and whole histograms.
import { type Basis, type Counts, Histogram } from "@tidemark/proto";
import type { IntervalReport } from "../carrier.ts";
import { sliceOf } from "../generator/recorder.ts";

export interface Stretch {
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly counts: Counts;
  readonly histograms: Partial<Record<Basis, Histogram>>;
  readonly backlog?: number;
  readonly inFlight?: number;
}

/** The report of it; a basis that the program does not know stays empty. */
export function intervalOf(stretch: Stretch): IntervalReport {
  const { startedAtMs, durationMs, counts, histograms, backlog = 0, inFlight = 0 } = stretch;
  const slice = (basis: Basis) => sliceOf(histograms[basis] ?? new Histogram());
  return {
    kind: "interval",
    startedAtMs: Math.round(startedAtMs),
    durationMs,
    backlog,
    inFlight,
    delta: {
      counts,
      histograms: {
        response: slice("response"),
        service: slice("service"),
        lateness: slice("lateness"),
      },
    },
  };
}
