// A rate that changes linearly: what a ramp is, and each stage of a staged plan.

/** From `startMs` on, for `durationMs`, the rate goes from `fromPerMs` to `toPerMs`. */
export interface Slope {
  readonly startMs: number;
  readonly durationMs: number;
  readonly fromPerMs: number;
  readonly toPerMs: number;
}

/** Requests due within the first `intoMs` of a slope: the area under the rate. */
export function areaOf({ durationMs, fromPerMs, toPerMs }: Slope, intoMs: number): number {
  return intoMs * (fromPerMs + ((toPerMs - fromPerMs) * intoMs) / (2 * durationMs));
}

/** When a slope's area reaches `requests` (0 … its whole area), ms after its start. */
export function reachMs({ durationMs, fromPerMs, toPerMs }: Slope, requests: number): number {
  if (requests <= 0) return 0;
  // t = (−r0 + √(r0² + 2sk)) / s, written so that nothing cancels and a slope of 0 is no special case.
  const steepness = (toPerMs - fromPerMs) / durationMs;
  const reached = Math.sqrt(Math.max(0, fromPerMs * fromPerMs + 2 * steepness * requests));
  return Math.min(durationMs, (2 * requests) / (fromPerMs + reached));
}
