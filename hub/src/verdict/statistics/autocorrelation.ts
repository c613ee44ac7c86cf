// What neighbours in time have in common, and what that takes from them: means of correlated values vary more than they seem to.

const rhoMax = 0.9;

/**
 * The lag-1 correlation of `n` values from its usual estimate, 0 … 0.9. The estimate is too low by (1 + 3ρ)/n: Kendall, Biometrika 41
 * (1954). Negative ones count as none, which is the safe side.
 */
export function unbiasedCorrelation(estimate: number, n: number): number {
  return Math.max(0, Math.min(rhoMax, estimate + (1 + 3 * estimate) / n));
}

/** By how much correlation widens a standard error: n values are worth n (1 − ρ)/(1 + ρ) independent ones. */
export function inflation(rho: number): number {
  return Math.sqrt((1 + rho) / (1 - rho));
}
