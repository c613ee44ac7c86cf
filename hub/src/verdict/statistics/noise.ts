// How much runs of the same thing differ from each other.

/** Mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Unbiased variance; NaN of fewer than two values. */
export function variance(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

/**
 * Standard deviation within groups, each about its own mean and weighted by its degrees of freedom. Of logarithms it reads as a
 * ratio: .03 is 3 %. Undefined where no group has two values.
 */
export function pooledSd(groups: readonly (readonly number[])[]): number | undefined {
  const repeated = groups.filter(({ length }) => length >= 2);
  const freedom = repeated.reduce((sum, { length }) => sum + length - 1, 0);
  if (freedom === 0) return undefined;
  const squares = repeated.reduce((sum, group) => sum + variance(group) * (group.length - 1), 0);
  return Math.sqrt(squares / freedom);
}
