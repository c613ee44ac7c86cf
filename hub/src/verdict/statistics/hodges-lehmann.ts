// By how much one side lies above the other, with an exact interval: Hodges & Lehmann (1963); Hollander & Wolfe, Nonparametric
// Statistical Methods, 4.2-4.3; R's wilcox.test(conf.int = TRUE).
import { middleOf } from "./median.ts";
import { lowerTail, rankSumCritical } from "./rank-sum.ts";

/** Of logarithms a ratio: e^estimate. */
export interface Shift {
  /** Median of the differences, candidate less baseline. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** What the interval really holds: at least 1 − alpha, since ranks come in steps. With equal values it holds more still. */
  readonly confidence: number;
}

/** Undefined where so few values have no interval of this confidence: at .05 fewer than 4 against 4. */
export function shift(
  baseline: readonly number[],
  candidate: readonly number[],
  alpha: number,
): Shift | undefined {
  const k = rankSumCritical(baseline.length, candidate.length, alpha);
  if (k === 0) return undefined;
  const confidence = 1 - 2 * lowerTail(k - 1, baseline.length, candidate.length);
  return bounded(sortedDifferences(baseline, candidate), k, confidence);
}

/** The estimate alone; NaN when a side is empty. */
export function shiftEstimate(baseline: readonly number[], candidate: readonly number[]): number {
  return middleOf(sortedDifferences(baseline, candidate));
}

function sortedDifferences(
  baseline: readonly number[],
  candidate: readonly number[],
): Float64Array {
  const differences = new Float64Array(baseline.length * candidate.length);
  let at = 0;
  for (const one of baseline) for (const other of candidate) differences[at++] = other - one;
  return differences.sort();
}

function bounded(sorted: Float64Array, k: number, confidence: number): Shift {
  return {
    estimate: middleOf(sorted),
    low: sorted.at(k - 1) ?? Number.NaN,
    high: sorted.at(-k) ?? Number.NaN,
    confidence,
  };
}
