// When to sample. Ticks stand on whole wall-clock seconds divisible by the interval, and no second is ever emitted twice:
// a clock set back makes the agent wait until the time it has already reported has passed again.

/** Wall clock against monotonic clock: a difference grown by more than this between two looks is a step, not slewing (0.5 ms/s). */
const stepMsMin = 500;
/** How long before its second a tick may begin: Node's timers fire up to a millisecond early. */
const earlyMsMax = 20;

/** The last look at the clocks; `lastSecond` is the last second emitted. */
export interface Alignment {
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly lastSecond: number;
}

export interface Look {
  readonly alignment: Alignment;
  /** The second to sample for now; `undefined` to wait. */
  readonly second: number | undefined;
  /** How far the wall clock moved by itself, ms; 0 when it did not. A host that was suspended shows as a step forward. */
  readonly steppedMs: number;
  /** Whether `second` follows the last emitted one without a gap. */
  readonly consecutive: boolean;
}

/** The second under way may have been emitted by the agent's previous life, so the first tick is the next one. */
export function startAlignment(
  wallMs: number,
  monotonicMs: number,
  intervalSeconds: number,
): Alignment {
  const lastSecond = Math.floor(wallMs / 1_000 / intervalSeconds) * intervalSeconds;
  return { wallMs, monotonicMs, lastSecond };
}

/** Decides what the clocks mean. A tick more than half an interval late is left out rather than squeezed in beside the next. */
export function look(
  alignment: Alignment,
  wallMs: number,
  monotonicMs: number,
  intervalSeconds: number,
): Look {
  const drift = wallMs - alignment.wallMs - (monotonicMs - alignment.monotonicMs);
  const steppedMs = Math.abs(drift) >= stepMsMin ? drift : 0;
  const intervalMs = intervalSeconds * 1_000;
  const boundaryMs = Math.round(wallMs / intervalMs) * intervalMs;
  const early = wallMs < boundaryMs - earlyMsMax;
  const second = boundaryMs / 1_000;
  const due = !early && second > alignment.lastSecond;
  return {
    alignment: { wallMs, monotonicMs, lastSecond: due ? second : alignment.lastSecond },
    second: due ? second : undefined,
    steppedMs,
    consecutive: second === alignment.lastSecond + intervalSeconds,
  };
}

/** Milliseconds until the next second to look at, at least 1. */
export function untilNextMs(alignment: Alignment, wallMs: number, intervalSeconds: number): number {
  const intervalMs = intervalSeconds * 1_000;
  const boundaryMs = (Math.floor(wallMs / intervalMs) + 1) * intervalMs;
  // A tick that began early has this boundary behind it already.
  const nextMs = boundaryMs / 1_000 === alignment.lastSecond ? boundaryMs + intervalMs : boundaryMs;
  return Math.max(1, nextMs - wallMs);
}
