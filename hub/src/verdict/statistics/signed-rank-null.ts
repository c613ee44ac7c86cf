// The distribution of Wilcoxon's signed-rank statistic (1945) when differences are as often positive as negative, without ties.

/** P(W ≤ w) at w = 0 … n(n+1)/2: each rank is in the sum or not, with one half each. */
export function signedRankNull(n: number): Float64Array {
  const row = new Float64Array((n * (n + 1)) / 2 + 1);
  row[0] = 1;
  for (let rank = 1; rank <= n; rank += 1)
    for (let sum = (rank * (rank + 1)) / 2; sum >= 0; sum -= 1)
      row[sum] = ((row[sum] ?? 0) + (row[sum - rank] ?? 0)) / 2;
  let below = 0;
  return row.map((probability) => (below += probability));
}

/** As `rankSumCritical`, for the k-th smallest and largest of the n(n+1)/2 averages of two differences. */
export function signedRankCritical(n: number, alpha: number): number {
  const cumulative = signedRankNull(n);
  const beyond = cumulative.findIndex((below) => 2 * below > alpha * (1 + 1e-12));
  return beyond < 0 ? 0 : beyond;
}
