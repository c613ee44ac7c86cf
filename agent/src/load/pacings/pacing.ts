// A pacing is the plan's answer to "when is request k due": a pure function, never `now + interval`, so that a late
// generator catches up and never shifts what was intended.

/** Due times of one run, ms after its start. */
export interface Schedule {
  /** Requests due in the whole run. */
  readonly total: number;
  /** When request `index` (0, 1, 2 … ) is due; never decreasing. */
  dueAtMs(index: number): number;
  /** How many requests are due at or before `elapsedMs`, at most `total`: the inverse of `dueAtMs`. */
  dueBy(elapsedMs: number): number;
}

/** A module of the registry: turns its part of the plan into a schedule. */
export interface PacingModule<Plan> {
  schedule(plan: Plan, durationMs: number): Schedule;
}

/**
 * Absorbs the rounding of rate × time, in requests: a due time computed by `dueAtMs` must count as due at that time. Rounding
 * grows with the index, four units in the last place at most; the longest plan at the highest rate has 8.6e10 requests.
 */
export const tolerance = (requests: number) => 1e-6 + requests * 2 ** -50;

/** The exact inverse of `dueAtMs`, from a guess that rounding may have put a request or two beside it. */
export function countDue(
  { total, dueAtMs }: Pick<Schedule, "total" | "dueAtMs">,
  elapsedMs: number,
  guess: number,
): number {
  let due = Math.max(0, Math.min(total, guess));
  while (due < total && dueAtMs(due) <= elapsedMs) due += 1;
  while (due > 0 && dueAtMs(due - 1) > elapsedMs) due -= 1;
  return due;
}
