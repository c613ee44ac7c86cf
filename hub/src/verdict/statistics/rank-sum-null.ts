// The distribution of the rank-sum statistic when both sides are alike and no values are equal.

/** Distributions kept, the latest used: those of 100 against 100 take 80 kB each. */
const keptMax = 32;
const kept = new Map<string, Float64Array>();

/**
 * P(U ≤ u) at u = 0 … m·n. Mann & Whitney's recursion over whether the largest value is of the first side,
 * f(u; m, n) = f(u − n; m − 1, n) + f(u; m, n − 1), in probabilities instead of counts: only positive numbers are added, so that
 * nothing overflows and the relative error stays near 1e-14. 100 against 100 takes about 40 ms, once.
 */
export function rankSumNull(m: number, n: number): Float64Array {
  const [few, many] = m <= n ? [m, n] : [n, m];
  const name = `${few} ${many}`;
  const cumulative = kept.get(name) ?? cumulated(probabilities(few, many));
  kept.delete(name);
  kept.set(name, cumulative);
  const [oldest] = kept.keys();
  if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
  return cumulative;
}

function probabilities(m: number, n: number): Float64Array {
  // One distribution for each size i of the first side, all of them for j values on the second.
  const rows = Array.from({ length: m + 1 }, (_, i) => {
    const row = new Float64Array(i * n + 1);
    row[0] = 1;
    return row;
  });
  for (let j = 1; j <= n; j += 1) {
    for (let i = 1; i <= m; i += 1) {
      const row = rows[i];
      const fewer = rows[i - 1];
      if (row === undefined || fewer === undefined) continue;
      const largestIsFirst = i / (i + j);
      const largestIsSecond = j / (i + j);
      for (let u = i * j; u >= j; u -= 1)
        row[u] = largestIsSecond * (row[u] ?? 0) + largestIsFirst * (fewer[u - j] ?? 0);
      for (let u = 0; u < j; u += 1) row[u] = largestIsSecond * (row[u] ?? 0);
    }
  }
  return rows[m] ?? Float64Array.of(1);
}

function cumulated(row: Float64Array): Float64Array {
  let sum = 0;
  return row.map((probability) => (sum += probability));
}
