// The standard normal's upper tail, for rank tests of so many runs that their exact distribution is not worth its time.

/**
 * P(Z > z) to a relative 1.2e-7: Chebyshev fit of erfc, Press et al., Numerical Recipes in C (1992), 6.2. Rank statistics of more
 * than a hundred runs are farther than that from normal.
 */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const exponent = coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const tail = (t * Math.exp(-x * x + exponent)) / 2;
  return z >= 0 ? tail : 1 - tail;
}

const coefficients = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
] as const;
