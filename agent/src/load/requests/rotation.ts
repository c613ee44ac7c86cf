// Whose turn it is among weighted requests: smooth weighted round-robin, as nginx spreads its upstreams. Of any W requests in
// a row, W the sum of the weights, each gets exactly its weight, and none of them in one lump.

/**
 * The turn of this generator's n-th request, 0 … weights.length − 1. Each generator sends the whole mix; `offset` has them
 * begin at different places of it.
 */
export function rotationOf(weights: readonly number[], offset: number): (n: number) => number {
  const divisor = weights.reduce(greatestCommonDivisor);
  const shares = weights.map((weight) => weight / divisor);
  const period = shares.reduce((sum, share) => sum + share, 0);
  const order = new Uint8Array(period);
  const credit = shares.map(() => 0);
  for (let at = 0; at < period; at += 1) {
    let best = 0;
    shares.forEach((share, index) => {
      credit[index] = (credit[index] ?? 0) + share;
      if ((credit[index] ?? 0) > (credit[best] ?? 0)) best = index;
    });
    credit[best] = (credit[best] ?? 0) - period;
    order[at] = best;
  }
  return (n) => order[(n + offset) % period] ?? 0;
}

function greatestCommonDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestCommonDivisor(right, left % right);
}
