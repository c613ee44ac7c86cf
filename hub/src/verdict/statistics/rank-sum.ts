// The two-sided rank-sum test of Mann & Whitney (1947): exact where that is affordable, with ties too.
import { normalTail } from "./normal.ts";
import { rankSumNull } from "./rank-sum-null.ts";
import { type Ranks, ranksOf } from "./ranks.ts";
import { tiedTails } from "./tied-rank-sum.ts";

/** Pairs of values up to which the distribution without ties is exact: 100 against 100. */
export const exactPairsMax = 10_000;
/** Values up to which the distribution with ties is exact: 50 against 50, about 40 ms. */
export const exactTiedMax = 100;

export interface RankSum {
  /** Pairs in which the value of `a` is the larger one, equal ones counting half: R's W. */
  readonly u: number;
  /** Twice the smaller tail, at most 1, as R's wilcox.test and benchstat have it; 1 where there is nothing to compare. */
  readonly p: number;
}

export function rankSum(a: readonly number[], b: readonly number[]): RankSum {
  const ranks = ranksOf([...a, ...b]);
  const doubledSum = ranks.doubled.subarray(0, a.length).reduce((sum, rank) => sum + rank, 0);
  const u = doubledSum / 2 - (a.length * (a.length + 1)) / 2;
  if (a.length === 0 || b.length === 0) return { u, p: 1 };
  const tail = smallerTail(u, a.length, b.length, ranks);
  return { u, p: Math.min(1, 2 * tail) };
}

function smallerTail(u: number, m: number, n: number, ranks: Ranks): number {
  if (ranks.tieTerm === 0) return lowerTail(Math.min(u, m * n - u), m, n);
  if (m + n > exactTiedMax) return normalLowerTail(Math.min(u, m * n - u), m, n, ranks.tieTerm);
  return Math.min(...tiedTails(ranks.doubled, m));
}

/**
 * The k with which the k-th smallest and the k-th largest of all m·n differences bound the shift with confidence 1 − alpha: the
 * largest k with 2 P(U ≤ k − 1) ≤ alpha. 0 where so few values have no such interval.
 */
export function rankSumCritical(m: number, n: number, alpha: number): number {
  let k = 0;
  // The slack keeps a probability that equals alpha/2 on paper, such as 1/40, on its side of the line.
  while (k < m * n && 2 * lowerTail(k, m, n) <= alpha * (1 + 1e-12)) k += 1;
  return k;
}

/** P(U ≤ u) of m against n values without ties. */
export function lowerTail(u: number, m: number, n: number): number {
  if (u < 0 || m === 0 || n === 0) return u < 0 ? 0 : 1;
  if (m * n > exactPairsMax) return normalLowerTail(u, m, n, 0);
  return rankSumNull(m, n)[Math.floor(u)] ?? 1;
}

/** With the correction for ties and for continuity: Lehmann, Nonparametrics (1975), 1.4. */
function normalLowerTail(u: number, m: number, n: number, tieTerm: number): number {
  const all = m + n;
  const variance = ((m * n) / 12) * (all + 1 - tieTerm / (all * (all - 1)));
  if (variance <= 0) return 1;
  return normalTail(((m * n) / 2 - u - 0.5) / Math.sqrt(variance));
}
