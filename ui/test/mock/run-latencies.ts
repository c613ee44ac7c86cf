// What the mock says of the latencies of a run: summaries, curves and bars from real histograms.
import {
  Histogram,
  slotHighest,
  slotLowest,
  type Basis,
  type LatencySummary,
  type RunSpectrum,
} from "@tidemark/proto";

export type Histograms = Readonly<Record<Basis, Histogram>>;

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

export const newHistograms = (): Histograms => ({
  response: new Histogram(),
  service: new Histogram(),
  lateness: new Histogram(),
});

export function mergeHistograms(into: Histograms, from: Histograms): void {
  for (const basis of ["response", "service", "lateness"] as const) into[basis].merge(from[basis]);
}

export function spectrumOf(histograms: Histograms): RunSpectrum {
  const of = (basis: Basis) => ({
    percentiles: percentilesOf(histograms[basis]),
    bars: barsOf(histograms[basis]),
  });
  return {
    response: of("response"),
    service: of("service"),
    lateness: of("lateness"),
    encoded: { response: "HISTFAAAAB", service: "HISTFAAAAB", lateness: "HISTFAAAAB" },
  };
}

export function summaryOf(histogram: Histogram): LatencySummary {
  if (histogram.total === 0) return emptySummary;
  const at = (percentile: number) => histogram.percentile(percentile);
  return {
    count: histogram.total,
    mean: histogram.mean,
    min: histogram.min,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: histogram.max,
  };
}

/** Five ticks per half-distance, as HdrHistogram prints them. */
function percentilesOf(histogram: Histogram): RunSpectrum["response"]["percentiles"] {
  const points: { percentile: number; micros: number }[] = [];
  for (let percentile = 0; percentile < 100 - 50 / Math.max(1, histogram.total);) {
    points.push({ percentile, micros: histogram.percentile(percentile) });
    percentile += 100 / (5 * 2 ** (Math.floor(Math.log2(100 / (100 - percentile))) + 1));
  }
  return [...points, { percentile: 100, micros: histogram.max }];
}

/** Ten bars a decade. */
function barsOf(histogram: Histogram): RunSpectrum["response"]["bars"] {
  const counts = new Map<number, number>();
  for (const [slot, count] of histogram.counts.entries()) {
    if (count === 0) continue;
    const middle = Math.max(1, (slotLowest(slot) + slotHighest(slot)) / 2);
    const bar = Math.floor(Math.log10(middle) * 10);
    counts.set(bar, (counts.get(bar) ?? 0) + count);
  }
  return [...counts]
    .toSorted(([left], [right]) => left - right)
    .map(([bar, count]) => ({ from: 10 ** (bar / 10), to: 10 ** ((bar + 1) / 10), count }));
}
