// How well one run knows its own percentile. Requests of a run are no independent draws: slices of time vary together. So the
// slices are the sample: by how much their shares of requests below the percentile differ says how far off the percentile may be
// (Woodruff, JASA 47, 1952, for a sample of clusters). It says nothing about another run of the same thing.
import { Histogram, slotOf } from "@tidemark/proto";
import { inflation, unbiasedCorrelation } from "./autocorrelation.ts";
import { tQuantile } from "./student.ts";

/** Slices of a run below which nothing is said. */
export const slicesMin = 10;
const confidence = 0.95;

/** 95 % interval of the quantile, 0 < quantile < 1, in µs; undefined of fewer than ten slices that hold anything. */
export function withinRun(
  slices: readonly Histogram[],
  quantile: number,
): { readonly low: number; readonly high: number } | undefined {
  const filled = slices.filter(({ total }) => total > 0);
  if (filled.length < slicesMin) return undefined;
  const merged = new Histogram();
  for (const slice of filled) merged.merge(slice);
  const at = merged.percentile(quantile * 100);
  const reach =
    tQuantile((1 + confidence) / 2, filled.length - 1) * shareError(filled, merged.total, at);
  const bound = (share: number) => merged.percentile(Math.max(0, Math.min(1, share)) * 100);
  return { low: bound(quantile - reach), high: bound(quantile + reach) };
}

/**
 * Standard error of the share of requests at or below `micros`: that of a ratio over slices of unequal size (Cochran, Sampling
 * Techniques, 3rd ed., 6.3), which for equal ones is sd/√B, times √((1 + ρ)/(1 − ρ)) for neighbours that resemble each other.
 */
function shareError(slices: readonly Histogram[], total: number, micros: number): number {
  const shares = slices.map((slice) => countUpTo(slice, micros) / slice.total);
  const overall =
    slices.reduce((sum, slice, at) => sum + slice.total * (shares[at] ?? 0), 0) / total;
  const parts = slices.map((slice, at) => (slice.total / total) * ((shares[at] ?? 0) - overall));
  const squares = parts.reduce((sum, part) => sum + part ** 2, 0);
  if (squares === 0) return 0;
  const products = parts.reduce((sum, part, at) => sum + part * (parts[at - 1] ?? 0), 0);
  const count = slices.length;
  const rho = unbiasedCorrelation(products / squares, count);
  return Math.sqrt((squares * count) / (count - 1)) * inflation(rho);
}

function countUpTo({ counts, usedSlots }: Histogram, micros: number): number {
  const last = Math.min(slotOf(micros), usedSlots.last);
  let sum = 0;
  for (let slot = usedSlots.first; slot <= last; slot += 1) sum += counts[slot] ?? 0;
  return sum;
}
