// When a run without a final is given up. Pure. A final that arrives later all the same still counts.
import { runLimits } from "./limits.ts";

export interface Heard {
  /** When the run was sent, or adopted after a restart. */
  readonly sinceMs: number;
  /** Length of the plan. */
  readonly durationMs: number;
  /** The agent's last sign of the run: an interval or an answered lease. */
  readonly heardAtMs: number;
  /** Since when the agent answers that it has no such run. */
  readonly forgottenAtMs: number | undefined;
}

/** Why the run is over for the hub; undefined while it can still be waited for. */
export function lostCause(heard: Heard, nowMs: number): string | undefined {
  const { sinceMs, durationMs, heardAtMs, forgottenAtMs } = heard;
  if (forgottenAtMs !== undefined && nowMs - forgottenAtMs > runLimits.forgottenMs)
    return "the agent no longer has the run and sent no result";
  if (nowMs - heardAtMs > runLimits.silentMs)
    return `nothing was heard of the run for ${runLimits.silentMs / 1_000} s; its lease has lapsed`;
  if (nowMs - sinceMs > durationMs + runLimits.overdueMs)
    return "no result arrived though the run should have ended";
  return undefined;
}
