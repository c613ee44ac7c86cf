// One reported stretch of a run made of counts and whole histograms.
import { type Basis, type Counts, Histogram, type LoadPlan } from "@tidemark/proto";
import type { IntervalReport } from "../../carrier.ts";
import { sliceOf } from "../../generator/histogram-slice.ts";
import { SliceBuffers } from "../../generator/slice-buffers.ts";
import { OutputRejected } from "../program.ts";

/** Longest interval that a hub takes, less what a run may outlast its plan by. */
const reportMsMax = 2_700_000;

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
  const buffers = new SliceBuffers();
  const slice = (basis: Basis) => sliceOf(histograms[basis] ?? new Histogram(), buffers);
  return {
    kind: "interval",
    startedAtMs: Math.round(startedAtMs),
    durationMs,
    backlog,
    inFlight,
    // Of a program it is not known.
    threadCpu: 0,
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

/** What a run may outlast its plan by: an answer's timeout, and what a busy host adds. */
const outlastMs = 120_000;

/** How long a program says it ran, ms. Throws OutputRejected for what cannot be: with many threads wrk2 tells absurd times. */
export function checkedMs(program: string, durationMs: number, plan: LoadPlan): number {
  if (!(durationMs >= 0 && durationMs <= plan.durationMs + plan.timeoutMs + outlastMs))
    throw new OutputRejected(
      `${program} says it ran for ${durationMs} ms, the plan is of ${plan.durationMs} ms`,
    );
  return durationMs;
}

/** One report covers 45 minutes at most, and these programs make one at their end. */
export function singleReportFault(program: string, plan: LoadPlan): string | undefined {
  return plan.durationMs > reportMsMax
    ? `durationMs: ${program} reports once, at its end, and a report covers 45 minutes at most`
    : undefined;
}
