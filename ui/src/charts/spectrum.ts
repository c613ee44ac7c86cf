// Percentile curves on an axis of nines: x = log10(1 / (1 − p)), so 90 %, 99 % and 99.9 % stand at 1, 2 and 3.

export interface Percentile {
  /** 0 … 100. */
  readonly percentile: number;
  readonly micros: number;
}

/** Beyond eight nines nobody has enough requests. */
const ninesMax = 8;

export function ninesOf(percentile: number): number {
  return Math.min(ninesMax, -Math.log10(Math.max(1e-12, 1 - percentile / 100)));
}

export const percentileAt = (nines: number): number => (1 - 10 ** -nines) * 100;

/** "50 %", "99.9 %", "99.999 %": as many digits as the nines need. */
export function percentileLabel(percentile: number): string {
  if (percentile >= 100) return "100 %";
  const digits =
    percentile < 90
      ? 0
      : Math.max(0, Math.ceil(ninesOf(percentile) - 1e-6) - 2) + (percentile % 1 === 0 ? 0 : 1);
  return `${Number(percentile.toFixed(Math.min(6, digits)))} %`;
}

/**
 * Columns for a plot: x ascending, one y per curve. The curves' own points are joined; where a curve has none, the next
 * higher of its points holds, as a percentile's definition says. The last point, 100 %, stands where the curve's resolution ends.
 */
export function spectrumColumns(
  curves: readonly (readonly Percentile[])[],
): [number[], ...(number | null)[][]] {
  const finite = curves.map((points) =>
    points.filter(({ percentile, micros }) => percentile < 100 && micros > 0),
  );
  const xs = [
    ...new Set(finite.flatMap((points) => points.map(({ percentile }) => ninesOf(percentile)))),
  ].toSorted((left, right) => left - right);
  const columns = finite.map((points) => {
    let next = 0;
    return xs.map((x) => {
      while (next < points.length && ninesOf(points[next]?.percentile ?? 0) < x - 1e-9) next += 1;
      return points[next]?.micros ?? null;
    });
  });
  return [xs, ...columns];
}
