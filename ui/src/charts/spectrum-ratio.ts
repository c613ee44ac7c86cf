// One percentile curve against another, percentile by percentile. Pure.
import type { Percentile } from "./spectrum.ts";

export interface RatioPoint {
  /** 0 … 100. */
  readonly percentile: number;
  /** Candidate to baseline less one: .07 is 7 % more. */
  readonly ratio: number;
}

/** Requests beyond a percentile below which it is chance. */
const beyondMin = 10;

/** At the baseline's percentiles as far as both sides have requests enough to know them. */
export function spectrumRatio(
  baseline: { readonly points: readonly Percentile[]; readonly requests: number },
  candidate: { readonly points: readonly Percentile[]; readonly requests: number },
): readonly RatioPoint[] {
  const requests = Math.min(baseline.requests, candidate.requests);
  return baseline.points.flatMap(({ percentile, micros }) => {
    const isKnown = requests * (1 - percentile / 100) >= beyondMin;
    const other = candidate.points.find((point) => point.percentile >= percentile - 1e-9);
    return !isKnown || other === undefined || micros <= 0
      ? []
      : [{ percentile, ratio: other.micros / micros - 1 }];
  });
}
