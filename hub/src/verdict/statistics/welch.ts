// The difference of two means without assuming equal spreads: Welch, Biometrika 34 (1947), with Satterthwaite's degrees of
// freedom. A second opinion beside the ranks, which one far outlier cannot bend.
import { mean, variance } from "./noise.ts";
import { tCdf, tQuantile } from "./student.ts";

export interface Welch {
  /** Mean of `b` less mean of `a`. */
  readonly difference: number;
  /** Two-sided. */
  readonly p: number;
  /** Bounds with 95 % confidence. */
  readonly low: number;
  readonly high: number;
}

/** NaN for p and the bounds where a side has fewer than two values. */
export function welch(a: readonly number[], b: readonly number[]): Welch {
  const difference = mean(b) - mean(a);
  const errorA = variance(a) / a.length;
  const errorB = variance(b) / b.length;
  const squared = errorA + errorB;
  // Values without any spread: the difference is exact.
  if (squared === 0)
    return { difference, p: difference === 0 ? 1 : 0, low: difference, high: difference };
  if (!(squared > 0)) return { difference, p: Number.NaN, low: Number.NaN, high: Number.NaN };
  const df = squared ** 2 / (errorA ** 2 / (a.length - 1) + errorB ** 2 / (b.length - 1));
  const standardError = Math.sqrt(squared);
  const reach = tQuantile(0.975, df) * standardError;
  return {
    difference,
    p: 2 * tCdf(-Math.abs(difference) / standardError, df),
    low: difference - reach,
    high: difference + reach,
  };
}
