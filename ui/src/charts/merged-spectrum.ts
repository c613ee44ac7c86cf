// Several percentile curves as the one of all their requests together: their distributions are mixed by weight, never their
// percentiles averaged. Between the points of a curve its distribution is taken as straight. Pure.
import type { Percentile } from "./spectrum.ts";

interface Weighted {
  readonly points: readonly Percentile[];
  /** Requests behind it. */
  readonly weight: number;
}

const halvings = 50;

/** At the percentiles of the curve with the most points; empty when there is none with any. */
export function mergedSpectrum(curves: readonly Weighted[]): Percentile[] {
  const known = curves.filter(({ points, weight }) => points.length > 0 && weight > 0);
  const total = known.reduce((sum, { weight }) => sum + weight, 0);
  const longest = known.reduce<readonly Percentile[]>(
    (most, { points }) => (points.length > most.length ? points : most),
    [],
  );
  const ends = known.flatMap(({ points }) => [points[0], points.at(-1)]);
  const [lowest, highest] = [
    Math.min(...ends.map((point) => point?.micros ?? Infinity)),
    Math.max(...ends.map((point) => point?.micros ?? 0)),
  ];
  const percentBelow = (micros: number) =>
    known.reduce((sum, { points, weight }) => sum + weight * percentileOf(points, micros), 0) /
    total;
  return longest.map(({ percentile }) => {
    if (percentile >= 100) return { percentile, micros: highest };
    let [low, high] = [lowest, highest];
    for (let step = 0; step < halvings; step += 1) {
      const middle = (low + high) / 2;
      if (percentBelow(middle) < percentile) low = middle;
      else high = middle;
    }
    return { percentile, micros: high };
  });
}

/** Which percentile of a curve a latency is, 0 … 100. */
function percentileOf(points: readonly Percentile[], micros: number): number {
  const next = points.findIndex((point) => point.micros > micros);
  if (next < 0) return 100;
  const [below, above] = [points[next - 1], points[next]];
  if (below === undefined || above === undefined) return 0;
  const share = (micros - below.micros) / (above.micros - below.micros);
  return below.percentile + share * (above.percentile - below.percentile);
}
