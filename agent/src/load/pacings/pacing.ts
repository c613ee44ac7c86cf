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
