// The distribution of the rank sum when some values are equal: over all ways to pick one side's values out of both.

/**
 * P(R ≤ r) and P(R ≥ r) for the sum of the first `m` ranks among all choices of m: Streitberg & Röhmel's shift algorithm (1986),
 * as R's exactRankTests has it. Takes time as the fourth power of the number of values.
 */
export function tiedTails(doubledRanks: Int32Array, m: number): [lower: number, upper: number] {
  const observed = doubledRanks.subarray(0, m).reduce((sum, rank) => sum + rank, 0);
  const counts = countsBySum(doubledRanks, m);
  const [total, lower, upper] = counts.reduce(
    ([all, below, above], count, sum) => [
      all + count,
      sum <= observed ? below + count : below,
      sum >= observed ? above + count : above,
    ],
    [0, 0, 0],
  );
  return [lower / total, upper / total];
}

/** How many choices of `m` ranks have each sum. Doubles: C(100, 50) has 30 digits, and only positive numbers are added. */
function countsBySum(ranks: Int32Array, m: number): Float64Array {
  const sumMax = ranks
    .toSorted()
    .subarray(ranks.length - m)
    .reduce((sum, rank) => sum + rank, 0);
  const rows = Array.from({ length: m + 1 }, () => new Float64Array(sumMax + 1));
  const [none] = rows;
  if (none !== undefined) none[0] = 1;
  ranks.forEach((rank, seen) => {
    // Downwards, so that each rank is picked at most once.
    for (let picked = Math.min(m, seen + 1); picked >= 1; picked -= 1) {
      const row = rows[picked];
      const fewer = rows[picked - 1];
      if (row === undefined || fewer === undefined) continue;
      for (let sum = rank; sum <= sumMax; sum += 1)
        row[sum] = (row[sum] ?? 0) + (fewer[sum - rank] ?? 0);
    }
  });
  return rows[m] ?? Float64Array.of(1);
}
