// Periods: the only time a report tells. They begin on the same days everywhere, so that a beginning betrays nobody's.

/** Lengths of a period, days. */
export const periodDays = [28, 84] as const;
export type PeriodDays = (typeof periodDays)[number];

const dayMs = 86_400_000;

/** Which period `atMs` (Unix ms) lies in: whole periods of that length since 1970-01-01 UTC. */
export const periodAt = (days: PeriodDays, atMs: number): number =>
  Math.floor(atMs / (days * dayMs));

/** A period's first instant and the first after it, Unix ms. */
export const periodSpan = (
  days: PeriodDays,
  period: number,
): { readonly startMs: number; readonly endMs: number } => ({
  startMs: period * days * dayMs,
  endMs: (period + 1) * days * dayMs,
});
