// A histogram as the few numbers that lists show.
import type { Histogram, LatencySummary } from "@tidemark/proto";

/** All values µs; null where nothing was recorded. */
export function summaryOf(histogram: Histogram): LatencySummary {
  if (histogram.total === 0) return emptySummary;
  return {
    count: histogram.total,
    mean: histogram.mean,
    min: histogram.min,
    p50: histogram.percentile(50),
    p90: histogram.percentile(90),
    p95: histogram.percentile(95),
    p99: histogram.percentile(99),
    p999: histogram.percentile(99.9),
    max: histogram.max,
  };
}

export const emptySummary: LatencySummary = {
  count: 0,
  mean: null,
  min: null,
  p50: null,
  p90: null,
  p95: null,
  p99: null,
  p999: null,
  max: null,
};
