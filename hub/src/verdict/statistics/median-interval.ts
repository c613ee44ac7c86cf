// The median with an interval of order statistics: no assumption about the noise. As benchstat has it (aclements/go-moremath,
// stats/quantileci.go); the sampling distribution is binomial.
import { middleOf } from "./median.ts";

export interface MedianInterval {
  readonly median: number;
  /** −Infinity and Infinity where so few values have no bounds of that confidence; .95 takes six. */
  readonly low: number;
  readonly high: number;
  /** What the interval really holds. */
  readonly confidence: number;
}

/** NaN of no values. */
export function medianInterval(values: readonly number[], confidence: number): MedianInterval {
  const sorted = values.toSorted((left, right) => left - right);
  const n = sorted.length;
  const orders = ordersOf(n, confidence);
  return {
    median: middleOf(sorted),
    low: sorted[orders.low - 1] ?? Number.NEGATIVE_INFINITY,
    high: sorted[orders.high - 1] ?? Number.POSITIVE_INFINITY,
    confidence: orders.confidence,
  };
}

/**
 * The true median lies between the k-th and the (k + 1)-th value with probability C(n, k) 2^−n: spaces are taken in from the middle
 * outwards, the left one first, until they are probable enough.
 */
function ordersOf(n: number, confidence: number) {
  let low = Math.ceil((n + 1) / 2 - 1);
  let high = low + 1;
  let sum = probability(n, low);
  while (sum < confidence && (low > 0 || high <= n)) {
    const [left, right] = [probability(n, low - 1), probability(n, high)];
    // C(n, k) = C(n, n − k) on paper; as doubles they may differ in the last digit.
    if (left >= right * (1 - 1e-9)) {
      sum += left;
      low -= 1;
    } else {
      sum += right;
      high += 1;
    }
  }
  return { low, high, confidence: Math.min(1, sum) };
}

/** C(n, k) 2^−n; 0 outside 0 … n. */
function probability(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let product = 2 ** -n;
  for (let factor = 1; factor <= k; factor += 1) product *= (n - k + factor) / factor;
  return product;
}
