// The figures a run brings: percentiles of the merged histogram, never an average of percentiles, and none that its requests
// cannot carry. Pure.
import {
  type Counts,
  type Histogram,
  type Run,
  type RunFigures,
  slotCount,
  slotLowest,
} from "@tidemark/proto";
import { withinRun } from "../verdict/statistics/woodruff.ts";

export const latencyFigures = [
  { figure: "p50", quantile: 0.5 },
  { figure: "p95", quantile: 0.95 },
  { figure: "p99", quantile: 0.99 },
] as const;
type LatencyFigure = (typeof latencyFigures)[number];

/**
 * Requests that must lie beyond a percentile. With 100 the percentile's own rank is known to ± 10 % (its count is binomial, its
 * standard deviation √100); with fewer, single requests decide. p99 so needs 10,000 requests, p95 2,000, p50 200.
 */
export const beyondMin = 100;
/** From this fraction of failures on latencies are withheld: what fails is usually answered sooner, or after a timeout. */
export const errorRatioMax = 0.01;

export interface Measured {
  readonly run: Pick<Run, "counts" | "achievedPerSecond" | "search">;
  readonly response: Histogram;
  /** Response times of each slice. */
  readonly slices: readonly Histogram[];
}

export function figuresOf({ run, response, slices }: Measured): RunFigures {
  const errorRatio = errorRatioOf(run.counts);
  const isWithheld = (figure: LatencyFigure) =>
    errorRatio >= errorRatioMax || withheldBecause(response, figure) !== undefined;
  const value = (figure: LatencyFigure) =>
    isWithheld(figure) ? null : response.percentile(figure.quantile * 100);
  const interval = (figure: LatencyFigure): [number, number] | null => {
    const found = isWithheld(figure) ? undefined : withinRun(slices, figure.quantile);
    return found === undefined ? null : [found.low, found.high];
  };
  const [p50, p95, p99] = latencyFigures;
  return {
    requests: response.total,
    p50: value(p50),
    p95: value(p95),
    p99: value(p99),
    intervals: { p50: interval(p50), p95: interval(p95), p99: interval(p99) },
    errorRatio,
    achievedPerSecond: run.achievedPerSecond,
    capacityPerSecond: run.search?.answerPerSecond ?? null,
  };
}

/** Failed, dropped and unexpected requests as a fraction of those due, as a search's objective counts them. */
export function errorRatioOf({ due, errors, dropped, unexpected }: Counts): number {
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return due === 0 ? 0 : (failed + dropped + unexpected) / due;
}

/** Why a percentile cannot be said, whatever the errors. */
export function withheldBecause(
  response: Histogram,
  { quantile }: LatencyFigure,
): "few" | "overflow" | undefined {
  // 10,000 × (1 − .99) is 100.00000000000009 and 10,000 × (1 − .95) is 500.00000000000045: a hair is no request.
  if (response.total * (1 - quantile) < beyondMin - 1e-6) return "few";
  return response.percentile(quantile * 100) >= overflowMicros ? "overflow" : undefined;
}

/** The last slot holds whatever took longer than the histogram reaches, and so says only "at least". */
const overflowMicros = slotLowest(slotCount - 1);
