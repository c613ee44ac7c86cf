// Whether a series changed its level somewhere, by ranks, so that thresholds hold for any noise: Pettitt's statistic (1979),
// standardised at every place, with simulated thresholds as Ross has them for changes in rank (arXiv 2107.01742). Values that follow
// each other are rarely independent; the threshold is raised by what correlation is left once the change of level is taken out.
import { inflation, unbiasedCorrelation } from "./autocorrelation.ts";
import { middleOf } from "./median.ts";
import { ranksOf } from "./ranks.ts";

/** Values on either side of a change at the least. */
export const sideMin = 5;
/** Shorter series say nothing. */
export const seriesMin = 20;

export interface RankCusum {
  /** The largest of `z`; 0 for a series too short to be divided, or all alike. */
  readonly max: number;
  /** The first value of the new level, if there is one. */
  readonly at: number;
  /** At k how far the mean rank of the first k values is from the others', standardised; 0 within `sideMin` of the ends. */
  readonly z: Float64Array;
}

export function rankCusum(y: readonly number[]): RankCusum {
  const n = y.length;
  const z = new Float64Array(n);
  const { doubled, tieTerm } = ranksOf(y);
  // Of ranks, (n² − 1)/12 without ties; times n/(n − 1), since they are drawn without replacement.
  const spread = (n * (n + 1)) / 12 - tieTerm / (12 * (n - 1));
  if (!(spread > 0)) return { max: 0, at: 0, z };
  let [sum, max, at] = [0, 0, 0];
  for (let k = 1; k <= n - sideMin; k += 1) {
    sum += (doubled[k - 1] ?? 0) - (n + 1);
    if (k < sideMin) continue;
    const value = Math.abs(sum) / 2 / Math.sqrt((spread * k * (n - k)) / n);
    z[k] = value;
    if (value > max) [max, at] = [value, k];
  }
  return { max, at, z };
}

export type CriticalAlpha = 0.05 | 0.01 | 0.001;

/** What `max` of `n` independent values exceeds with probability alpha; Infinity below 20 values, the last one's beyond 2,000. */
export function criticalMax(n: number, alpha: CriticalAlpha): number {
  if (n < seriesMin) return Number.POSITIVE_INFINITY;
  const above = critical.findIndex(([length]) => length >= n);
  const [right, rightMax] = critical.at(above) ?? critical[0];
  const [left, leftMax] = critical[above - 1] ?? critical.at(above) ?? critical[0];
  if (above < 0 || left === right) return rightMax[alpha];
  const share = Math.log(n / left) / Math.log(right / left);
  return leftMax[alpha] + share * (rightMax[alpha] - leftMax[alpha]);
}

type Critical = readonly [length: number, max: Readonly<Record<CriticalAlpha, number>>];
const row = (n: number, at05: number, at01: number, at001: number): Critical => [
  n,
  { 0.05: at05, 0.01: at01, 0.001: at001 },
];
/** Simulated, 200,000 random orders each (100,000 from 1,000 values on); the bench suite `statistics` does it again, coarsely. */
const critical: readonly [Critical, ...Critical[]] = [
  row(20, 2.545, 2.969, 3.368),
  row(30, 2.672, 3.118, 3.575),
  row(40, 2.759, 3.204, 3.709),
  row(60, 2.844, 3.305, 3.834),
  row(80, 2.9, 3.374, 3.906),
  row(100, 2.936, 3.403, 3.956),
  row(150, 3.007, 3.473, 4.06),
  row(200, 3.041, 3.522, 4.073),
  row(300, 3.09, 3.565, 4.117),
  row(500, 3.14, 3.614, 4.173),
  row(1_000, 3.2, 3.69, 4.236),
  row(2_000, 3.262, 3.736, 4.32),
];

const clipDeviations = 3;

/**
 * Correlation of neighbours once each side of `at` is taken about its own median, 0 … 0.9. Taken of the values as they are, a
 * change of level would itself look like correlation and hide. Residuals are clipped at 3 median absolute deviations.
 */
export function residualAutocorrelation(y: readonly number[], at: number): number {
  const sides = [y.slice(0, at), y.slice(at)];
  const residuals = sides.flatMap((side) => {
    const level = medianOf(side);
    return side.map((value) => value - level);
  });
  const reach = clipDeviations * medianOf(residuals.map(Math.abs));
  const clipped = residuals.map((residual) => Math.max(-reach, Math.min(reach, residual)));
  const squares = clipped.reduce((sum, residual) => sum + residual ** 2, 0);
  if (squares === 0) return 0;
  const products = clipped.reduce(
    (sum, residual, index) =>
      index === 0 || index === at ? sum : sum + residual * (clipped[index - 1] ?? 0),
    0,
  );
  return unbiasedCorrelation(products / squares, y.length);
}

/** The threshold for this series, were its change at `at`. */
export function thresholdOf(y: readonly number[], at: number, alpha: CriticalAlpha): number {
  return criticalMax(y.length, alpha) * inflation(residualAutocorrelation(y, at));
}

/** Whether the values kept their level, as far as they can tell; fewer than 20 cannot. */
export function isStationary(y: readonly number[], alpha: CriticalAlpha): boolean {
  const { max, at } = rankCusum(y);
  return max <= thresholdOf(y, at, alpha);
}

function medianOf(values: readonly number[]): number {
  return middleOf(values.toSorted((left, right) => left - right));
}
