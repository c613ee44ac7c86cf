// From two readings of a counter to its rate. Everything that could draw a false spike ends here as "missing".

/** A longer time between two readings is no rate of this tick but an average over a gap: the counter starts afresh. */
export const gapMsMax = 60_000;

/** Two readings closer than this are a scheduling accident, and a rate of them is noise. */
const elapsedMsMin = 1;

/**
 * Per second; NaN when there is nothing honest to say: no earlier reading, a counter that went backwards (reset, device
 * replaced, 32-bit wrap), readings at the same moment or more than `gapAllowedMs` apart. Times are of the monotonic clock.
 */
export function ratePerSecond(
  previous: number,
  current: number,
  elapsedMs: number,
  gapAllowedMs: number,
): number {
  if (!(elapsedMs >= elapsedMsMin && elapsedMs <= gapAllowedMs)) return Number.NaN;
  const growth = current - previous;
  return growth >= 0 ? (growth * 1_000) / elapsedMs : Number.NaN;
}

/** How far apart two readings may lie for a collector that reads every `everySeconds`. */
export const gapAllowedMs = (everySeconds: number): number =>
  Math.max(gapMsMax, everySeconds * 3_000);
