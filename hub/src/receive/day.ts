// Days since 1970-01-01 UTC: the only time the receiver keeps.

const dayMs = 86_400_000;

export const dayOf = (atMs: number): number => Math.floor(atMs / dayMs);

/** `2026-11-30`, as ClickHouse's Date reads it. */
export const dayText = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);
